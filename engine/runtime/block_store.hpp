// What units of a part fetch from: blocks decoded once and kept tiles computed once, shared by all
// units that use them, freed at their last planned use.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/runtime/live_blocks.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/row_reader.hpp"
#include "engine/runtime/slab_pool.hpp"

namespace sluice {

/// What there is to decode: a block of a random-access source, or (kNextRows) the next rows of an
/// in-order one.
struct DecodeTask {
  static constexpr std::int64_t kNextRows = -1;
  int supply = 0;
  std::int64_t block = kNextRows;
};

/// What a request or a block that is ready sets going.
struct NewWork {
  std::vector<DecodeTask> decodes;
  std::vector<UnitState*> units;  ///< have all their blocks now
};

/// No lock is held while bytes are read, decoded or copied.
class BlockStore {
 public:
  BlockStore(const Graph& graph, const PassPlan& pass, const UseLedger& ledger, SlabPool& pool,
             const RunOptions& options, Profiler* profiler);

  /// Says, before the first request(), that a unit of a goal is not run. To be said of each of
  /// them.
  void will_skip(int stage, UnitSequence::Place unit);
  /// Whether nobody needs the kept tile that is this unit of its stage.
  bool is_unwanted_tile(int stage, UnitSequence::Place unit) const;

  /// Makes `unit` wait for its blocks, adding a task for each that nobody has asked for yet, and
  /// makes the record of the kept tile that it computes. Its live blocks are put into unit.blocks;
  /// unit.missing counts those still to come. One thread at a time, in the order of the units.
  void request(UnitState& unit, NewWork& work);
  /// In place of request(): gives up the unit's uses of blocks. For kept tiles, which others may
  /// still need, it waits before it does.
  void skip(UnitState& unit);

  /// Decodes. Adds the units that now have all their blocks, and the following task of the same
  /// in-order source. Throws Error.
  void decode(const DecodeTask& task, NewWork& work);

  /// Where a kept tile's pixels go; takes their memory.
  TileView begin_tile(LiveBlock& tile);
  /// Its pixels are there: adds the units that waited for nothing else. The tile may be gone
  /// afterwards.
  void end_tile(LiveBlock& tile, NewWork& work);

  /// Gives up a unit's use of its blocks.
  void release(UnitState& unit);

  std::int64_t decoded(int supply) const { return state(supply).decoded.load(); }
  std::int64_t bytes_read(int supply) const { return state(supply).bytes_read.load(); }

 private:
  struct SupplyState {
    LiveBlocks live;
    std::unique_ptr<RowReader> rows;  ///< of an in-order source
    /// Of a kept node's tiles: uses by units that are not run. Empty where all are.
    std::vector<std::uint32_t> unused;
    std::atomic<std::int64_t> decoded{0};
    std::atomic<std::int64_t> bytes_read{0};
  };

  SupplyState& state(int supply) { return *states_[static_cast<std::size_t>(supply)]; }
  const SupplyState& state(int supply) const { return *states_[static_cast<std::size_t>(supply)]; }
  const Supply& supply(int index) const {
    return pass_.shape->supplies[static_cast<std::size_t>(index)];
  }
  bool is_unwanted(const BlockRef& tile) const;
  LiveBlock* ask_for(const BlockRef& ref, NewWork& work);
  static void wait_for(UnitState& unit, LiveBlock& block);
  void decode_block(LiveBlock& block);
  void decode_rows(const DecodeTask& task, NewWork& work);
  static void set_ready(LiveBlock& block, NewWork& work);
  TileView tile_in(const Slab& slab, const BlockRef& ref) const;

  const Graph& graph_;
  const PassPlan& pass_;
  const UseLedger& ledger_;
  SlabPool& pool_;
  const RunOptions& options_;
  Profiler* profiler_;
  std::vector<std::unique_ptr<SupplyState>> states_;
};

}  // namespace sluice
