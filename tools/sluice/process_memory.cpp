#include "process_memory.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <cstring>

namespace sluice::tool {

std::int64_t process_bytes(int threads) {
  // Measured on Debian 12 as VmHWM minus what the library was granted, which counts its threads'
  // caches and stacks itself: synth -> write of 64 x 64 and 4000 x 4000 and read -> linear -> write
  // with each compression, on 1, 2, 8 and 128 threads. The most was 7.9 MiB (6.0 of them program
  // and libraries); threads added nothing visible. The rest allows for other builds of the
  // libraries. tests/tools/run_test.cpp holds the figure to it.
  constexpr std::int64_t kProgram = std::int64_t{14} << 20;
  constexpr std::int64_t kThread = std::int64_t{64} << 10;
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
