// The sink's side of a stage: blocks put together from units, encoded on the workers, stored in
// order.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/slab_pool.hpp"
#include "engine/runtime/unit_state.hpp"

namespace sluice {

/// A cell of the unit grid whose units are in flight: some whole blocks of the sink.
struct OutputCell {
  struct Block {
    std::int64_t index = 0;
    Slab pixels;  ///< where several units make one block
    TileView tile;
    Slab encoded;  ///< waits for its turn
    std::int64_t bytes = 0;
  };
  std::vector<Block> blocks;
  std::atomic<std::int64_t> units_left{0};
};

class Output {
 public:
  Output(const Stage& stage, const PassPlan& pass, SlabPool& pool, const RunOptions& options,
         Profiler* profiler);

  /// Prepares the cell of an admitted unit. One thread at a time, in order.
  void admit(UnitState& unit);
  /// Takes a unit's pixels; encodes its blocks when they are whole. Any thread.
  void take(UnitState& unit, const TileView& pixels);
  /// Stores the cell's blocks behind its last unit. In order, one thread at a time.
  void commit(UnitState& unit);

 private:
  void encode(OutputCell::Block& block, const TileView& pixels);

  const Stage& stage_;
  const PassPlan& pass_;
  SlabPool& pool_;
  const RunOptions& options_;
  Profiler* profiler_;
  Sink& sink_;
  const BlockGrid grid_;
  const std::int64_t bound_;
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::unique_ptr<OutputCell>> cells_;
};

}  // namespace sluice
