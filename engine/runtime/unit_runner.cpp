#include "engine/runtime/unit_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice {

namespace {

// The same memory seen as another rectangle of the same size, of another type of the same sample
// size.
TileView relabelled(TileView view, const Rect& rect, SampleType type) {
  view.rect = rect;
  view.type = type;
  return view;
}

}  // namespace

TileView UnitRunner::run() {
  const Slot& root = stage_.root();
  if (TileView view; single_block(root, unit_.rect, view)) return view;
  const ImageInfo& info = node(root).info;
  const TileView out =
      tile_at(arena_, unit_.rect, info.type, info.channels(), info.validity_planes());
  produce(root, out);
  return out;
}

// The arena was made for tiles of this size: a larger one would overwrite others.
void UnitRunner::check_planned(const Slot& slot, const Rect& rect, std::int64_t width,
                               std::int64_t height) const {
  if (rect.width <= width && rect.height <= height) return;
  throw Error(ErrorKind::internal,
              fmt::format("a tile of {} x {} pixels where {} x {} were planned", rect.width,
                          rect.height, width, height))
      .at_step(node(slot).place.text());
}

void UnitRunner::produce(const Slot& slot, const TileView& to) {
  const Node& node = this->node(slot);
  check_planned(slot, to.rect, fit(slot).max_width, fit(slot).max_height);
  if (slot.leaf) return copy_from_blocks(slot, to);
  const Operation& op = *stage_.operation(slot.node);
  const Traits traits = op.traits();
  try {
    if (traits.reach == Reach::moved) {
      if (profiler_) profiler_->passed_on(slot.node, to.rect);
      const Rect need = op.needs(0, to.rect);
      return produce_extended(this->slot(slot.inputs[0]), relabelled(to, need, to.type), traits);
    }
    if (by_rows_ && produce_by_rows(slot, to)) return;
    constexpr std::size_t kFew = 8;
    std::array<TileView, kFew> few;
    std::vector<TileView> many;
    if (slot.inputs.size() > kFew) many.resize(slot.inputs.size());
    const std::span<TileView> inputs =
        many.empty() ? std::span(few).first(slot.inputs.size()) : std::span(many);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Rect need = op.needs(static_cast<int>(i), to.rect);
      const Slot& from = this->slot(slot.inputs[i]);
      if (from.own_tile) {
        inputs[i] = input(from, need, traits);
      } else {
        inputs[i] = relabelled(to, need, this->node(from).info.type);
        produce_extended(from, inputs[i], traits);
      }
    }
    const ProfileScope timed(profiler_, slot.node, inputs, to);
    op.compute(inputs, to, {isa_, arena_ + fit(slot).scratch_offset});
  } catch (...) {
    throw Error(current_error().at_step(node.place.text()));
  }
}

bool UnitRunner::produce_by_rows(const Slot& slot, const TileView& to) {
  const RowRun run(stage_, slot, to.rect);
  if (run.count == 0 || run.rows >= to.rect.height) return false;
  const auto owner = static_cast<std::size_t>(run.owner);
  TileView whole;  // the bottom, where it is there before the first block of rows
  if (!run.bottom_is_leaf) {
    const ImageInfo& info = node(*run.bottom).info;
    whole = run.owner < 0 ? relabelled(to, to.rect, info.type)
                          : tile_at(arena_ + fit(slot_below(*run.links[owner].slot)).tile_offset,
                                    to.rect, info.type, info.channels(), info.validity_planes());
    produce(*run.bottom, whole);
  } else if (run.owner == run.count - 1 && single_block(*run.bottom, to.rect, whole) &&
             run.count == 1) {
    return false;  // one operation over a view: nothing to gain
  }
  for (std::int64_t y = 0; y < to.rect.height; y += run.rows)
    run_rows(
        run,
        to.part({to.rect.x, to.rect.y + y, to.rect.width, std::min(run.rows, to.rect.height - y)}),
        whole);
  return true;
}

void UnitRunner::run_rows(const RowRun& run, const TileView& to, const TileView& whole) {
  // tiles[i] is what link i computes; tiles[i + 1] is its input.
  std::array<TileView, RowRun::kMost + 1> tiles;
  tiles[0] = to;
  const auto count = static_cast<std::size_t>(run.count);
  for (std::size_t i = 0; i < count; ++i) {
    const Slot& link = *run.links[i].slot;
    const ImageInfo& info = node(slot_below(link)).info;
    const Slot& below = slot_below(link);
    if (!below.own_tile)
      tiles[i + 1] = relabelled(tiles[i], to.rect, info.type);
    else if (whole.data && static_cast<int>(i) == run.owner)
      tiles[i + 1] = relabelled(whole.part(to.rect), to.rect, info.type);
    else
      tiles[i + 1] = tile_at(arena_ + fit(below).tile_offset, to.rect, info.type, info.channels(),
                             info.validity_planes());
  }
  if (!whole.data) produce(*run.bottom, tiles[count]);
  for (std::size_t i = count; i-- > 0;) {
    const auto& [link, operation] = run.links[i];
    const ProfileScope timed(profiler_, link->node, {&tiles[i + 1], 1}, tiles[i]);
    try {
      operation->compute({&tiles[i + 1], 1}, tiles[i], {isa_, arena_ + fit(*link).scratch_offset});
    } catch (...) {
      throw Error(current_error().at_step(node(*link).place.text()));
    }
  }
}

TileView UnitRunner::input(const Slot& from, const Rect& need, const Traits& traits) {
  TileView view;
  if (single_block(from, need, view)) return view;
  check_planned(from, need, fit(from).need_width, fit(from).need_height);
  const ImageInfo& info = node(from).info;
  view = tile_at(arena_ + fit(from).tile_offset, need, info.type, info.channels(),
                 info.validity_planes());
  produce_extended(from, view, traits);
  return view;
}

void UnitRunner::produce_extended(const Slot& slot, const TileView& to, const Traits& consumer) {
  const ImageInfo& info = node(slot).info;
  const EdgeAxis columns = edge_axis({to.rect.x, to.rect.right()}, info.width, consumer.edge);
  const EdgeAxis rows = edge_axis({to.rect.y, to.rect.bottom()}, info.height, consumer.edge);
  if (columns.plain() && rows.plain()) return produce(slot, to);
  // Pieces go from left to right, since a kernel may overwrite what lies behind its rows.
  for_each_piece(columns, rows,
                 [&](const Rect& piece, const EdgePiece& x, const EdgePiece& y, bool, bool) {
                   const TileView part = to.part({x.at, y.at, x.length, y.length});
                   produce(slot, relabelled(part, piece, to.type));
                   if (x.reversed) reverse_columns(part);
                   if (y.reversed) reverse_rows(part);
                 });
  const ProfileScope timed(profiler_, Work::copy, slot.node, to.rect);
  fill_edges(to, columns, rows, consumer.edge, consumer.edge_value);
}

const LiveBlock& UnitRunner::block(int supply, std::int64_t index) const {
  const BlockRef ref{supply, index};
  const auto found =
      std::lower_bound(unit_.blocks.begin(), unit_.blocks.end(), ref,
                       [](const LiveBlock* b, const BlockRef& r) { return b->ref < r; });
  if (found == unit_.blocks.end() || (*found)->ref != ref)
    throw Error(ErrorKind::internal, fmt::format("block {} was not planned for this unit", index));
  return **found;
}

bool UnitRunner::single_block(const Slot& slot, const Rect& rect, TileView& view) const {
  const Node& node = this->node(slot);
  if (!slot.leaf || !node.info.rect().contains(rect)) return false;
  const BlockGrid& grid = grid_of(slot);
  const Rect there = slot.in_blocks(rect);
  const std::int64_t column = there.x / grid.block_width, row = there.y / grid.block_height;
  if (column != (there.right() - 1) / grid.block_width ||
      row != (there.bottom() - 1) / grid.block_height)
    return false;
  const int supply = supply_of(slot);
  view = block(supply, row * grid.columns() + column).tile.part(there);
  view.rect = rect;
  return true;
}

void UnitRunner::copy_from_blocks(const Slot& slot, const TileView& out) const {
  const ProfileScope timed(profiler_, Work::copy, slot.node, out.rect);
  const TileView to = relabelled(out, slot.in_blocks(out.rect), out.type);
  const BlockGrid& grid = grid_of(slot);
  const int supply = supply_of(slot);
  for (std::int64_t row = to.rect.y / grid.block_height;
       row <= (to.rect.bottom() - 1) / grid.block_height; ++row)
    for (std::int64_t column = to.rect.x / grid.block_width;
         column <= (to.rect.right() - 1) / grid.block_width; ++column) {
      const std::int64_t index = row * grid.columns() + column;
      copy_pixels(block(supply, index).tile, to, intersect(grid.rect(index), to.rect));
    }
}

}  // namespace sluice
