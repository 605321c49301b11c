#include "process_memory.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <cstring>

namespace sluice::tool {

std::int64_t process_bytes(int threads) {
  // Measured on Debian 12 as VmHWM minus what the library was granted (its tiles, blocks, encoders,
  // indexes), on synthetic tissue of 3000 x 3000 and noise of 6000 x 6000: every codec read and
  // written (TIFF plain, deflate, zstd, LZW and JPEG at several levels, in tiles and strips; JPEG;
  // PNG) on 1, 2, 8, 64 and 256 threads, with the budget left open and at the least.
  // - Program, libraries, heap: 7.7 MiB, at most 8.6 MiB on up to 8 threads.
  // - A thread: stack, TBB and malloc 32 KiB, with a decoder at most 157 KiB (libjpeg's, under a
  //   heap of its own for each thread, as machines with many processors have them;
  //   MALLOC_ARENA_MAX=2000 shows that on few). What encoders hold is in the plan.
  // The rest allows for other builds of the libraries. tests/tools/memory_test.cpp holds plans to
  // it.
  constexpr std::int64_t kProgram = std::int64_t{14} << 20;
  constexpr std::int64_t kThread = std::int64_t{192} << 10;
  return kProgram + threads * kThread;
}

std::int64_t resident_peak_bytes() {
  // /proc says it for this program alone; getrusage would count what the parent had before exec.
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    char line[256];
    long long kilobytes = -1;
    while (kilobytes < 0 && std::fgets(line, sizeof line, status))
      if (std::strncmp(line, "VmHWM:", 6) == 0) std::sscanf(line + 6, "%lld", &kilobytes);
    std::fclose(status);
    if (kilobytes >= 0) return static_cast<std::int64_t>(kilobytes) * 1024;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace sluice::tool
