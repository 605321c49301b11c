// Files that appear under their final name only when they are whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <string_view>
#include <system_error>

#include "engine/checked_size.hpp"
#include "engine/descriptors.hpp"
#include "engine/checksum.hpp"
#include "engine/error.hpp"
#include "engine/file_identity.hpp"
#include "engine/file_size_limit.hpp"
#include "engine/sink.hpp"

namespace sluice {
namespace {

std::string system_text(int code) {
  std::string text = std::generic_category().message(code);
  if (code == EMFILE)
    text += fmt::format(" (this process may have {} at once: RLIMIT_NOFILE, ulimit -n)",
                        descriptor_limit());
  return text;
}

Error system_error(const std::string& path, const std::string& what, int code) {
  return Error(ErrorKind::system, what + ": " + system_text(code)).at_file(path);
}

/// How much of a file's name a hidden name beside it may repeat. Most file systems allow 255 bytes
/// for all of it, some fewer.
std::size_t longest_stem(const std::string& folder) {
  constexpr std::size_t kMost = 200, kBesides = 50;
  const long most = pathconf(folder.empty() ? "." : folder.c_str(), _PC_NAME_MAX);
  if (most < 0) return kMost;
  return std::clamp<std::size_t>(static_cast<std::size_t>(most), kBesides + 1, kMost + kBesides) -
         kBesides;
}

/// A hidden name beside `path` that no other process or thread uses.
std::string hidden_name(const std::string& path) {
  std::random_device random;
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const std::string stem = slash == std::string::npos ? path : path.substr(slash + 1);
  return fmt::format("{}.{}.{}-{:08x}.tmp", folder, stem.substr(0, longest_stem(folder)), getpid(),
                     random());
}

/// A hidden name that belongs to `path` alone and is the same in every run.
std::string fixed_name(const std::string& path, const char* ending) {
  const std::string target = resolve_links(path);
  const std::size_t slash = target.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : target.substr(0, slash + 1);
  std::string stem = slash == std::string::npos ? target : target.substr(slash + 1);
  if (const std::size_t longest = longest_stem(folder); stem.size() > longest)
    stem = fmt::format("{}-{:016x}", stem.substr(0, longest),
                       checksum(std::as_bytes(std::span(stem))));
  return fmt::format("{}.{}{}", folder, stem, ending);
}

void refuse_existing(const std::string& path) {
  throw Error(ErrorKind::usage, "the file exists already; 'overwrite' would replace it")
      .at_file(path);
}

/// How the file is kept until it gets its name.
enum class Temporary : std::uint8_t { nameless, partial_new, partial_old };

class FileSink final : public PartialFile {
 public:
  FileSink(const std::string& path, const FileSinkOptions& options, Temporary temporary)
      : name_(path),
        path_(resolve_links(path)),
        keep_(temporary == Temporary::partial_old),
        options_(options) {
    if (temporary != Temporary::nameless)
      open_partial(temporary == Temporary::partial_old);
    else if (!open_nameless())
      open_hidden();
  }

  ~FileSink() override {
    if (!temporary_.empty() && !keep_) unlink(temporary_.c_str());
    if (file_ >= 0) close(file_);
  }

  std::string name() const override { return name_; }
  void write(std::int64_t offset, std::span<const std::byte> bytes) override;
  void hold() override;
  void commit() override;
  std::int64_t size() const override;
  void cut(std::int64_t size) override;
  void sync() override;
  void keep() noexcept override { keep_ = true; }

 private:
  bool open_nameless();
  void open_hidden();
  void open_partial(bool go_on);
  void link_to(const std::string& to) const;
  void name_partial();
  void rename_hidden();
  void flush() const;
  void sync_folder() const;
  [[noreturn]] void fail_write(std::int64_t offset, std::size_t bytes, int code) const;

  std::string name_;  ///< as the caller wrote it, for messages
  std::string path_;  ///< the final name
  std::string
      temporary_;  ///< the hidden name that must be removed or renamed, "" when there is none
  bool keep_;      ///< leave the hidden file when this ends
  FileSinkOptions options_;
  const std::int64_t largest_ = file_size_limit();  ///< the process's limit on a file's size
  int file_ = -1;
};

bool FileSink::open_nameless() {
  file_ = above_standard(open(folder_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (file_ < 0) return false;
  // Without /proc there would be no way to give the file its name in the end.
  if (access(fmt::format("/proc/self/fd/{}", file_).c_str(), F_OK) == 0) return true;
  close(file_);
  file_ = -1;
  return false;
}

void FileSink::open_hidden() {
  constexpr int kTries = 16;
  for (int i = 0; i < kTries; ++i) {
    const std::string hidden = hidden_name(path_);
    file_ = above_standard(open(hidden.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
    if (file_ >= 0) {
      temporary_ = hidden;
      return;
    }
    if (errno != EEXIST) break;
  }
  throw system_error(name_, fmt::format("cannot create a file in '{}'", folder_of(path_)), errno);
}

void FileSink::open_partial(bool go_on) {
  const std::string partial = partial_name(name_);
  file_ = above_standard(open(
      partial.c_str(), (go_on ? 0 : O_CREAT | O_TRUNC) | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (file_ < 0)
    throw system_error(name_, fmt::format("cannot open the partial file '{}'", partial), errno);
  temporary_ = partial;
}

std::int64_t FileSink::size() const {
  struct stat status {};
  if (fstat(file_, &status) != 0) throw system_error(name_, "cannot be examined", errno);
  return status.st_size;
}

void FileSink::cut(std::int64_t size) {
  if (ftruncate(file_, size) != 0) throw system_error(name_, "cannot be shortened", errno);
}

void FileSink::sync() {
  if (fdatasync(file_) != 0) throw system_error(name_, "cannot bring the file to the disk", errno);
}

void FileSink::fail_write(std::int64_t offset, std::size_t bytes, int code) const {
  std::string reason =
      fmt::format("cannot write {} bytes at offset {}: {}", bytes, offset, system_text(code));
  struct statvfs space {};
  if ((code == ENOSPC || code == EDQUOT) && fstatvfs(file_, &space) == 0)
    reason +=
        fmt::format(" ({} bytes are free in '{}')",
                    static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize, folder_of(path_));
  if (code == EFBIG && largest_ != INT64_MAX)
    reason += fmt::format(" (this process may write files of {} bytes, see ulimit -f)", largest_);
  throw Error(ErrorKind::system, reason).at_file(name_);
}

void FileSink::write(std::int64_t offset, std::span<const std::byte> bytes) {
  // Asked for in advance, since the kernel answers with a signal that would end the host program.
  const CheckedSize end = CheckedSize(offset) + static_cast<std::int64_t>(bytes.size());
  if (!end.at_most(largest_)) fail_write(offset, bytes.size(), EFBIG);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = pwrite(file_, bytes.data() + done, bytes.size() - done,
                                   offset + static_cast<std::int64_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_write(offset, bytes.size(), written < 0 ? errno : EIO);
    done += static_cast<std::size_t>(written);
  }
}

/// Closing a descriptor makes network file systems report writes that failed late; a duplicate
/// is closed because the file is still needed to give it its name.
void FileSink::flush() const {
  if (options_.sync && fsync(file_) != 0)
    throw system_error(name_, "cannot bring the file to the disk", errno);
  const int duplicate = fcntl(file_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (duplicate < 0 || (close(duplicate) != 0 && errno != EINTR))
    throw system_error(name_, "cannot finish writing", errno);
}

void FileSink::link_to(const std::string& to) const {
  const std::string from = fmt::format("/proc/self/fd/{}", file_);
  if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
  if (errno == EEXIST) refuse_existing(name_);
  throw system_error(name_, "cannot give the finished file its name", errno);
}

void FileSink::rename_hidden() {
  if (options_.overwrite) {
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
      throw system_error(name_, "cannot give the finished file its name", errno);
    temporary_.clear();
    return;
  }
  // Never replaces: by the kernel's own check where the file system has it, else by a link, which
  // fails for a name that exists; where there are no links either, by looking first.
  if (syscall(SYS_renameat2, AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(),
              RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return;
  }
  if (errno != EEXIST && link(temporary_.c_str(), path_.c_str()) == 0) {
    unlink(temporary_.c_str());
    temporary_.clear();
    return;
  }
  if (errno == EEXIST || access(path_.c_str(), F_OK) == 0) refuse_existing(name_);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
    throw system_error(name_, "cannot give the finished file its name", errno);
  temporary_.clear();
}

void FileSink::sync_folder() const {
  const int folder =
      above_standard(open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int result = folder < 0 ? -1 : fsync(folder);
  const int code = errno;
  if (folder >= 0) close(folder);
  if (result != 0) throw system_error(name_, "cannot bring the folder to the disk", code);
}

/// Under the name that belongs to this file alone, what an earlier run has left there is of no use.
void FileSink::name_partial() {
  const std::string partial = partial_name(name_);
  if (temporary_ == partial) return;
  unlink(partial.c_str());
  if (temporary_.empty())
    link_to(partial);
  else if (std::rename(temporary_.c_str(), partial.c_str()) != 0)
    throw system_error(name_, fmt::format("cannot keep the file as '{}'", partial), errno);
  temporary_ = partial;
}

void FileSink::hold() {
  flush();
  name_partial();
  keep_ = true;
  if (options_.sync) sync_folder();
}

void FileSink::commit() {
  flush();
  if (!temporary_.empty()) {
    rename_hidden();
  } else if (!options_.overwrite) {
    link_to(path_);
  } else {
    // linkat cannot replace a file, rename can.
    const std::string hidden = hidden_name(path_);
    link_to(hidden);
    temporary_ = hidden;
    rename_hidden();
  }
  if (options_.sync) sync_folder();
}

/// The final name and the hidden ones beside it are not too long for the file system.
void check_length(const std::string& path, const std::string& target) {
  struct stat status {};
  for (const std::string& name :
       {target, hidden_name(target), partial_name(path), journal_name(path)}) {
    if (lstat(name.c_str(), &status) == 0 || errno != ENAMETOOLONG) continue;
    const std::size_t bytes = target.size() - (target.rfind('/') + 1);
    const long most = pathconf(folder_of(target).c_str(), _PC_NAME_MAX);
    if (most > 0 && bytes > static_cast<std::size_t>(most))
      throw Error(ErrorKind::usage, fmt::format("the name has {} bytes; names in '{}' may have {}",
                                                bytes, folder_of(target), most))
          .at_file(path);
    throw Error(ErrorKind::usage,
                fmt::format("the path has {} bytes, and with hidden names beside it more than the "
                            "{} that the system takes",
                            target.size(), PATH_MAX - 1))
        .at_file(path);
  }
}

void check_target(const std::string& path, const FileSinkOptions& options) {
  if (path.empty()) throw Error(ErrorKind::usage, "the name of the file to write is empty");
  struct stat status {};
  const std::string folder = folder_of(path);
  if (stat(folder.c_str(), &status) != 0)
    throw system_error(path, fmt::format("cannot write into the folder '{}'", folder), errno);
  if (!S_ISDIR(status.st_mode))
    throw system_error(path, fmt::format("cannot write into '{}'", folder), ENOTDIR);
  if (path.back() == '/' || (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)))
    throw Error(ErrorKind::usage, "is a folder; the name of a file is expected").at_file(path);
  // Behind /dev/stdout, too, which leads to no path.
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    throw Error(ErrorKind::usage, "is not an ordinary file, and is not replaced").at_file(path);
  const std::string target = resolve_links(path), target_folder = folder_of(target);
  check_length(path, target);
  if (lstat(target.c_str(), &status) == 0) {
    if (!options.overwrite) refuse_existing(path);
    if (S_ISLNK(status.st_mode)) throw system_error(path, "cannot be followed", ELOOP);
  }
  if (faccessat(AT_FDCWD, target_folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    throw system_error(path, fmt::format("cannot write into the folder '{}'", target_folder),
                       errno);
}

}  // namespace

std::unique_ptr<ByteSink> create_file(const std::string& path, const FileSinkOptions& options) {
  check_target(path, options);
  return std::make_unique<FileSink>(path, options, Temporary::nameless);
}

std::unique_ptr<PartialFile> open_partial_file(const std::string& path, bool go_on,
                                               const FileSinkOptions& options) {
  check_target(path, options);
  return std::make_unique<FileSink>(path, options,
                                    go_on ? Temporary::partial_old : Temporary::partial_new);
}

std::string partial_name(const std::string& path) {
  return fixed_name(path, ".sluice-part");
}

std::string journal_name(const std::string& path) {
  return fixed_name(path, ".sluice-journal");
}

void check_creatable(const std::string& path, const FileSinkOptions& options) {
  check_target(path, options);
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace sluice
