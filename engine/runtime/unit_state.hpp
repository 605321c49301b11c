// A work unit in flight.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/runtime/block_store.hpp"

namespace sluice {

struct OutputCell;

/// One of the `credits` units in flight, filled when it is admitted and free again when committed;
/// or the computation of a kept tile, which lives with its tile.
struct UnitState {
  std::int64_t index = 0;  ///< in the pass's order
  UnitRef ref;
  UnitGrid::Position position;
  std::vector<LiveBlock*> blocks;  ///< sorted by ref
  std::atomic<int> missing{0};     ///< blocks still to be decoded, and one while it is being set up
  /// Counts the steps of its way (admitted, computed, committed). Each step reads it before and
  /// adds to it after its work, which hands the record from thread to thread by our own means too
  /// and not by the flow graph's alone (a race detector does not see into that library).
  std::atomic<std::uint32_t> steps{0};
  bool skipped = false;        ///< its blocks are stored already
  OutputCell* cell = nullptr;  ///< of a sink
  LiveBlock* makes = nullptr;  ///< the kept tile that it computes; null for a unit of a goal
};

}  // namespace sluice
