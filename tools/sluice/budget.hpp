// What the process may take, and planning and running within it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common_options.hpp"
#include "engine/run.hpp"

namespace sluice::tool {

/// Bytes that the process may have resident.
struct Budget {
  std::int64_t bytes = 0;
  /// "option" (--memory), or what leaves the least of which a quarter is taken: "cgroup",
  /// "machine", "slurm".
  std::string from;
  std::int64_t available = 0;  ///< what that leaves, for all but "option"
  bool raised = false;         ///< the pipeline needs more than that quarter: `bytes` is its least
};

/// A plan within the budget, and what it means for the process.
struct ProcessPlan {
  Plan plan;
  Budget budget;
  std::int64_t process_bytes = 0;  ///< beside what the library is granted
  std::int64_t planned_bytes() const { return plan.peak_bytes + process_bytes; }
  std::int64_t least_bytes() const { return plan.least_bytes + process_bytes; }
  /// What the user should know before it runs; "" when there is nothing.
  std::string warning() const;
};

/// The plan of a run. Throws Error (memory), naming the least that would do, when --memory is too
/// small or, without it, when more is needed than there is; Error (system) when it writes a
/// temporary file and cannot.
ProcessPlan plan_within(const Graph& graph, const CommonOptions& options);

/// Plans the same, hands the plan to `planned` and runs. `run_with` has what else the run takes
/// (stop, progress, ...).
Report run_within(Graph& graph, const CommonOptions& options, RunOptions run_with,
                  const std::function<void(const ProcessPlan&)>& planned);

}  // namespace sluice::tool
