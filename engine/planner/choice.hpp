// Units, travel and credits of a pass.
#pragma once

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Chooses them for a pass whose stages and sources are known: first the units that are expected to
/// be fastest, then fewest decodes, then least memory, then most credits, within options.memory.
/// Sets PassPlan::least; throws Error (memory) naming it where nothing fits.
void choose(PassPlan& pass, const Graph& graph, const RunOptions& options);

}  // namespace sluice
