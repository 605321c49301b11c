// Units, travel and credits of a pass.
#pragma once

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Chooses them for a pass whose stages and sources are known: first the units that are expected to
/// be fastest, then fewest decodes, then least memory, then most credits, within options.memory.
/// Sets PassPlan::least. False where nothing fits.
bool choose(PassPlan& pass, const Graph& graph, const RunOptions& options);

/// The error for a pass that no budget under `least` holds.
Error too_little(const PassPlan& pass, std::int64_t least, std::int64_t budget);

}  // namespace sluice
