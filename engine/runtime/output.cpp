#include "engine/runtime/output.hpp"

#include <fmt/format.h>

namespace sluice {

Output::Output(const PassPlan& pass, int stage, SlabPool& pool, const RunOptions& options,
               SinkJournal* journal, Profiler* profiler)
    : pass_(pass),
      stage_(pass.stage(stage)),
      units_(pass.fit(stage).grid),
      pool_(pool),
      options_(options),
      journal_(journal),
      profiler_(profiler),
      sink_(*stage_.sink()),
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

bool Output::stored_before(UnitSequence::Place unit) const {
  if (!goes_on()) return false;
  bool all = true;
  for_each_block(units_.cell_rect(units_.cell_of(unit.x, unit.y)),
                 [&](std::int64_t block) { all = all && is_stored(block); });
  return all;
}

void Output::admit(UnitState& unit) {
  const std::int64_t number = units_.cell_of(unit.place.x, unit.place.y);
  const std::lock_guard lock(mutex_);
  std::unique_ptr<OutputCell>& cell = cells_[number];
  if (!cell) {
    cell = std::make_unique<OutputCell>();
    const Rect rect = units_.cell_rect(number);
    cell->units_left = units_.units_in(rect);
    const ImageInfo& info = stage_.info();
    for_each_block(rect, [&](std::int64_t index) {
      OutputCell::Block& block = cell->blocks.emplace_back();
      block.index = index;
      if (!units_.split()) return;
      const Rect full{0, 0, std::min(grid_.block_width, grid_.image_width),
                      std::min(grid_.block_height, grid_.image_height)};
      block.pixels = pool_.take(
          tile_layout(full.width, full.height, info.type, info.channels(), info.validity_planes())
              .bytes);
      block.tile = tile_at(block.pixels.data(), grid_.rect(block.index), info.type, info.channels(),
                           info.validity_planes());
    });
  }
  unit.cell = cell.get();
}

void Output::take(UnitState& unit, const TileView& pixels) {
  OutputCell& cell = *unit.cell;
  if (!units_.split()) {
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
  if (!units_.ends_cell(unit.place.x, unit.place.y)) return;
  std::unique_ptr<OutputCell> cell;
  {
    const std::lock_guard lock(mutex_);
    const auto found = cells_.find(units_.cell_of(unit.place.x, unit.place.y));
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
