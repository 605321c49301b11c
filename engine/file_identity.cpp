#include "engine/file_identity.hpp"

#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

namespace sluice {

namespace {

FileIdentity identity_in(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec};
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return identity_in(status);
}

std::optional<FileIdentity> identity_of(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0) return std::nullopt;
  return identity_in(status);
}

std::optional<FilePlace> place_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    return FilePlace{status.st_dev, status.st_ino, ""};
  }
  const std::string target = resolve_links(path);
  if (stat(folder_of(target).c_str(), &status) != 0) return std::nullopt;
  return FilePlace{status.st_dev, status.st_ino, target.substr(target.rfind('/') + 1)};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string resolve_links(const std::string& path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::string at = path;
  for (int i = 0; i < kMostLinks; ++i) {
    char target[PATH_MAX];
    const ssize_t length = readlink(at.c_str(), target, sizeof target);
    if (length < 0 || length == sizeof target) return at;
    const std::string_view named(target, static_cast<std::size_t>(length));
    at = named.starts_with('/') ? std::string(named) : fmt::format("{}/{}", folder_of(at), named);
  }
  return path;
}

}  // namespace sluice
