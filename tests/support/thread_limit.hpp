// A process that may have few threads.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <limits>

namespace sluice::test {

/// From now on this process, which has one thread, may have `most` (1: no further one). The limit
/// counts all threads of a user and does not hold for root: so root becomes a user that has no
/// other process. Of another user's processes only 1 is certain. False when the system refuses.
inline bool limit_threads(rlim_t most) {
  if (geteuid() == 0) {
    const auto process = static_cast<uid_t>(getpid());
    const uid_t rare = 1'000'000'000U + process, inside_a_container = 50'000U + process % 10'000U;
    if (setresuid(rare, rare, rare) != 0 &&
        setresuid(inside_a_container, inside_a_container, inside_a_container) != 0)
      return false;
  }
  const rlimit limit{most, most};
  return setrlimit(RLIMIT_NPROC, &limit) == 0;
}

}  // namespace sluice::test
