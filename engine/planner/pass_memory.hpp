// What a pass takes of memory.
#pragma once

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Of a pass whose stages are fitted and whose sources know how many of their blocks are alive at
/// most.
PassMemory memory_of(const PassPlan& pass, int credits, int threads, const RunOptions& options,
                     const Graph& graph);

}  // namespace sluice
