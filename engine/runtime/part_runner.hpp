// Runs one part of a pass: one oneTBB flow graph.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/runtime/accumulator_pool.hpp"
#include "engine/runtime/output.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/slab_pool.hpp"

namespace sluice {

/// What the parts of a pass share. By stage: `outputs` of those with a sink, `sums` of those with a
/// reduction, else null.
struct PassContext {
  const Graph& graph;
  const PassPlan& pass;
  const PassUnits& units;
  const RunOptions& options;
  SlabPool& pool;
  std::vector<std::unique_ptr<Output>>& outputs;
  std::vector<std::unique_ptr<AccumulatorPool>>& sums;
  Profiler* profiler;
  /// Called for each unit of a goal, in order, with true for one that was skipped.
  const std::function<void(bool)>& committed;
};

/// By supply.
struct PartResult {
  std::vector<std::int64_t> blocks_decoded, bytes_read;
};

/// Runs all units of the part, inside the arena of the pass. Throws the first error, with its step
/// and unit; all tasks have ended by then.
PartResult run_part(const PassContext& pass, std::int64_t part);

}  // namespace sluice
