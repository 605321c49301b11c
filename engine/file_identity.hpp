// Which file a path leads to, and whether it is still the same one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// A file, whatever its name. Numbers of inodes are used again, so its size and time belong to it.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  std::int64_t bytes = 0, modified_s = 0, modified_ns = 0;
  bool operator==(const FileIdentity&) const = default;
};
/// nullopt where there is no such file.
std::optional<FileIdentity> identity_of(const std::string& path);
/// Of an open file.
std::optional<FileIdentity> identity_of(int file);

/// Where a path leads to, whether a file is there or not: two paths mean one file when their places
/// are equal. Of a file that exists its device and inode; else those of its folder, and its name.
struct FilePlace {
  std::uint64_t device = 0, inode = 0;
  std::string name;
  auto operator<=>(const FilePlace&) const = default;
};
/// nullopt where neither file nor folder is there, and for what is no ordinary file: a device, a
/// pipe.
std::optional<FilePlace> place_of(const std::string& path);

/// The folder part of a path: "." for a bare name.
std::string folder_of(const std::string& path);
/// Where a file will really lie: behind a symbolic link the file that it names is made or replaced,
/// not the link.
std::string resolve_links(const std::string& path);

}  // namespace sluice
