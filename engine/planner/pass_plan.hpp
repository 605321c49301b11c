// The plan of a pass: a value, made once by the chooser and only read from then on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/graph.hpp"
#include "engine/plan.hpp"
#include "engine/planner/pass_order.hpp"
#include "engine/planner/pass_shape.hpp"
#include "engine/run_options.hpp"

namespace sluice {

struct RewrittenGraph;

/// Sizes of the slabs the pass takes from its pool, and how many of each.
struct PassMemory {
  std::int64_t arena = 0;  ///< one a thread: tiles and scratch of a unit
  std::int64_t work = 0;   ///< one a thread: encoded bytes and the codec's scratch
  std::int64_t pool = 0;   ///< all slabs together
  std::int64_t held = 0;   ///< beside the pool: codec state, accumulators, indexes, a constant
  PlannedMemory parts;     ///< both together, by what it is for
  std::int64_t total() const { return pool + held; }
};

/// How much of a supply is used.
struct SupplyUse {
  std::int64_t alive = 0;  ///< most blocks in memory at once
  std::int64_t used = 0;   ///< blocks that are decoded, or tiles that are computed
  std::int64_t bytes_read = 0;
};

struct PassPlan {
  std::shared_ptr<const PassShape> shape;
  std::shared_ptr<const std::vector<StageFit>> fits;  ///< by stage
  Route route;
  int credits = 1;  ///< units in flight
  int threads = 1;
  std::vector<SupplyUse> uses;  ///< by supply
  PassMemory memory;
  double work = 0;         ///< declared cost of everything, in bytes copied
  std::int64_t units = 0;  ///< of the stages with a goal
  std::int64_t least = 0;  ///< the smallest budget that any plan of all passes would do with
  std::vector<PlannedChoice> choices;  ///< nodes whose keeping was considered
  NodeId spooled = -1;                 ///< the node that it writes to a temporary file
  std::int64_t spool_bytes = 0;

  const Stage& stage(int s) const { return shape->stages[static_cast<std::size_t>(s)]; }
  const StageFit& fit(int s) const { return (*fits)[static_cast<std::size_t>(s)]; }
};

/// Blocks and encoded bytes a stage's sink has in memory; zeros for a reduction.
struct OutputNeed {
  std::int64_t tile_bytes = 0;     ///< one block under assembly
  std::int64_t tiles = 0;          ///< how many at once
  std::int64_t encoded_bytes = 0;  ///< encoder's worst case for one block
  std::int64_t encoded = 0;        ///< how many at once
};
OutputNeed output_need(const Stage& stage, const UnitGrid& grid, const Route& route, int credits);

/// Which pass each node belongs to: one more than the reductions its late options (or its
/// inputs') refer to.
std::vector<int> passes_of(const Graph& graph);

/// Plans every pass. Throws Error (memory) when options.memory cannot hold one of them.
std::vector<PassPlan> plan_passes(const RewrittenGraph& rewritten, const RunOptions& options);

/// Threads a run gets: options.threads, or as many as processors; never more than
/// allowed_threads().
int thread_count(const RunOptions& options);

/// The options as they are planned with: options.memory is at most the whole of options.budget.
RunOptions within_shared(const RunOptions& options);

Plan describe(const RewrittenGraph& graph, const std::vector<PassPlan>& passes,
              const RunOptions& options);

}  // namespace sluice
