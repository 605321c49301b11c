// A work unit in flight.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/planner/pass_order.hpp"
#include "engine/runtime/live_blocks.hpp"

namespace sluice {

struct OutputCell;

/// One of the `credits` units in flight, filled when it is admitted and free again when committed.
struct UnitState {
  std::int64_t index = 0;  ///< in the part's order
  UnitRef ref;
  UnitSequence::Place place;       ///< in its stage's grid
  Rect rect;                       ///< its pixels
  std::vector<LiveBlock*> blocks;  ///< sorted by ref
  std::atomic<int> missing{0};     ///< blocks still to come, and one while it is being set up
  /// Counts the steps of its way (admitted, computed, committed). Each step reads it before and
  /// adds to it after its work, which hands the record from thread to thread by our own means too
  /// and not by the flow graph's alone (a race detector does not see into that library).
  std::atomic<std::uint32_t> steps{0};
  bool skipped = false;        ///< its blocks are stored already, or nobody needs its tile
  OutputCell* cell = nullptr;  ///< of a sink
  LiveBlock* makes = nullptr;  ///< the kept tile that it computes; null for a unit of a goal
};

}  // namespace sluice
