#include "engine/runtime/output.hpp"

#include <fmt/format.h>

namespace sluice {

Output::Output(const Stage& stage, const PassPlan& pass, SlabPool& pool, const RunOptions& options,
               SinkJournal* journal, Profiler* profiler)
    : stage_(stage),
      pass_(pass),
      pool_(pool),
      options_(options),
      journal_(journal),
      profiler_(profiler),
      sink_(*stage.sink()),
      grid_(sink_.grid()),
      bound_(sink_.encoded_bound()) {}

template <class F>
void Output::for_each_block(const Rect& cell, F&& f) const {
  for (std::int64_t y = cell.y / grid_.block_height; y <= (cell.bottom() - 1) / grid_.block_height;
       ++y)
    for (std::int64_t x = cell.x / grid_.block_width; x <= (cell.right() - 1) / grid_.block_width;
         ++x)
      f(y * grid_.columns() + x);
}

bool Output::stored_before(const UnitGrid::Position& unit) const {
  if (!goes_on()) return false;
  bool all = true;
  for_each_block(stage_.grid().cell_rect(unit.cell),
                 [&](std::int64_t block) { all = all && is_stored(block); });
  return all;
}

void Output::admit(UnitState& unit) {
  const UnitGrid& units = stage_.grid();
  const std::lock_guard lock(mutex_);
  std::unique_ptr<OutputCell>& cell = cells_[unit.position.cell];
  if (!cell) {
    cell = std::make_unique<OutputCell>();
    const Rect rect = units.cell_rect(unit.position.cell);
    cell->units_left = units.units_in(rect);
    const ImageInfo& info = stage_.info();
    for_each_block(rect, [&](std::int64_t index) {
      OutputCell::Block& block = cell->blocks.emplace_back();
      block.index = index;
      if (!units.split()) return;
      const Rect full{0, 0, std::min(grid_.block_width, grid_.image_width),
                      std::min(grid_.block_height, grid_.image_height)};
      block.pixels = pool_.take(
          tile_layout(full.width, full.height, info.type, info.channels(), info.has_validity)
              .bytes);
      block.tile = tile_at(block.pixels.data(), grid_.rect(block.index), info.type, info.channels(),
                           info.has_validity);
    });
  }
  unit.cell = cell.get();
}

void Output::take(UnitState& unit, const TileView& pixels) {
  OutputCell& cell = *unit.cell;
  if (!stage_.grid().split()) {
    for (OutputCell::Block& block : cell.blocks)
      encode(block, pixels.part(grid_.rect(block.index)));
    return;
  }
  {
    const ProfileScope timed(profiler_, Work::copy, stage_.named(), pixels.rect);
    for (OutputCell::Block& block : cell.blocks)
      copy_pixels(pixels, block.tile, intersect(block.tile.rect, pixels.rect));
  }
  if (--cell.units_left > 0) return;
  for (OutputCell::Block& block : cell.blocks) {
    encode(block, block.tile);
    block.pixels.release();
  }
}

void Output::encode(OutputCell::Block& block, const TileView& pixels) {
  if (is_stored(block.index)) return;
  Slab encoded = pool_.take(bound_);
  std::int64_t bytes = 0;
  {
    Slab work;
    if (sink_.scratch_bytes() > 0) work = pool_.take(pass_.memory.work);
    const ProfileScope timed(profiler_, Work::encode, stage_.named(), pixels.rect,
                             sample_bytes(pixels));
    bytes = sink_.encode(block.index, pixels, {encoded.data(), static_cast<std::size_t>(bound_)},
                         {options_.isa, work.data()});
  }
  if (bytes < 0 || bytes > bound_)
    throw Error(ErrorKind::internal,
                fmt::format("block {} was encoded into {} bytes, over the bound of {}", block.index,
                            bytes, bound_));
  block.encoded = std::move(encoded);
  block.bytes = bytes;
}

void Output::commit(UnitState& unit) {
  if (!unit.position.last) return;
  std::unique_ptr<OutputCell> cell;
  {
    const std::lock_guard lock(mutex_);
    const auto found = cells_.find(unit.position.cell);
    cell = std::move(found->second);
    cells_.erase(found);
  }
  for (OutputCell::Block& block : cell->blocks) {
    if (is_stored(block.index)) continue;
    const ProfileScope timed(profiler_, Work::store, stage_.named(), grid_.rect(block.index),
                             block.bytes);
    sink_.store(block.index, {block.encoded.data(), static_cast<std::size_t>(block.bytes)});
    if (journal_) journal_->stored(block.index, block.bytes);
    block.encoded.release();
  }
}

}  // namespace sluice
