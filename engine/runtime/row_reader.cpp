#include "engine/runtime/row_reader.hpp"

#include <algorithm>

namespace sluice {

bool RowReader::ask_for(std::int64_t band, const UseLedger& ledger, LiveBlocks& live) {
  std::int64_t from = 0;
  {
    const std::lock_guard lock(mutex_);
    from = asked_to_ + 1;
  }
  for (std::int64_t b = from; b <= band; ++b) {
    const BlockRef ref{index_, b};
    bool created = false;
    if (const std::uint32_t uses = ledger.uses(ref); uses > 0)
      live.find_or_create(ref, uses, created);
  }
  const std::lock_guard lock(mutex_);
  asked_to_ = std::max(asked_to_, band);
  if (decoding_ || next_ > asked_to_) return false;
  decoding_ = true;
  return true;
}

LiveBlock* RowReader::decode_next(LiveBlocks& live, SlabPool& pool, const ImageInfo& info, Isa isa,
                                  Profiler* profiler, bool& more) {
  std::int64_t band = 0;
  {
    // Also takes over from the task that decoded the band before.
    const std::lock_guard lock(mutex_);
    band = next_;
  }
  LiveBlock* block = live.find(band);
  if (!rows_) rows_ = supply_.decoded()->source->rows({isa, nullptr});
  Slab slab = pool.take(supply_.block_bytes);
  const TileView tile = tile_at(slab.data(), supply_.grid.rect(band), info.type, info.channels(),
                                info.validity_planes());
  {
    const ProfileScope timed(profiler, Work::decode, supply_.node, tile.rect, sample_bytes(tile));
    rows_->decode(tile);
  }
  if (block) {
    block->slab = std::move(slab);
    block->tile = tile;
  }
  const std::lock_guard lock(mutex_);
  ++next_;
  more = next_ <= asked_to_;
  decoding_ = more;
  return block;
}

}  // namespace sluice
