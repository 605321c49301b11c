#include "engine/planner/stage.hpp"

#include <fmt/format.h>

namespace sluice {

Rect UnitGrid::cell_rect(std::int64_t cell) const {
  const std::int64_t column = cell % cell_columns(), row = cell / cell_columns();
  return intersect({column * cell_width, row * cell_height, cell_width, cell_height},
                   {0, 0, width, height});
}

std::int64_t UnitGrid::count() const {
  // Units along an axis, summed cell by cell: full cells and one at the edge.
  const auto along = [](std::int64_t size, std::int64_t cell, std::int64_t unit) {
    return size / cell * ceil_div(cell, unit) + ceil_div(size % cell, unit);
  };
  return along(width, cell_width, unit_width) * along(height, cell_height, unit_height);
}

UnitGrid::Position UnitGrid::position(std::int64_t unit) const {
  // Rows of full-height cells hold equally many units each, and so do the full-width cells of a
  // row.
  const std::int64_t across_full = ceil_div(cell_width, unit_width);
  const std::int64_t down_full = ceil_div(cell_height, unit_height);
  const std::int64_t across_all =
      width / cell_width * across_full + ceil_div(width % cell_width, unit_width);
  const std::int64_t cell_row = unit / (across_all * down_full);
  const std::int64_t in_row = unit - cell_row * across_all * down_full;
  const std::int64_t row_height = std::min(cell_height, height - cell_row * cell_height);
  const std::int64_t down = ceil_div(row_height, unit_height);
  const std::int64_t cell_column = in_row / (across_full * down);
  Position p;
  p.cell = cell_row * cell_columns() + cell_column;
  p.in_cell = in_row - cell_column * across_full * down;
  const Rect cell = cell_rect(p.cell);
  const std::int64_t across = ceil_div(cell.width, unit_width);
  p.rect = intersect({cell.x + p.in_cell % across * unit_width,
                      cell.y + p.in_cell / across * unit_height, unit_width, unit_height},
                     cell);
  p.last = p.in_cell == across * down - 1;
  return p;
}

Stage::Stage(const Graph& graph, std::span<const std::shared_ptr<const Operation>> operations,
             NodeId target)
    : graph_(&graph), operations_(operations), target_(target) {
  add_slot(graph.node(target).inputs.at(0), false);
}

int Stage::add_slot(NodeId id, bool transposed) {
  constexpr std::size_t kMostSlots = 4096;
  if (slots_.size() >= kMostSlots)
    throw Error(ErrorKind::usage,
                fmt::format("more than {} ways lead through the graph: its branches meet too often",
                            kMostSlots))
        .at_step(graph_->node(target_).place.text());
  const int index = static_cast<int>(slots_.size());
  slots_.emplace_back();
  slots_.back().node = id;
  slots_.back().transposed = transposed;
  const Node& node = graph_->node(id);
  if (node.source) {
    has_fetches_ = true;
    return index;
  }
  const Operation& op = *operation(id);
  const Traits traits = op.traits();
  for (const NodeId input : node.inputs) {
    const int slot = add_slot(input, transposed != traits.transposes);
    const ImageInfo& from = graph_->node(input).info;
    const bool shares = traits.pass_through || (traits.in_place && node.inputs.size() == 1 &&
                                                from.channels() == node.info.channels() &&
                                                size_of(from.type) == size_of(node.info.type) &&
                                                from.has_validity == node.info.has_validity);
    Slot& own = slots_[static_cast<std::size_t>(index)];
    own.inputs.push_back(slot);
    own.own_tile.push_back(!shares);
    own.tile_offset.push_back(0);
  }
  return index;
}

std::int64_t Stage::tile_bytes(NodeId node, std::int64_t width, std::int64_t height) const {
  const ImageInfo& info = graph_->node(node).info;
  return tile_layout(width, height, info.type, info.channels(), info.has_validity).bytes;
}

namespace {

// Calls f(begin, size) for every unit along an axis; `roughly`: for the first two, two from the
// middle and the last.
template <class F>
void for_each_unit_along(std::int64_t size, std::int64_t cell, std::int64_t unit, bool roughly,
                         F&& f) {
  const auto from = [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t at = begin; at < size && count > 0; --count) {
      const std::int64_t cell_end = std::min(size, (at / cell + 1) * cell);
      const std::int64_t length = std::min(unit, cell_end - at);
      f(at, length);
      at += length;
    }
  };
  if (!roughly) return from(0, size);
  from(0, 2);
  from(size / 2 / cell * cell, 2);
  from((size - 1) / cell * cell, 1);
}

}  // namespace

void Stage::fit(const UnitGrid& grid, bool roughly) {
  grid_ = grid;
  for (Slot& slot : slots_)
    slot.max_width = slot.max_height = slot.need_width = slot.need_height = 0,
    slot.columns = slot.rows = 0;
  // needs() is separable, so the units of the first row give every width and those of the first
  // column every height.
  for_each_unit_along(
      grid.width, grid.cell_width, grid.unit_width, roughly,
      [&](std::int64_t x, std::int64_t width) {
        measure(0, {x, 0, width, std::min(grid.unit_height, grid.height)}, true, true, true);
      });
  for_each_unit_along(
      grid.height, grid.cell_height, grid.unit_height, roughly,
      [&](std::int64_t y, std::int64_t height) {
        measure(0, {0, y, std::min(grid.unit_width, grid.width), height}, false, true, true);
      });
  const std::int64_t output =
      round_up(tile_bytes(root().node, root().max_width, root().max_height), kAlignment);
  arena_bytes_ = place(0, output);
}

void Stage::measure(int index, const Rect& rect, bool by_columns, bool first_x, bool first_y) {
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  slot.max_width = std::max(slot.max_width, rect.width);
  slot.max_height = std::max(slot.max_height, rect.height);
  // The walk along unit columns varies the widths, or below a transposition the heights.
  if (by_columns != slot.transposed) {
    if (first_y) slot.columns += static_cast<double>(rect.width);
  } else {
    if (first_x) slot.rows += static_cast<double>(rect.height);
  }
  const Node& node = graph_->node(slot.node);
  if (node.source) return;
  const Operation& op = *operation(slot.node);
  for (std::size_t i = 0; i < slots_[static_cast<std::size_t>(index)].inputs.size(); ++i) {
    const int input = slots_[static_cast<std::size_t>(index)].inputs[i];
    const bool turned = op.traits().transposes;
    measure_region(input, op.needs(static_cast<int>(i), rect), op, by_columns,
                   turned ? first_y : first_x, turned ? first_x : first_y);
  }
}

void Stage::measure_region(int index, const Rect& need, const Operation& consumer, bool by_columns,
                           bool first_x, bool first_y) {
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  slot.need_width = std::max(slot.need_width, need.width);
  slot.need_height = std::max(slot.need_height, need.height);
  const ImageInfo& info = graph_->node(slot.node).info;
  const Edge edge = consumer.traits().edge;
  EdgeAxis columns = edge_axis({need.x, need.right()}, info.width, edge);
  EdgeAxis rows = edge_axis({need.y, need.bottom()}, info.height, edge);
  // The units walked along one axis stand for all along the other: where these happen to lie
  // outside the image, under Edge::constant, the others still need something.
  EdgeAxis& fixed = by_columns != slot.transposed ? rows : columns;
  if (fixed.count == 0)
    fixed = edge_axis(fixed.need, &fixed == &rows ? info.height : info.width, Edge::replicate);
  for_each_piece(columns, rows,
                 [&](const Rect& piece, const EdgePiece&, const EdgePiece&, bool x0, bool y0) {
                   measure(index, piece, by_columns, first_x && x0, first_y && y0);
                 });
}

// Tiles are placed like a stack: an input's tile, then all that is needed to compute it, which the
// next input's tile may overwrite.
std::int64_t Stage::place(int index, std::int64_t cursor) {
  std::int64_t peak = cursor;
  const NodeId id = slots_[static_cast<std::size_t>(index)].node;
  if (graph_->node(id).source) return peak;
  const Operation& op = *operation(id);
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    if (slot.own_tile[i]) {
      const Slot& input = slots_[static_cast<std::size_t>(slot.inputs[i])];
      slot.tile_offset[i] = cursor;
      cursor += round_up(tile_bytes(input.node, input.need_width, input.need_height), kAlignment);
    }
    peak = std::max(peak, place(slot.inputs[i], cursor));
  }
  slot.scratch_offset = cursor;
  return std::max(peak, cursor + round_up(op.scratch(slot.max_width, slot.max_height), kAlignment));
}

double Stage::unit_cost() const {
  double total = 0;
  for (const Slot& slot : slots_) {
    const Node& node = graph_->node(slot.node);
    const double per_sample = node.source ? 2.0
                              : operation(slot.node)->traits().pass_through
                                  ? 0.0
                                  : operation(slot.node)->traits().cost;
    total += static_cast<double>(slot.max_width) * static_cast<double>(slot.max_height) *
             per_sample * node.info.channels() * static_cast<double>(size_of(node.info.type));
  }
  return total;
}

}  // namespace sluice
