#include "process_memory.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <cstring>

namespace sluice::tool {

std::int64_t process_bytes(int threads) {
  constexpr std::int64_t kProgram = std::int64_t{24} << 20;
  constexpr std::int64_t kThread = std::int64_t{1} << 20;
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
