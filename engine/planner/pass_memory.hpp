// What a pass takes of memory.
#pragma once

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Of a pass whose stages are fitted and whose sources know how many of their blocks are alive at
/// most. `graph`: what it is planned for, where it is `profiled`; else null.
PassMemory memory_of(const PassPlan& pass, int credits, int threads, const Graph* profiled);

}  // namespace sluice
