// Decoded source blocks in memory: decoded once, shared by all units that use them, freed at their
// last planned use.
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

namespace sluice {

struct UnitState;

/// A decoded block, or one that is being decoded; or a kept tile, computed or being so.
struct LiveBlock {
  BlockRef ref;
  Slab slab;
  TileView tile;
  std::atomic<std::uint32_t> remaining{0};  ///< uses still to come
  std::mutex mutex;                         ///< guards ready and waiters
  bool ready = false;
  std::vector<UnitState*> waiters;
  std::unique_ptr<UnitState> unit;  ///< computes a kept tile
  LiveBlock();
  ~LiveBlock();
};

/// What there is to decode: a block of a random-access source, or (block null) the next rows of an
/// in-order one.
struct DecodeTask {
  int source = 0;
  LiveBlock* block = nullptr;
};

/// What a request or a block that is ready sets going.
struct NewWork {
  std::vector<DecodeTask> decodes;
  std::vector<UnitState*> units;  ///< have all their blocks now
};

/// The live blocks of one pass. No lock is held while bytes are read, decoded or copied.
class BlockStore {
 public:
  BlockStore(const Graph& graph, const PassPlan& pass, SlabPool& pool, const RunOptions& options,
             Profiler* profiler);

  /// Makes `unit` wait for its blocks, adding a task for each that nobody has asked for yet, down
  /// through kept tiles. Its live blocks are put into unit.blocks; unit.missing counts those still
  /// to come. One thread at a time.
  void request(UnitState& unit, NewWork& work);

  /// Says, before the first request(), that a unit of a goal is not run. To be said of each of
  /// them.
  void will_skip(int stage, const UnitGrid::Position& unit);
  /// In place of request(): gives up the unit's uses of blocks. Kept tiles that others still need
  /// are asked for all the same, and the unit waits for them: a later unit would else ask for more
  /// of them at once than planned. No in-order source may lie behind it.
  void skip(UnitState& unit, NewWork& work);

  /// Decodes. Adds the units that now have all their blocks, and the following task of the same
  /// in-order source. Throws Error.
  void decode(const DecodeTask& task, NewWork& work);

  /// Where a kept tile's pixels go; takes their memory.
  TileView begin_tile(LiveBlock& tile);
  /// Its pixels are there: adds the units that waited for nothing else. The tile, and the unit that
  /// computed it, may be gone afterwards.
  void end_tile(LiveBlock& tile, NewWork& work);

  /// Gives up a unit's use of its blocks.
  void release(UnitState& unit);

  std::int64_t decoded(int source) const {
    return states_[static_cast<std::size_t>(source)]->decoded.load();
  }
  std::int64_t bytes_read(int source) const {
    return states_[static_cast<std::size_t>(source)]->bytes_read.load();
  }

 private:
  struct SourceState {
    std::mutex mutex;  ///< guards live, skipped, and the fields of the in-order reader
    std::unordered_map<std::int64_t, std::unique_ptr<LiveBlock>> live;
    /// By key, uses given up of blocks that are not live, until all are or the block is wanted.
    std::unordered_map<std::int64_t, std::uint32_t> skipped;
    /// Of a kept node's tiles: uses by units that are not run. Empty where all are.
    std::vector<std::uint32_t> unused;
    std::atomic<std::int64_t> decoded{0};
    std::atomic<std::int64_t> bytes_read{0};
    // In order only. One task at a time decodes; it owns `rows` and `next`.
    std::unique_ptr<RowDecoder> rows;
    std::int64_t next = 0;       ///< the band to be decoded next
    std::int64_t asked_to = -1;  ///< the last band anybody asked for
    bool decoding = false;
  };

  LiveBlock* find_or_create(SourceState& state, const BlockRef& ref, bool& created);
  void wait_for(UnitState& unit, const BlockRef& ref, NewWork& work);
  void decode_block(LiveBlock& block);
  LiveBlock* decode_band(int source);
  void set_ready(LiveBlock& block, NewWork& work);
  void give_up(const BlockRef& ref);
  bool drop_use(const BlockRef& ref);
  bool is_kept(const BlockRef& ref) const {
    return !pass_.sources[static_cast<std::size_t>(ref.source)].source;
  }
  UnitGrid::Position tile_position(const BlockRef& tile) const;
  LiveBlock* ask_for(const BlockRef& ref, NewWork& work);
  TileView tile_in(const Slab& slab, int source, std::int64_t block) const;

  const Graph& graph_;
  const PassPlan& pass_;
  SlabPool& pool_;
  const RunOptions& options_;
  Profiler* profiler_;
  std::vector<std::unique_ptr<SourceState>> states_;
};

}  // namespace sluice
