// What a pass takes of memory.
#pragma once

#include <span>

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// Everything that decides what a pass takes.
struct PassSetting {
  const PassShape& shape;
  const PassUnits& units;
  const Route& route;
  std::span<const std::int64_t> alive;  ///< by supply: most blocks in memory at once
  int credits = 1;
  int threads = 1;
};
PassMemory memory_of(const PassSetting& pass, const RunOptions& options, const PlannedGraph& graph);

}  // namespace sluice
