// How large a file this process may write. To be asked before, since the kernel answers a write
// beyond it with a signal that would end the host program.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <limits>

namespace sluice {

/// Bytes (RLIMIT_FSIZE); the largest number where there is no limit.
inline std::int64_t file_size_limit() {
  constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  rlimit limit{};
  const bool limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
                       limit.rlim_cur < static_cast<rlim_t>(kNone);
  return limited ? static_cast<std::int64_t>(limit.rlim_cur) : kNone;
}

}  // namespace sluice
