// Work units worth considering for a stage.
#pragma once

#include <vector>

#include "engine/planner/stage.hpp"
#include "engine/run.hpp"

namespace sluice {

/// Grids for the stage's target from the one expected to be fastest to ever less memory; never
/// empty. Decided from declared costs and sizes alone. `debug` forces one.
std::vector<UnitGrid> unit_candidates(const Stage& stage, const Debug& debug, int threads);

}  // namespace sluice
