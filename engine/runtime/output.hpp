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
#include "engine/runtime/sink_journal.hpp"
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
  /// `journal`: of the sink, nullptr where it has none.
  Output(const PassPlan& pass, int stage, SlabPool& pool, const RunOptions& options,
         SinkJournal* journal, Profiler* profiler);

  /// Earlier runs have stored all blocks of the unit's cell: it is neither admitted nor committed.
  bool stored_before(UnitSequence::Place unit) const;
  /// Earlier runs have stored some blocks.
  bool goes_on() const { return journal_ && journal_->before().count() > 0; }

  /// Prepares the cell of an admitted unit. One thread at a time, in order.
  void admit(UnitState& unit);
  /// Takes a unit's pixels; encodes its blocks when they are whole. Any thread.
  void take(UnitState& unit, const TileView& pixels);
  /// Stores the cell's blocks behind its last unit. In order, one thread at a time.
  void commit(UnitState& unit);

 private:
  template <class F>
  void for_each_block(const Rect& cell, F&& f) const;
  bool is_stored(std::int64_t block) const {
    return journal_ && journal_->before().contains(block);
  }
  void encode(OutputCell::Block& block, const TileView& pixels);

  const PassPlan& pass_;
  const Stage& stage_;
  const UnitGrid& units_;
  SlabPool& pool_;
  const RunOptions& options_;
  SinkJournal* const journal_;
  Profiler* profiler_;
  Sink& sink_;
  const BlockGrid grid_;
  const std::int64_t bound_;
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::unique_ptr<OutputCell>> cells_;
};

}  // namespace sluice
