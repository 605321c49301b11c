#include "process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace sluice::tool {

void take_standard_descriptors() {
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(standard, F_GETFD) >= 0 || errno != EBADF) continue;
    // Open the wrong way round: results that nobody can get are still an error. The kernel gives
    // the lowest number that is free, which is this one.
    const int direction = standard == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", direction) != standard) _exit(3);
  }
}

void ignore_file_size_signal() {
  signal(SIGXFSZ, SIG_IGN);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // where that fails, what there is has to do
}

}  // namespace sluice::tool
