// Work units worth considering for a stage.
#pragma once

#include <vector>

#include "engine/planner/stage.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

/// Grids for the stage's target from the one expected to be fastest to ever less memory; never
/// empty. Decided from declared costs and sizes alone. `hooks` may force one.
std::vector<UnitGrid> unit_candidates(const Stage& stage, const TestHooks& hooks, int threads);

}  // namespace sluice
