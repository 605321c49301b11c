// What the surroundings allow the process: processors and memory, by the machine, the control
// groups it is in and the batch scheduler that started it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sluice::tool {

/// Where the limits are looked up. Tests put a made folder and made variables here.
struct Surroundings {
  std::string root;  ///< goes before every path: "" or a folder that has proc/ and sys/
  std::function<const char*(const char*)> variable;  ///< the environment; null when not set
  int processors = 1;                                ///< that the affinity mask allows
};

/// Those of this process.
Surroundings this_process();

struct ThreadLimit {
  int threads = 1;
  std::string from;  ///< "affinity", "cgroup" or "slurm": what allows the fewest
};

/// The least of affinity, the CPU quota of the control groups (v2 cpu.max, v1 cfs_quota, all the
/// way up, rounded up) and SLURM_CPUS_PER_TASK. What is missing or no number limits nothing.
ThreadLimit thread_limit(const Surroundings& surroundings);

struct MemoryLimit {
  std::int64_t available = 0;  ///< bytes
  std::string from;            ///< "machine", "cgroup" or "slurm": what leaves the least
};

/// The least of what the machine has available (MemAvailable), what the control groups leave (v2
/// memory.max and memory.high, v1 memory.limit_in_bytes, all the way up, less what is in use there;
/// file cache counts as free), and the task's share in a Slurm job (SLURM_MEM_PER_CPU times
/// SLURM_CPUS_PER_TASK; SLURM_MEM_PER_NODE over the tasks on a node).
MemoryLimit memory_limit(const Surroundings& surroundings);

}  // namespace sluice::tool
