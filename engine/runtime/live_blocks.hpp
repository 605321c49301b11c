// The blocks of one supply that are in memory, or on their way: each from the first unit that asks
// for it until the last one that uses it is done.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/runtime/slab_pool.hpp"
#include "engine/runtime/use_ledger.hpp"
#include "engine/tile.hpp"

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
};

class LiveBlocks {
 public:
  /// The block, made where it is not there: then `uses` are still to come, less those that were
  /// given up before, and `created` is set.
  LiveBlock* find_or_create(const BlockRef& ref, std::uint32_t uses, bool& created);
  /// nullptr where it is not there.
  LiveBlock* find(std::int64_t block);
  /// Ends one use. False when others are to come; else the block is gone.
  bool release(LiveBlock& block);
  /// Ends one use of a block that the user has not asked for.
  void give_up(const BlockRef& ref, std::uint32_t uses);

 private:
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::unique_ptr<LiveBlock>> live_;
  /// Uses given up of blocks that are not live, until all are or the block is wanted.
  std::unordered_map<std::int64_t, std::uint32_t> given_up_;
};

}  // namespace sluice
