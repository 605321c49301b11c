#include "engine/planner/pass_memory.hpp"

#include <algorithm>

#include "engine/granted_size.hpp"
#include "engine/profile_record.hpp"

namespace sluice {

namespace {

// What a run holds beside tiles and codecs: the flow graph, unit records, small vectors.
constexpr std::int64_t kRunConstant = 512 << 10;
// The record of a block in memory.
constexpr std::int64_t kBlockRecord = 640;

std::int64_t slabs(std::int64_t bytes, std::int64_t count) {
  return bytes > 0 && count > 0 ? granted_size(bytes) * count : 0;
}

// What says which unit uses which block, while the pass runs and, before, is planned.
std::int64_t index_bytes(const PassSetting& pass) {
  constexpr std::int64_t kByUnit = 64, kByBlock = 32;
  std::int64_t bytes = pass.units.bytes();
  for (const auto& stage : pass.units.fetches)
    for (const LeafFetches& leaf : stage) {
      const BlockGrid& grid = pass.shape.supply_of(leaf.node).grid;
      bytes += kByUnit * (leaf.by_column.units() + leaf.by_row.units()) +
               kByBlock * (grid.columns() + grid.rows());
    }
  return bytes;
}

}  // namespace

PassMemory memory_of(const PassSetting& pass, const RunOptions& options,
                     const PlannedGraph& graph) {
  PassMemory m;
  PlannedMemory& parts = m.parts;
  std::int64_t state = 0;     // what codecs hold beside the pool
  std::int64_t decoders = 0;  // most that a thread holds while it decodes a block
  std::int64_t decoding = 0;  // what all decoders of all sources hold
  for (std::size_t i = 0; i < pass.shape.stages.size(); ++i) {
    const Stage& stage = pass.shape.stages[i];
    const StageFit& fit = (*pass.units.fits)[i];
    m.arena = std::max(m.arena, fit.arena_bytes);
    const OutputNeed out = output_need(stage, fit.grid, pass.route, pass.credits);
    parts.assembled += slabs(out.tile_bytes, out.tiles);
    parts.encoded += slabs(out.encoded_bytes, out.encoded);
    if (const Sink* sink = stage.sink()) {
      m.work = std::max(m.work, sink->scratch_bytes());
      state += sink->encoder_bytes() * pass.threads;
    } else if (const Reduction* reduction = stage.reduction()) {
      parts.results += reduction->accumulator_bytes() * (pass.threads + 1);
    }
  }
  parts.index += index_bytes(pass) + graph.held_bytes;
  for (std::size_t i = 0; i < pass.shape.supplies.size(); ++i) {
    const Supply& supply = pass.shape.supplies[i];
    const std::int64_t alive = pass.alive[i];
    parts.index += alive * kBlockRecord;
    if (supply.kept()) {
      parts.kept += slabs(supply.block_bytes, alive);
      // What earlier runs have made unnecessary is counted by tile (UseLedger::will_skip).
      if (options.resume.on)
        parts.index += supply.grid.count() * static_cast<std::int64_t>(sizeof(std::uint32_t));
      continue;
    }
    const Source& source = *supply.decoded()->source;
    parts.decoded += slabs(supply.block_bytes, alive);
    if (supply.in_order()) {
      state += source.decoder_bytes();
      continue;
    }
    m.work =
        std::max(m.work, round_up(source.encoded_bytes(), kAlignment) + source.scratch_bytes());
    // No more are decoded at once than are alive.
    decoders = std::max(decoders, source.decoder_bytes());
    decoding += source.decoder_bytes() * std::min<std::int64_t>(pass.threads, alive);
  }
  state += std::min(decoders * pass.threads, decoding);
  parts.tiles = slabs(m.arena, pass.threads);
  parts.codecs = slabs(m.work, pass.threads);
  parts.metadata = graph.metadata_bytes;
  if (options.profile) parts.profile = profile_bytes(graph.graph.nodes().size(), pass.threads);
  parts.fixed = kRunConstant + graph.standing_bytes;
  m.pool =
      parts.tiles + parts.decoded + parts.kept + parts.assembled + parts.encoded + parts.codecs;
  m.held = state + parts.results + parts.index + parts.metadata + parts.profile + parts.fixed;
  parts.codecs += state;
  return m;
}

}  // namespace sluice
