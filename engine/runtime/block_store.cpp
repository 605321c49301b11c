#include "engine/runtime/block_store.hpp"

#include <fmt/format.h>

#include "engine/runtime/unit_state.hpp"

namespace sluice {

BlockStore::BlockStore(const Graph& graph, const PassPlan& pass, const UseLedger& ledger,
                       SlabPool& pool, const RunOptions& options, Profiler* profiler)
    : graph_(graph),
      pass_(pass),
      ledger_(ledger),
      pool_(pool),
      options_(options),
      profiler_(profiler) {
  for (int i = 0; i < static_cast<int>(pass.shape->supplies.size()); ++i) {
    states_.push_back(std::make_unique<SupplyState>());
    if (supply(i).in_order()) states_.back()->rows = std::make_unique<RowReader>(supply(i), i);
  }
}

// --- what need not be computed
// ------------------------------------------------------------------

void BlockStore::will_skip(int stage, UnitSequence::Place unit) {
  std::vector<BlockRef> blocks;
  ledger_.blocks_of(stage, unit, blocks);
  for (const BlockRef& ref : blocks) {
    const Supply::Kept* kept = supply(ref.supply).kept();
    if (!kept) continue;
    const BlockGrid& tiles = supply(ref.supply).grid;
    std::vector<std::uint32_t>& unused = state(ref.supply).unused;
    unused.resize(static_cast<std::size_t>(tiles.count()));
    // A tile that nobody needs is not computed, so it needs no others.
    if (++unused[static_cast<std::size_t>(ref.block)] == ledger_.uses(ref))
      will_skip(kept->stage, {ref.block % tiles.columns(), ref.block / tiles.columns()});
  }
}

bool BlockStore::is_unwanted(const BlockRef& tile) const {
  const std::vector<std::uint32_t>& unused = state(tile.supply).unused;
  const std::uint32_t skipped = unused.empty() ? 0 : unused[static_cast<std::size_t>(tile.block)];
  return ledger_.uses(tile) == skipped;
}

bool BlockStore::is_unwanted_tile(int stage, UnitSequence::Place unit) const {
  const int index = pass_.shape->made_by(stage);
  return is_unwanted({index, unit.y * supply(index).grid.columns() + unit.x});
}

// --- asking for blocks
// ------------------------------------------------------------------

LiveBlock* BlockStore::ask_for(const BlockRef& ref, NewWork& work) {
  SupplyState& state = this->state(ref.supply);
  if (supply(ref.supply).kept()) {
    // The unit that computes it has come before.
    if (LiveBlock* tile = state.live.find(ref.block)) return tile;
    throw Error(ErrorKind::internal, fmt::format("kept tile {} was not planned", ref.block));
  }
  if (state.rows) {
    if (state.rows->ask_for(ref.block, ledger_, state.live))
      work.decodes.push_back({ref.supply, DecodeTask::kNextRows});
    return state.live.find(ref.block);
  }
  bool created = false;
  LiveBlock* block = state.live.find_or_create(ref, ledger_.uses(ref), created);
  if (created) work.decodes.push_back({ref.supply, ref.block});
  return block;
}

void BlockStore::wait_for(UnitState& unit, LiveBlock& block) {
  const std::lock_guard lock(block.mutex);
  if (block.ready) return;
  ++unit.missing;
  block.waiters.push_back(&unit);
}

void BlockStore::request(UnitState& unit, NewWork& work) {
  unit.blocks.clear();
  unit.missing = 1;
  unit.makes = nullptr;
  std::vector<BlockRef> wanted;
  ledger_.blocks_of(unit.ref.stage, unit.place, wanted);
  for (const BlockRef& ref : wanted) {
    // One that the unit reaches on several ways counts for each, but is waited for once.
    if (!unit.blocks.empty() && unit.blocks.back()->ref == ref) {
      unit.blocks.push_back(unit.blocks.back());
      continue;
    }
    unit.blocks.push_back(ask_for(ref, work));
    wait_for(unit, *unit.blocks.back());
  }
  if (pass_.shape->is_goal(unit.ref.stage)) return;
  const int index = pass_.shape->made_by(unit.ref.stage);
  const BlockRef tile{index, unit.place.y * supply(index).grid.columns() + unit.place.x};
  bool created = false;
  unit.makes = state(index).live.find_or_create(tile, ledger_.uses(tile), created);
}

void BlockStore::skip(UnitState& unit) {
  unit.blocks.clear();
  unit.missing = 1;
  unit.makes = nullptr;
  std::vector<BlockRef> wanted;
  ledger_.blocks_of(unit.ref.stage, unit.place, wanted);
  for (const BlockRef& ref : wanted) {
    if (!supply(ref.supply).kept()) {
      state(ref.supply).live.give_up(ref, ledger_.uses(ref));
      continue;
    }
    // A tile that nobody wants is not there.
    LiveBlock* tile = state(ref.supply).live.find(ref.block);
    if (!tile) continue;
    const bool again = !unit.blocks.empty() && unit.blocks.back() == tile;
    unit.blocks.push_back(tile);
    if (!again) wait_for(unit, *tile);
  }
}

// --- decoding
// ------------------------------------------------------------------------------------------

void BlockStore::decode(const DecodeTask& task, NewWork& work) {
  const Supply& supply = this->supply(task.supply);
  try {
    if (task.block == DecodeTask::kNextRows) {
      decode_rows(task, work);
    } else {
      // Looked up under the lock that request() made it under, on another thread.
      LiveBlock& block = *state(task.supply).live.find(task.block);
      if (block.ready) throw Error(ErrorKind::internal, "a block was to be decoded twice");
      decode_block(block);
      ++state(task.supply).decoded;
      set_ready(block, work);
    }
  } catch (...) {
    throw Error(current_error()
                    .at_file(supply.decoded()->source->name())
                    .at_step(graph_.node(supply.node).place.text()));
  }
}

void BlockStore::decode_rows(const DecodeTask& task, NewWork& work) {
  SupplyState& state = this->state(task.supply);
  const Supply& supply = this->supply(task.supply);
  bool more = false;
  LiveBlock* block = state.rows->decode_next(state.live, pool_, graph_.node(supply.node).info,
                                             options_.isa, profiler_, more);
  if (more) work.decodes.push_back(task);
  if (const ByteSource* bytes = supply.decoded()->source->bytes())
    state.bytes_read.store(bytes->size());
  ++state.decoded;
  if (block) set_ready(*block, work);
}

void BlockStore::decode_block(LiveBlock& block) {
  const Supply& supply = this->supply(block.ref.supply);
  const Source& source = *supply.decoded()->source;
  std::vector<ByteRange> ranges;
  source.locate(block.ref.block, ranges);
  std::int64_t bytes = 0;
  for (const ByteRange& range : ranges)
    bytes += range.size;
  const std::int64_t bound = source.encoded_bytes();
  if (bytes > bound)
    throw Error(ErrorKind::internal,
                fmt::format("block {} has {} encoded bytes, more than the {} it was planned with",
                            block.ref.block, bytes, bound));
  Slab work;
  if (pass_.memory.work > 0) work = pool_.take(pass_.memory.work);
  std::byte* to = work.data();
  for (const ByteRange& range : ranges) {
    const ProfileScope timed(profiler_, Work::read, supply.node, {}, range.size);
    source.bytes()->read(range.offset, {to, static_cast<std::size_t>(range.size)});
    to += range.size;
  }
  block.slab = pool_.take(supply.block_bytes);
  block.tile = tile_in(block.slab, block.ref);
  const CodecContext context{options_.isa, work.data() + round_up(bound, kAlignment)};
  const ProfileScope timed(profiler_, Work::decode, supply.node, block.tile.rect,
                           sample_bytes(block.tile));
  source.decode(block.ref.block, ranges, {work.data(), static_cast<std::size_t>(bytes)}, block.tile,
                context);
  state(block.ref.supply).bytes_read += bytes;
}

TileView BlockStore::tile_in(const Slab& slab, const BlockRef& ref) const {
  const Supply& supply = this->supply(ref.supply);
  const ImageInfo& info = graph_.node(supply.node).info;
  return tile_at(slab.data(), supply.grid.rect(ref.block), info.type, info.channels(),
                 info.validity_planes());
}

// --- kept tiles, and the ends of uses
// ----------------------------------------------------

TileView BlockStore::begin_tile(LiveBlock& tile) {
  tile.slab = pool_.take(supply(tile.ref.supply).block_bytes);
  tile.tile = tile_in(tile.slab, tile.ref);
  return tile.tile;
}

void BlockStore::end_tile(LiveBlock& tile, NewWork& work) {
  ++state(tile.ref.supply).decoded;
  set_ready(tile, work);
}

void BlockStore::set_ready(LiveBlock& block, NewWork& work) {
  std::vector<UnitState*> waiters;
  {
    const std::lock_guard lock(block.mutex);
    block.ready = true;
    waiters.swap(block.waiters);
  }
  for (UnitState* unit : waiters)
    if (--unit->missing == 0) work.units.push_back(unit);
}

void BlockStore::release(UnitState& unit) {
  for (LiveBlock* block : unit.blocks) {
    const int supply = block->ref.supply;
    if (!state(supply).live.release(*block) && profiler_) profiler_->hit(this->supply(supply).node);
  }
  unit.blocks.clear();
}

}  // namespace sluice
