// The life of source blocks and kept tiles over a pass, found by walking all its units.
#pragma once

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Finds PassPlan::sources[].alive for `credits` units in flight. The pass's stages are fitted and
/// its fetches known.
void find_alive(PassPlan& pass, int credits);

/// Counts SourcePlan::decoded and ::bytes_read.
void count_reads(PassPlan& pass);

}  // namespace sluice
