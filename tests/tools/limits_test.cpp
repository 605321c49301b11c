// Limits of control groups and Slurm, in made folders; and what the tool makes of them.
#include "tools/sluice/limits.hpp"

#include <sched.h>

#include <fstream>
#include <map>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using namespace sluice::tool;
using nlohmann::json;
using sluice::test::Ended;
using sluice::test::Folder;

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

// A system made of files: 8 processors and 16 GiB unless told otherwise.
class MadeSystem {
 public:
  MadeSystem() { file("proc/meminfo", "MemTotal: 33554432 kB\nMemAvailable:   16777216 kB\n"); }
  MadeSystem& file(const std::string& path, const std::string& text) {
    const auto full = folder_.path() / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
    return *this;
  }
  MadeSystem& variable(const std::string& name, const std::string& value) {
    variables_[name] = value;
    return *this;
  }
  // Control groups of version 2 with the process in `group`.
  MadeSystem& v2(const std::string& group) {
    file("proc/self/cgroup", "0::" + group + "\n");
    return file("proc/self/mountinfo",
                "24 30 0:22 / /proc rw,nosuid shared:12 - proc proc rw\n"
                "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  // Version 1, memory mounted from `from` on.
  MadeSystem& v1(const std::string& group, const std::string& from = "/") {
    file("proc/self/cgroup", "9:name=systemd:/\n4:memory:" + group + "\n1:cpu,cpuacct:" + group +
                                 "\n0::/unified/elsewhere\n");
    return file("proc/self/mountinfo",
                "40 30 0:33 " + from + " /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
                    "41 30 0:34 " + from +
                    " /sys/fs/cgroup/cpu,cpuacct rw shared:3 - cgroup cgroup rw,cpu,cpuacct\n");
  }
  Surroundings surroundings(int processors = 8) const {
    return {folder_.path().string(),
            [this](const char* name) {
              const auto found = variables_.find(name);
              return found == variables_.end() ? nullptr : found->second.c_str();
            },
            processors};
  }
  void expect_memory(std::int64_t bytes, const std::string& from) const {
    const MemoryLimit limit = memory_limit(surroundings());
    CHECK(limit.available == bytes);
    CHECK(limit.from == from);
  }
  void expect_threads(int threads, const std::string& from) const {
    const ThreadLimit limit = thread_limit(surroundings());
    CHECK(limit.threads == threads);
    CHECK(limit.from == from);
  }

 private:
  Folder folder_;
  std::map<std::string, std::string> variables_;
};

}  // namespace

TEST_CASE("limits: a machine without control groups", "[tools][limits]") {
  MadeSystem system;
  system.expect_memory(std::int64_t{16} << 30, "machine");
  system.expect_threads(8, "affinity");
}

TEST_CASE("limits: control groups of version 2, all the way up", "[tools][limits]") {
  MadeSystem system;
  const std::string top = "sys/fs/cgroup/", slice = top + "batch.slice/", job = slice + "job7/";
  system.v2("/batch.slice/job7")
      .file(top + "cgroup.controllers", "cpu memory\n")
      .file(job + "memory.max", "max\n")
      .file(job + "memory.high", "max\n")
      .file(job + "memory.current", "104857600\n")
      .file(job + "cpu.max", "max 100000\n");
  SECTION("nothing set") {
    system.expect_memory(std::int64_t{16} << 30, "machine");
    system.expect_threads(8, "affinity");
  }
  SECTION("a limit further up, less what is used there; file cache can be had back") {
    system.file(slice + "memory.max", std::to_string(4096 * kMiB))
        .file(slice + "memory.current", std::to_string(1024 * kMiB))
        .file(slice + "memory.stat", "anon 5\nactive_file 104857600\ninactive_file 104857600\n")
        .file(slice + "cpu.max", "250000 100000\n");
    system.expect_memory((4096 - 1024 + 200) * kMiB, "cgroup");
    system.expect_threads(3, "cgroup");
  }
  SECTION("memory.high counts, the least of all counts, part of a processor is one") {
    system.file(slice + "memory.max", std::to_string(4096 * kMiB))
        .file(slice + "memory.current", "0\n")
        .file(job + "memory.high", std::to_string(300 * kMiB))
        .file(job + "cpu.max", "5000 100000\n")
        .file(slice + "cpu.max", "400000 100000\n");
    system.expect_memory(200 * kMiB, "cgroup");
    system.expect_threads(1, "cgroup");
  }
  SECTION("more in use than allowed") {
    system.file(job + "memory.max", std::to_string(10 * kMiB));
    system.expect_memory(0, "cgroup");
  }
}

TEST_CASE("limits: a group of version 2 that a container does not see", "[tools][limits]") {
  MadeSystem system;
  system.v2("/../../elsewhere")
      .file("sys/fs/cgroup/memory.max", std::to_string(512 * kMiB))
      .file("sys/fs/cgroup/memory.current", std::to_string(12 * kMiB));
  system.expect_memory(500 * kMiB, "cgroup");
}

TEST_CASE("limits: control groups of version 1", "[tools][limits]") {
  const std::string none = "9223372036854771712\n";
  SECTION("the whole hierarchy is mounted") {
    MadeSystem system;
    system.v1("/slurm/job_7")
        .file("sys/fs/cgroup/memory/memory.limit_in_bytes", none)
        .file("sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", std::to_string(900 * kMiB))
        .file("sys/fs/cgroup/memory/slurm/memory.usage_in_bytes", std::to_string(150 * kMiB))
        .file("sys/fs/cgroup/memory/slurm/memory.stat",
              "inactive_file 1\ntotal_inactive_file 52428800\ntotal_active_file 0\n")
        .file("sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes", none)
        .file("sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_quota_us", "150000\n")
        .file("sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_period_us", "100000\n")
        .file("sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us", "-1\n")
        .file("sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_period_us", "100000\n");
    system.expect_memory(800 * kMiB, "cgroup");
    system.expect_threads(2, "cgroup");
  }
  SECTION("a container mounts its own group") {
    MadeSystem system;
    system.v1("/docker/abc", "/docker/abc")
        .file("sys/fs/cgroup/memory/memory.limit_in_bytes", std::to_string(700 * kMiB))
        .file("sys/fs/cgroup/memory/memory.usage_in_bytes", "0\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "400000\n")
        .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    system.expect_memory(700 * kMiB, "cgroup");
    system.expect_threads(4, "cgroup");
  }
}

TEST_CASE("limits: a Slurm job", "[tools][limits]") {
  MadeSystem system;
  system.variable("SLURM_CPUS_PER_TASK", "3");
  system.expect_threads(3, "slurm");
  SECTION("memory by processor") {
    system.variable("SLURM_MEM_PER_CPU", "1000");
    system.expect_memory(3000 * kMiB, "slurm");
  }
  SECTION("memory by node, shared by its tasks") {
    system.variable("SLURM_MEM_PER_NODE", "4000").variable("SLURM_TASKS_PER_NODE", "4(x2)");
    system.expect_memory(1000 * kMiB, "slurm");
  }
  SECTION("all of the node's memory, as Slurm writes it") {
    system.variable("SLURM_MEM_PER_NODE", "0");
    system.expect_memory(std::int64_t{16} << 30, "machine");
  }
}

TEST_CASE("limits: what is no number limits nothing", "[tools][limits]") {
  MadeSystem system;
  system.v2("/job")
      .file("sys/fs/cgroup/job/memory.max", "lots\n")
      .file("sys/fs/cgroup/job/cpu.max", "\n");
  for (const char* name : {"SLURM_CPUS_PER_TASK", "SLURM_MEM_PER_CPU", "SLURM_MEM_PER_NODE"})
    for (const char* value : {"", "-2", "many"})
      system.variable(name, value);
  system.expect_memory(std::int64_t{16} << 30, "machine");
  system.expect_threads(8, "affinity");
  system.variable("SLURM_MEM_PER_NODE", "9223372036854775807");  // more than 64 bits of bytes
  system.expect_memory(std::int64_t{16} << 30, "machine");
}

TEST_CASE("limits: stated in plan and report, the options before all", "[tools][limits]") {
  const Folder folder;
  const std::string pipeline = "synth width=500 height=400 ! stats ";
  const auto planned = [&](const std::string& options,
                           const std::map<std::string, std::string>& environment) {
    const Ended ended = folder.run("plan " + pipeline + "--json " + options, {environment, 0});
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    return json::parse(ended.out);
  };
  const json job = planned("", {{"SLURM_CPUS_PER_TASK", "1"}, {"SLURM_MEM_PER_CPU", "400"}});
  CHECK(job["threads"] == 1);
  CHECK(job["memory"]["budget_bytes"] == 100 * kMiB);
  CHECK(job["memory"]["budget_from"] == "slurm");
  const json given = planned("--threads 3 --memory 200M", {{"SLURM_CPUS_PER_TASK", "1"}});
  CHECK(given["threads"] == 3);
  CHECK(given["threads_from"] == "option");
  CHECK(given["memory"]["budget_bytes"] == 200 * kMiB);
  CHECK(given["memory"]["budget_from"] == "option");
  REQUIRE(folder.run("pipe " + pipeline + "-q --report r.json").code == 0);
  const json report = folder.json("r.json");
  CHECK(report["memory"]["budget_bytes"] > report["memory"]["planned_bytes"]);
  for (const char* from : {"cgroup", "machine", "slurm"})
    if (report["memory"]["budget_from"] == from) SUCCEED(from);
  CHECK(report["threads_from"].is_string());
}

TEST_CASE("limits: a default that is too small goes up to the least, with a warning",
          "[tools][limits]") {
  const Folder folder;
  const std::string pipeline =
      "synth width=3000 height=3000 ! gaussian_blur 9 ! write o.tif --overwrite --report r.json ";
  const auto run = [&](int megabytes) {
    return folder.run(
        "pipe " + pipeline,
        {{{"SLURM_MEM_PER_NODE", std::to_string(megabytes)}, {"SLURM_TASKS_PER_NODE", "1"}}, 0});
  };
  const Ended small = run(48);  // a quarter is less than the process alone
  INFO(small.err);
  REQUIRE(small.code == 0);
  CHECK(small.err.find("warning: the pipeline needs ") != std::string::npos);
  CHECK(small.err.find("(a quarter: the Slurm job's share is 48 MiB)") != std::string::npos);
  const json memory = folder.json("r.json")["memory"];
  CHECK(memory["budget_bytes"] == memory["least_bytes"]);
  CHECK(memory["planned_bytes"] <= memory["budget_bytes"]);
  CHECK(memory["budget_from"] == "slurm");
  const Ended refused = run(8);
  CHECK(refused.code == 2);
  CHECK(refused.err.find("error: the pipeline needs at least ") != std::string::npos);
  CHECK(refused.err.find("the Slurm job's share is 8 MiB; --memory ") != std::string::npos);
}
