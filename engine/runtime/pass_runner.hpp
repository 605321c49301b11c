// Runs one pass: one oneTBB flow graph in the run's own arena.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/runtime/crew.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/run_journals.hpp"
#include "engine/runtime/slab_pool.hpp"

namespace sluice {

struct PassResult {
  std::int64_t granted_peak = 0;
  std::vector<std::int64_t> blocks_decoded, bytes_read;  ///< by source of the pass
  std::vector<std::unique_ptr<Accumulator>> sums;        ///< by stage; null for sinks
};

/// Runs all units of the pass but those whose blocks the journals say are stored. `committed` is
/// called for each in order, with true for one that was skipped; `profiler` may be null. Throws the
/// first error, with its step and unit; all tasks have ended by then.
PassResult run_pass(const Graph& graph, const PassPlan& pass, const RunOptions& options,
                    const RunJournals& journals, Crew& crew, Profiler* profiler,
                    const std::function<void(bool)>& committed);

}  // namespace sluice
