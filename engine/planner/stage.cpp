#include "engine/planner/stage.hpp"

#include <fmt/format.h>

namespace sluice {

Stage::Stage(const Graph& graph, std::span<const std::shared_ptr<const Operation>> operations,
             const std::set<NodeId>& leaves, Goal goal)
    : graph_(&graph), operations_(operations), goal_(std::move(goal)) {
  add_slot(goal_.root, false, leaves);
}

int Stage::add_slot(NodeId id, bool transposed, const std::set<NodeId>& leaves) {
  constexpr std::size_t kMostSlots = 4096;
  if (slots_.size() >= kMostSlots)
    throw Error(ErrorKind::usage,
                fmt::format("more than {} ways lead through the graph: its branches meet too often",
                            kMostSlots))
        .at_step(named_node().place.text());
  const int index = static_cast<int>(slots_.size());
  slots_.emplace_back();
  slots_.back().node = id;
  slots_.back().transposed = transposed;
  const Node& node = graph_->node(id);
  // A stage that computes a kept node's tiles has that node as its root.
  const bool kept_elsewhere = leaves.contains(id) && !(goal_.target < 0 && index == 0);
  if (node.source || kept_elsewhere) {
    slots_.back().leaf = true;
    const bool window = node.window_of >= 0 && !leaves.contains(id);
    slots_.back().blocks = window ? node.window_of : id;
    if (window) slots_.back().window_x = node.window_x, slots_.back().window_y = node.window_y;
    return index;
  }
  const Operation& op = *operation(id);
  const Traits traits = op.traits();
  for (const NodeId input : node.inputs) {
    const int slot = add_slot(input, transposed != traits.transposes, leaves);
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
  if (slot.leaf) return;
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
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  if (slot.leaf) return peak;
  const Operation& op = *operation(slot.node);
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

double Stage::cost_per_byte(const Slot& slot) const {
  // A fetch copies, and finds its blocks.
  constexpr double kFetch = 2.0;
  if (slot.leaf) return kFetch;
  const Traits traits = operation(slot.node)->traits();
  return traits.pass_through ? 0.0 : traits.cost;
}

double Stage::bytes_per_pixel(const Slot& slot) const {
  const ImageInfo& info = graph_->node(slot.node).info;
  return info.channels() * static_cast<double>(size_of(info.type));
}

double Stage::unit_cost() const {
  double total = 0;
  for (const Slot& slot : slots_)
    total += static_cast<double>(slot.max_width) * static_cast<double>(slot.max_height) *
             cost_per_byte(slot) * bytes_per_pixel(slot);
  return total;
}

double Stage::cost() const {
  double total = 0;
  for (const Slot& slot : slots_)
    total += slot.columns * slot.rows * cost_per_byte(slot) * bytes_per_pixel(slot);
  return total;
}

}  // namespace sluice
