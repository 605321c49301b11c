#include "limits.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::tool {

namespace {

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

// The whole number that the text begins with; nullopt where there is none ("max").
std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Bytes or other counts that a file holds; `kNone` for "max", no file, and the like.
std::int64_t number_in(const std::string& path) {
  return leading_number(first_line(path)).value_or(kNone);
}

// The sum of the counts with these names in a file of "name count" lines.
std::int64_t sum_in(const std::string& path, std::initializer_list<std::string_view> names) {
  std::ifstream file(path);
  std::int64_t sum = 0;
  std::string name;
  for (std::int64_t count = 0; file >> name >> count;)
    if (std::find(names.begin(), names.end(), name) != names.end()) sum += count;
  return sum;
}

// The folders of the control groups that the process is in, from its own up to the hierarchy's top.
std::vector<std::string> folders_up(const std::string& mount, std::string path) {
  std::vector<std::string> folders;
  while (!path.empty() && path != "/") {
    folders.push_back(mount + path);
    path.resize(path.rfind('/'));
  }
  folders.push_back(mount);
  return folders;
}

bool lists(const std::string& list, std::string_view word) {
  std::istringstream items(list);
  for (std::string item; std::getline(items, item, ',');)
    if (item == word) return true;
  return false;
}

// Folders of the hierarchy that has `controller` ("" for v2's), by /proc/self/cgroup (which group)
// and /proc/self/mountinfo (where it is mounted, and from which group on).
std::vector<std::string> group_folders(const std::string& root, const std::string& controller) {
  std::string group;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? controllers.empty() : lists(controllers, controller))
      group = line.substr(second + 1);
  }
  if (group.empty()) return {};
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    // "36 35 0:30 /from /mounted/at rw,nosuid shared:9 - cgroup cgroup rw,memory"
    std::istringstream words(line);
    std::string word, from, at, type, device, options;
    words >> word >> word >> word >> from >> at;
    while (words >> word && word != "-") {
    }
    words >> type >> device >> options;
    if (controller.empty() ? type != "cgroup2" : type != "cgroup" || !lists(options, controller))
      continue;
    // In a container the mount may begin at the process's own group, or the group be unreachable.
    std::string below = group;
    if (from != "/" && group.starts_with(from + "/"))
      below.erase(0, from.size());
    else if (from != "/")
      below.assign(1, '/');
    if (below.starts_with("/..")) below.assign(1, '/');
    return folders_up(root + at, below);
  }
  return {};
}

// What `limit` leaves beside `used`, of which `cache` can be had back.
std::int64_t rest(std::int64_t limit, std::int64_t used, std::int64_t cache) {
  if (limit == kNone || used == kNone) return limit;
  return std::max<std::int64_t>(0, limit - std::max<std::int64_t>(0, used - cache));
}

std::int64_t left_by_groups(const std::string& root) {
  std::int64_t least = kNone;
  for (const std::string& folder : group_folders(root, "")) {
    const std::int64_t limit =
        std::min(number_in(folder + "/memory.max"), number_in(folder + "/memory.high"));
    least =
        std::min(least, rest(limit, number_in(folder + "/memory.current"),
                             sum_in(folder + "/memory.stat", {"inactive_file", "active_file"})));
  }
  for (const std::string& folder : group_folders(root, "memory")) {
    std::int64_t limit = number_in(folder + "/memory.limit_in_bytes");
    if (limit > (std::int64_t{1} << 60)) limit = kNone;  // v1 writes "none" as a huge number
    least = std::min(
        least, rest(limit, number_in(folder + "/memory.usage_in_bytes"),
                    sum_in(folder + "/memory.stat", {"total_inactive_file", "total_active_file"})));
  }
  return least;
}

std::int64_t left_by_machine(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t kilobytes = 0;
    if (words >> name >> kilobytes && name == "MemAvailable:") return kilobytes * 1024;
  }
  return kNone;
}

// A positive number in the environment, else nullopt.
std::optional<std::int64_t> variable(const Surroundings& surroundings, const char* name) {
  const char* text = surroundings.variable ? surroundings.variable(name) : nullptr;
  const auto number = text ? leading_number(text) : std::nullopt;
  return number && *number > 0 ? number : std::nullopt;
}

std::int64_t share_in_job(const Surroundings& surroundings) {
  const auto bytes = [](std::int64_t megabytes, std::int64_t times) {
    return megabytes > (kNone >> 20) / times ? kNone : (megabytes << 20) * times;
  };
  if (const auto each = variable(surroundings, "SLURM_MEM_PER_CPU"))
    return bytes(*each, variable(surroundings, "SLURM_CPUS_PER_TASK").value_or(1));
  if (const auto node = variable(surroundings, "SLURM_MEM_PER_NODE"))
    return bytes(*node, 1) / variable(surroundings, "SLURM_TASKS_PER_NODE").value_or(1);
  return kNone;
}

std::int64_t quota_threads(std::int64_t quota, std::int64_t period) {
  if (quota == kNone || quota <= 0 || period == kNone || period <= 0) return kNone;
  return std::max<std::int64_t>(1, quota / period + (quota % period > 0 ? 1 : 0));
}

std::int64_t threads_by_groups(const std::string& root) {
  std::int64_t least = kNone;
  for (const std::string& folder : group_folders(root, "")) {
    std::istringstream line(first_line(folder + "/cpu.max"));  // "200000 100000" or "max 100000"
    std::int64_t quota = 0, period = 0;
    if (line >> quota >> period) least = std::min(least, quota_threads(quota, period));
  }
  for (const std::string& folder : group_folders(root, "cpu"))
    least = std::min(least, quota_threads(number_in(folder + "/cpu.cfs_quota_us"),
                                          number_in(folder + "/cpu.cfs_period_us")));
  return least;
}

}  // namespace

Surroundings this_process() {
  Surroundings surroundings;
  surroundings.variable = [](const char* name) { return std::getenv(name); };
  cpu_set_t set;
  surroundings.processors = sched_getaffinity(0, sizeof set, &set) == 0
                                ? CPU_COUNT(&set)
                                : static_cast<int>(std::thread::hardware_concurrency());
  return surroundings;
}

ThreadLimit thread_limit(const Surroundings& surroundings) {
  ThreadLimit limit{std::max(1, surroundings.processors), "affinity"};
  const auto take = [&](std::int64_t threads, const char* from) {
    if (threads < limit.threads) limit = {static_cast<int>(threads), from};
  };
  take(threads_by_groups(surroundings.root), "cgroup");
  take(variable(surroundings, "SLURM_CPUS_PER_TASK").value_or(kNone), "slurm");
  return limit;
}

MemoryLimit memory_limit(const Surroundings& surroundings) {
  MemoryLimit limit{left_by_machine(surroundings.root), "machine"};
  const auto take = [&](std::int64_t bytes, const char* from) {
    if (bytes < limit.available) limit = {bytes, from};
  };
  take(left_by_groups(surroundings.root), "cgroup");
  take(share_in_job(surroundings), "slurm");
  return limit;
}

}  // namespace sluice::tool
