// The declared cost of doing things, in bytes copied: says which of two plans is the faster.
#pragma once

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Of all units of a stage with this fit, with what starting them, finding their blocks and putting
/// the sink's blocks together takes.
double work_of(const Stage& stage, const StageFit& fit);

/// Of the largest unit, over its pixels: compares grids of one stage that are fitted roughly.
double work_per_pixel(const Stage& stage, const StageFit& fit);

/// Of a pass. `used`, by supply: the blocks that are decoded, or the tiles that are computed.
double work_of(const PassShape& shape, const std::vector<StageFit>& fits,
               std::span<const std::int64_t> used);

}  // namespace sluice
