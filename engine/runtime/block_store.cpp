#include "engine/runtime/block_store.hpp"

#include <fmt/format.h>

#include "engine/runtime/unit_state.hpp"

namespace sluice {

BlockStore::BlockStore(const Graph& graph, const PassPlan& pass, SlabPool& pool,
                       const RunOptions& options, Profiler* profiler)
    : graph_(graph), pass_(pass), pool_(pool), options_(options), profiler_(profiler) {
  for (std::size_t i = 0; i < pass.sources.size(); ++i)
    states_.push_back(std::make_unique<SourceState>());
}

LiveBlock::LiveBlock() = default;
LiveBlock::~LiveBlock() = default;

LiveBlock* BlockStore::find_or_create(SourceState& state, const BlockRef& ref, bool& created) {
  std::unique_ptr<LiveBlock>& block = state.live[pass_.key(ref)];
  created = block == nullptr;
  if (created) {
    block = std::make_unique<LiveBlock>();
    block->ref = ref;
    const auto skipped = state.skipped.extract(pass_.key(ref));
    block->remaining = pass_.uses(ref) - (skipped ? skipped.mapped() : 0);
  }
  return block.get();
}

LiveBlock* BlockStore::ask_for(const BlockRef& ref, NewWork& work) {
  SourceState& state = *states_[static_cast<std::size_t>(ref.source)];
  const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(ref.source)];
  LiveBlock* block = nullptr;
  bool created = false;
  {
    const std::lock_guard lock(state.mutex);
    if (plan.in_order) {
      // The rows on the way there are decoded too and wait for their users.
      for (std::int64_t b = state.asked_to + 1; b < ref.block; ++b)
        if (pass_.uses({ref.source, 0, b}) > 0) find_or_create(state, {ref.source, 0, b}, created);
      block = find_or_create(state, ref, created);
      state.asked_to = std::max(state.asked_to, ref.block);
      if (!state.decoding && state.next <= state.asked_to) {
        state.decoding = true;
        work.decodes.push_back({ref.source, nullptr});
      }
      return block;
    }
    block = find_or_create(state, ref, created);
    if (created && plan.source) work.decodes.push_back({ref.source, block});
  }
  if (created && !plan.source) {
    block->unit = std::make_unique<UnitState>();
    UnitState& unit = *block->unit;
    unit.makes = block;
    unit.ref = {plan.stage, ref.block};
    unit.position = tile_position(ref);
    request(unit, work);
    ++unit.steps;
    if (--unit.missing == 0) work.units.push_back(&unit);
  }
  return block;
}

void BlockStore::request(UnitState& unit, NewWork& work) {
  unit.blocks.clear();
  unit.missing = 1;
  std::vector<BlockRef> wanted;
  pass_.blocks_of(unit.ref.stage, unit.position, wanted);
  for (const BlockRef& ref : wanted)
    wait_for(unit, ref, work);
}

void BlockStore::wait_for(UnitState& unit, const BlockRef& ref, NewWork& work) {
  // One that the unit reaches on several ways counts for each, but is waited for once.
  const bool again = !unit.blocks.empty() && unit.blocks.back()->ref == ref;
  LiveBlock* block = again ? unit.blocks.back() : ask_for(ref, work);
  unit.blocks.push_back(block);
  if (again) return;
  const std::lock_guard lock(block->mutex);
  if (!block->ready) {
    ++unit.missing;
    block->waiters.push_back(&unit);
  }
}

UnitGrid::Position BlockStore::tile_position(const BlockRef& tile) const {
  const int stage = pass_.sources[static_cast<std::size_t>(tile.source)].stage;
  return pass_.stages[static_cast<std::size_t>(stage)].grid().position(tile.block);
}

void BlockStore::will_skip(int stage, const UnitGrid::Position& unit) {
  std::vector<BlockRef> blocks;
  pass_.blocks_of(stage, unit, blocks);
  for (const BlockRef& ref : blocks) {
    if (!is_kept(ref)) continue;
    const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(ref.source)];
    std::vector<std::uint32_t>& unused = states_[static_cast<std::size_t>(ref.source)]->unused;
    unused.resize(static_cast<std::size_t>(plan.grid.count()));
    // A tile that nobody needs is not computed, so it needs no others.
    if (++unused[static_cast<std::size_t>(ref.block)] == pass_.uses(ref))
      will_skip(plan.stage, tile_position(ref));
  }
}

void BlockStore::skip(UnitState& unit, NewWork& work) {
  unit.blocks.clear();
  unit.missing = 1;
  std::vector<BlockRef> wanted;
  pass_.blocks_of(unit.ref.stage, unit.position, wanted);
  for (const BlockRef& ref : wanted) {
    const std::vector<std::uint32_t>& unused =
        states_[static_cast<std::size_t>(ref.source)]->unused;
    if (is_kept(ref) && unused[static_cast<std::size_t>(ref.block)] < pass_.uses(ref))
      wait_for(unit, ref, work);
    else
      give_up(ref);
  }
}

// Gives up one use of a block, and with the last one of a kept tile the uses that it has itself.
void BlockStore::give_up(const BlockRef& ref) {
  if (!drop_use(ref) || !is_kept(ref)) return;
  std::vector<BlockRef> blocks;
  pass_.blocks_of(pass_.sources[static_cast<std::size_t>(ref.source)].stage, tile_position(ref),
                  blocks);
  for (const BlockRef& below : blocks)
    give_up(below);
}

// Gives up one use. True when it was the last one of a block that nobody ever asked for.
bool BlockStore::drop_use(const BlockRef& ref) {
  SourceState& state = *states_[static_cast<std::size_t>(ref.source)];
  std::unique_ptr<LiveBlock> last;
  const std::lock_guard lock(state.mutex);
  if (const auto found = state.live.find(pass_.key(ref)); found != state.live.end()) {
    // When this is the last use, all others have been released: its pixels are there.
    if (--found->second->remaining > 0) return false;
    last = std::move(found->second);
    state.live.erase(found);
    return false;
  }
  if (++state.skipped[pass_.key(ref)] < pass_.uses(ref)) return false;
  state.skipped.erase(pass_.key(ref));
  return true;
}

void BlockStore::decode(const DecodeTask& task, NewWork& work) {
  const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(task.source)];
  SourceState& state = *states_[static_cast<std::size_t>(task.source)];
  try {
    if (task.block) {
      {
        // Pairs with request(), which made the block on another thread.
        const std::lock_guard made(state.mutex);
        if (task.block->ready) throw Error(ErrorKind::internal, "a block was to be decoded twice");
      }
      decode_block(*task.block);
      set_ready(*task.block, work);
    } else {
      LiveBlock* block = decode_band(task.source);
      {
        const std::lock_guard lock(state.mutex);
        if (state.next <= state.asked_to)
          work.decodes.push_back(task);
        else
          state.decoding = false;
      }
      if (block) set_ready(*block, work);
    }
    ++state.decoded;
  } catch (Error& error) {
    error.at_file(plan.source->name()).at_step(graph_.node(plan.node).place.text());
    throw;
  }
}

TileView BlockStore::begin_tile(LiveBlock& tile) {
  tile.slab = pool_.take(pass_.sources[static_cast<std::size_t>(tile.ref.source)].block_bytes);
  tile.tile = tile_in(tile.slab, tile.ref.source, tile.ref.block);
  return tile.tile;
}

void BlockStore::end_tile(LiveBlock& tile, NewWork& work) {
  ++states_[static_cast<std::size_t>(tile.ref.source)]->decoded;
  set_ready(tile, work);
}

TileView BlockStore::tile_in(const Slab& slab, int source, std::int64_t block) const {
  const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(source)];
  const ImageInfo& info = graph_.node(plan.node).info;
  return tile_at(slab.data(), plan.grid.rect(block), info.type, info.channels(), info.has_validity);
}

void BlockStore::decode_block(LiveBlock& block) {
  const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(block.ref.source)];
  const Source& source = *plan.source;
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
    const ProfileScope timed(profiler_, Work::read, plan.node, {}, range.size);
    source.bytes()->read(range.offset, {to, static_cast<std::size_t>(range.size)});
    to += range.size;
  }
  block.slab = pool_.take(plan.block_bytes);
  block.tile = tile_in(block.slab, block.ref.source, block.ref.block);
  const CodecContext context{options_.isa, work.data() + round_up(bound, kAlignment)};
  const ProfileScope timed(profiler_, Work::decode, plan.node, block.tile.rect,
                           sample_bytes(block.tile));
  source.decode(block.ref.block, ranges, {work.data(), static_cast<std::size_t>(bytes)}, block.tile,
                context);
  states_[static_cast<std::size_t>(block.ref.source)]->bytes_read += bytes;
}

LiveBlock* BlockStore::decode_band(int index) {
  const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(index)];
  SourceState& state = *states_[static_cast<std::size_t>(index)];
  std::int64_t band = 0;
  LiveBlock* block = nullptr;
  {
    // Also takes over from the task that decoded the band before.
    const std::lock_guard lock(state.mutex);
    band = state.next;
    const auto found = state.live.find(band);
    if (found != state.live.end()) block = found->second.get();
  }
  if (!state.rows) state.rows = plan.source->rows({options_.isa, nullptr});
  Slab slab = pool_.take(plan.block_bytes);
  {
    const TileView tile = tile_in(slab, index, band);
    const ProfileScope timed(profiler_, Work::decode, plan.node, tile.rect, sample_bytes(tile));
    state.rows->decode(tile);
  }
  if (block) {
    block->slab = std::move(slab);
    block->tile = tile_in(block->slab, index, band);
  }
  const std::lock_guard lock(state.mutex);
  ++state.next;
  if (plan.source->bytes() && state.bytes_read == 0)
    state.bytes_read = plan.source->bytes()->size();
  return block;
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
    const BlockRef ref = block->ref;
    // Another unit may free the block as soon as this one has no use of it any more.
    if (--block->remaining > 0) {
      if (profiler_) profiler_->hit(pass_.sources[static_cast<std::size_t>(ref.source)].node);
      continue;
    }
    SourceState& state = *states_[static_cast<std::size_t>(ref.source)];
    std::unique_ptr<LiveBlock> last;
    const std::lock_guard lock(state.mutex);
    const auto found = state.live.find(pass_.key(ref));
    last = std::move(found->second);
    state.live.erase(found);
  }
  unit.blocks.clear();
}

}  // namespace sluice
