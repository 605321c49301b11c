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

LiveBlock* BlockStore::find_or_create(SourceState& state, const BlockRef& ref, bool& created) {
  std::unique_ptr<LiveBlock>& block = state.live[ref.block];
  created = block == nullptr;
  if (created) {
    block = std::make_unique<LiveBlock>();
    block->ref = ref;
    block->remaining = pass_.sources[static_cast<std::size_t>(ref.source)]
                           .uses[static_cast<std::size_t>(ref.block)];
  }
  return block.get();
}

void BlockStore::request(UnitState& unit, const std::vector<BlockRef>& blocks,
                         std::vector<DecodeTask>& tasks) {
  unit.blocks.clear();
  unit.missing = 1;
  for (const BlockRef& ref : blocks) {
    SourceState& state = *states_[static_cast<std::size_t>(ref.source)];
    const SourcePlan& plan = pass_.sources[static_cast<std::size_t>(ref.source)];
    LiveBlock* block = nullptr;
    {
      const std::lock_guard lock(state.mutex);
      bool created = false;
      if (plan.in_order) {
        // The bands on the way there are decoded too and wait for their users.
        for (std::int64_t b = state.asked_to + 1; b < ref.block; ++b)
          if (plan.uses[static_cast<std::size_t>(b)] > 0)
            find_or_create(state, {ref.source, b}, created);
        block = find_or_create(state, ref, created);
        state.asked_to = std::max(state.asked_to, ref.block);
        if (!state.decoding && state.next <= state.asked_to) {
          state.decoding = true;
          tasks.push_back({ref.source, nullptr});
        }
      } else {
        block = find_or_create(state, ref, created);
        if (created) tasks.push_back({ref.source, block});
      }
    }
    unit.blocks.push_back(block);
    const std::lock_guard lock(block->mutex);
    if (!block->ready) {
      ++unit.missing;
      block->waiters.push_back(&unit);
    }
  }
}

void BlockStore::decode(const DecodeTask& task, std::vector<UnitState*>& ready,
                        std::vector<DecodeTask>& more) {
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
      set_ready(*task.block, ready);
    } else {
      LiveBlock* block = decode_band(task.source);
      {
        const std::lock_guard lock(state.mutex);
        if (state.next <= state.asked_to)
          more.push_back(task);
        else
          state.decoding = false;
      }
      if (block) set_ready(*block, ready);
    }
    ++state.decoded;
  } catch (Error& error) {
    error.at_file(plan.source->name()).at_step(graph_.node(plan.node).place.text());
    throw;
  }
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
  const std::int64_t band = state.next;
  LiveBlock* block = nullptr;
  {
    const std::lock_guard lock(state.mutex);
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

void BlockStore::set_ready(LiveBlock& block, std::vector<UnitState*>& ready) {
  std::vector<UnitState*> waiters;
  {
    const std::lock_guard lock(block.mutex);
    block.ready = true;
    waiters.swap(block.waiters);
  }
  for (UnitState* unit : waiters)
    if (--unit->missing == 0) ready.push_back(unit);
}

void BlockStore::release(UnitState& unit) {
  for (LiveBlock* block : unit.blocks) {
    if (--block->remaining > 0) {
      if (profiler_)
        profiler_->hit(pass_.sources[static_cast<std::size_t>(block->ref.source)].node);
      continue;
    }
    SourceState& state = *states_[static_cast<std::size_t>(block->ref.source)];
    std::unique_ptr<LiveBlock> last;
    const std::lock_guard lock(state.mutex);
    const auto found = state.live.find(block->ref.block);
    last = std::move(found->second);
    state.live.erase(found);
  }
  unit.blocks.clear();
}

}  // namespace sluice
