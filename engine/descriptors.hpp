// File descriptors of the library's own.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <limits>

namespace sluice {

/// `file`, fresh from open() or its like, as a descriptor above those of standard input, output and
/// error. Where a host has closed these, the kernel gives their numbers to the next file, and what
/// the host or a library then prints would go into it. -1, with errno set, when `file` is -1 or
/// there is no other descriptor.
inline int above_standard(int file) {
  if (file < 0 || file > STDERR_FILENO) return file;
  const int moved = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int code = errno;
  close(file);
  errno = code;
  return moved;
}

/// How many descriptors this process may have at once (RLIMIT_NOFILE).
inline std::int64_t descriptor_limit() {
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  rlimit limit{};
  const bool limited = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
                       limit.rlim_cur < static_cast<rlim_t>(kNone);
  return limited ? static_cast<std::int64_t>(limit.rlim_cur) : kNone;
}

/// How many it has; that of the call itself is not counted.
std::int64_t open_descriptors();

}  // namespace sluice
