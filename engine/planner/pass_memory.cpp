#include "engine/planner/pass_memory.hpp"

#include <algorithm>

#include "engine/runtime/profiler.hpp"
#include "engine/runtime/slab_pool.hpp"

namespace sluice {

namespace {

// What a run holds beside tiles and codecs: the flow graph, unit records, small vectors.
constexpr std::int64_t kRunConstant = 512 << 10;
// The record of a block in memory, and of a kept tile with the unit that computes it.
constexpr std::int64_t kBlockRecord = 640;
constexpr std::int64_t kTileRecord = 1536;

std::int64_t slabs(std::int64_t bytes, std::int64_t count) {
  return bytes > 0 && count > 0 ? SlabPool::granted_size(bytes) * count : 0;
}

}  // namespace

PassMemory memory_of(const PassPlan& pass, int credits, int threads, const RunOptions& options,
                     const Graph& graph) {
  PassMemory m;
  PlannedMemory& parts = m.parts;
  std::int64_t state = 0;  // what codecs hold beside the pool
  for (const Stage& stage : pass.stages) {
    m.arena = std::max(m.arena, stage.arena_bytes());
    const OutputNeed out = output_need(stage, credits);
    parts.assembled += slabs(out.tile_bytes, out.tiles);
    parts.encoded += slabs(out.encoded_bytes, out.encoded);
    if (const Sink* sink = stage.sink()) {
      m.work = std::max(m.work, sink->scratch_bytes());
      state += sink->encoder_bytes() * threads;
      parts.index += sink->held_bytes();
    } else if (const Reduction* reduction = stage.reduction()) {
      parts.results += reduction->accumulator_bytes() * (threads + 1);
    }
  }
  for (const auto& stage : pass.fetches)
    for (const LeafFetches& leaf : stage)
      parts.index += leaf.by_column.bytes() + leaf.by_row.bytes();
  for (const SourcePlan& s : pass.sources) {
    parts.index += s.alive * (s.source ? kBlockRecord : kTileRecord);
    if (!s.source) {
      parts.kept += slabs(s.block_bytes, s.alive);
      // What earlier runs have made unnecessary is counted by tile (BlockStore::will_skip).
      if (options.resume.on)
        parts.index += s.grid.count() * static_cast<std::int64_t>(sizeof(std::uint32_t));
      continue;
    }
    parts.decoded += slabs(s.block_bytes, s.alive);
    parts.index += s.source->index_bytes();
    if (s.in_order)
      state += s.source->decoder_bytes();
    else
      m.work = std::max(
          m.work, round_up(s.source->encoded_bytes(), kAlignment) + s.source->scratch_bytes());
  }
  parts.tiles = slabs(m.arena, threads);
  parts.codecs = slabs(m.work, threads);
  if (options.profile) parts.profile = Profiler::bytes(graph, threads);
  parts.fixed = kRunConstant;
  m.pool =
      parts.tiles + parts.decoded + parts.kept + parts.assembled + parts.encoded + parts.codecs;
  m.held = state + parts.results + parts.index + parts.profile + parts.fixed;
  parts.codecs += state;
  return m;
}

}  // namespace sluice
