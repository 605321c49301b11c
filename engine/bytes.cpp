// Where bytes come from (a file, memory, a caller's function), and memory that takes them.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "engine/checked_size.hpp"
#include "engine/descriptors.hpp"
#include "engine/sink.hpp"
#include "engine/source.hpp"
#include "engine/with_place.hpp"

namespace sluice {
namespace {

/// Throws unless [offset, offset + count) lies inside the `size` bytes of `name`.
void check_range(const std::string& name, std::int64_t size, std::int64_t offset,
                 std::size_t count) {
  if (offset >= 0 && offset <= size && count <= static_cast<std::size_t>(size - offset)) return;
  throw Error(ErrorKind::data,
              fmt::format("needs {} bytes here, but the file ends at byte {}", count, size))
      .at_file(name)
      .at_place(fmt::format("byte {}", offset));
}

[[noreturn]] void system_error(const std::string& name, const char* what, int code) {
  throw Error(ErrorKind::system, fmt::format("{}: {}", what, std::generic_category().message(code)))
      .at_file(name);
}

[[noreturn]] void too_many_files(const std::string& name) {
  throw Error(ErrorKind::system,
              fmt::format("cannot be opened: this process may have {} files open at once "
                          "(RLIMIT_NOFILE, ulimit -n), and has",
                          descriptor_limit()))
      .at_file(name);
}

/// pread() on one descriptor, which threads may share.
class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::string& path) : path_(path) {
    // Without O_NONBLOCK the open would wait for a writer when the path is a fifo.
    fd_ = above_standard(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd_ < 0 && errno == EMFILE) too_many_files(path);
    if (fd_ < 0) system_error(path, "cannot be opened", errno);
    try {
      inspect();
    } catch (...) {
      ::close(fd_);
      throw;
    }
  }
  ~FileBytes() override { ::close(fd_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::string name() const override { return path_; }
  std::string path() const override { return path_; }
  std::int64_t size() const override { return size_; }

  std::optional<FileIdentity> identity() const override { return identity_; }
  std::string change() const override {
    if (!identity_) return {};
    const auto now = identity_of(fd_);
    if (now && now->bytes != identity_->bytes)
      return fmt::format("it had {} bytes when it was opened, and has {} now", identity_->bytes,
                         now->bytes);
    if (now && now != identity_) return "it has been written to since it was opened";
    const auto named = identity_of(absolute_);
    if (named && (named->device != identity_->device || named->inode != identity_->inode))
      return "its name has been given to another file since it was opened";
    return {};
  }

  void read(std::int64_t offset, std::span<std::byte> to) const override {
    check_range(path_, size_, offset, to.size());
    while (!to.empty()) {
      const ssize_t got = ::pread(fd_, to.data(), to.size(), offset);
      if (got < 0) {
        if (errno == EINTR) continue;
        const int code = errno;
        throw Error(ErrorKind::system,
                    fmt::format("cannot be read: {}", std::generic_category().message(code)))
            .at_file(path_)
            .at_place(fmt::format("byte {}", offset));
      }
      if (got == 0)
        throw Error(ErrorKind::data, "the file has become shorter while it was read")
            .at_file(path_)
            .at_place(fmt::format("byte {}", offset));
      to = to.subspan(static_cast<std::size_t>(got));
      offset += got;
    }
  }

 private:
  void inspect() {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) system_error(path_, "cannot be examined", errno);
    const auto refuse = [&](const char* what) {
      throw Error(ErrorKind::system,
                  fmt::format("is {}, not a file that can be read at any offset", what))
          .at_file(path_);
    };
    if (S_ISDIR(status.st_mode)) refuse("a folder");
    if (S_ISFIFO(status.st_mode)) refuse("a pipe");
    if (S_ISSOCK(status.st_mode)) refuse("a socket");
    if (S_ISCHR(status.st_mode)) refuse("a character device");
    // A block device's size is where its end is.
    size_ = S_ISREG(status.st_mode) ? status.st_size : ::lseek(fd_, 0, SEEK_END);
    if (size_ < 0) system_error(path_, "has no size", errno);
    if (!S_ISREG(status.st_mode)) return;
    identity_ = identity_of(fd_);
    std::error_code unknown;
    absolute_ = std::filesystem::absolute(path_, unknown).string();
  }

  std::string path_;
  int fd_ = -1;
  std::int64_t size_ = 0;
  std::optional<FileIdentity> identity_;  ///< of an ordinary file, when it was opened
  std::string absolute_;  ///< finds the name again when the host has changed its folder
};

class MemoryBytes final : public ByteSource {
 public:
  MemoryBytes(std::vector<std::byte> bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)) {}
  std::string name() const override { return name_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(bytes_.size()); }
  void read(std::int64_t offset, std::span<std::byte> to) const override {
    check_range(name_, size(), offset, to.size());
    if (!to.empty()) std::memcpy(to.data(), bytes_.data() + offset, to.size());
  }

 private:
  std::vector<std::byte> bytes_;
  std::string name_;
};

class CallbackBytes final : public ByteSource {
 public:
  CallbackBytes(std::string name, std::int64_t size, ReadFunction read)
      : name_(std::move(name)), size_(size), read_(std::move(read)) {}
  std::string name() const override { return name_; }
  std::int64_t size() const override { return size_; }
  void read(std::int64_t offset, std::span<std::byte> to) const override {
    check_range(name_, size_, offset, to.size());
    if (to.empty()) return;
    with_place(
        [&] { read_(offset, to); },
        [&](Error& error) { error.at_file(name_).at_place(fmt::format("byte {}", offset)); });
  }

 private:
  std::string name_;
  std::int64_t size_;
  ReadFunction read_;
};

}  // namespace

void MemorySink::write(std::int64_t offset, std::span<const std::byte> bytes) {
  const auto end = (CheckedSize(offset) + static_cast<std::int64_t>(bytes.size())).get();
  if (offset < 0 || !end || static_cast<std::uint64_t>(*end) > bytes_.max_size())
    throw Error(ErrorKind::system,
                fmt::format("{} bytes at offset {} do not fit into memory", bytes.size(), offset))
        .at_file(name_);
  if (static_cast<std::size_t>(*end) > bytes_.size()) bytes_.resize(static_cast<std::size_t>(*end));
  if (!bytes.empty()) std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
}

std::shared_ptr<ByteSource> open_file(const std::string& path) {
  if (path.empty()) throw Error(ErrorKind::usage, "the name of the file to read is empty");
  return std::make_shared<FileBytes>(path);
}

std::shared_ptr<ByteSource> bytes_in_memory(std::vector<std::byte> bytes, std::string name) {
  return std::make_shared<MemoryBytes>(std::move(bytes), std::move(name));
}

std::shared_ptr<ByteSource> bytes_by_callback(std::string name, std::int64_t size,
                                              ReadFunction read) {
  return std::make_shared<CallbackBytes>(std::move(name), size, std::move(read));
}

}  // namespace sluice
