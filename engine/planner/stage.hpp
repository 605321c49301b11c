// A stage: everything that ends in one sink or reduction, fused to run unit by unit.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "engine/graph.hpp"
#include "engine/planner/edges.hpp"
#include "engine/planner/unit_grid.hpp"

namespace sluice {

/// One visit of a node on the way from the target to a source. A node reached on several ways has
/// several slots, and is computed once for each. Slots give every tile of a unit its fixed place
/// in the unit's arena.
struct Slot {
  NodeId node = -1;
  std::vector<int> inputs;     ///< slots of its inputs
  std::vector<bool> own_tile;  ///< per input: computed into a tile of its own (else into ours)
  std::vector<std::int64_t> tile_offset;  ///< per input with its own tile: where in the arena
  std::int64_t scratch_offset = 0;
  bool transposed =
      false;  ///< an odd number of transposing operations lies between it and the target
  // Over all units:
  std::int64_t max_width = 0, max_height = 0;    ///< largest region computed at once
  std::int64_t need_width = 0, need_height = 0;  ///< largest region asked for, edges included
  double columns = 0,
         rows = 0;     ///< sums over unit columns and rows: computed samples = columns * rows
  bool leaf = false;   ///< its pixels are fetched from blocks: of a source, or of a kept node
  NodeId blocks = -1;  ///< of a leaf: the node whose blocks these are
  std::int64_t window_x = 0, window_y = 0;  ///< of a leaf: where in that node its first pixel lies
  Rect in_blocks(const Rect& r) const {
    return {r.x + window_x, r.y + window_y, r.width, r.height};
  }
};

/// What a stage's units make.
struct Goal {
  NodeId root = -1;  ///< the node whose pixels they compute
  NodeId target =
      -1;  ///< the graph's sink or reduction that takes them; -1 for a node that is kept
  std::shared_ptr<Sink> sink;  ///< the target's, or the spool's
};

class Stage {
 public:
  /// `operations[node]` is the bound operation of a node for this pass (late options filled in).
  /// `leaves`: nodes that are fetched from blocks instead of being computed, beside the sources.
  Stage(const Graph& graph, std::span<const std::shared_ptr<const Operation>> operations,
        const std::set<NodeId>& leaves, Goal goal);

  /// The sink or reduction, -1 for a kept node.
  NodeId target() const { return goal_.target; }
  Sink* sink() const { return goal_.sink.get(); }
  const Reduction* reduction() const {
    return goal_.target < 0 ? nullptr : graph_->node(goal_.target).reduction.get();
  }
  /// The node whose step stands for the stage in messages.
  NodeId named() const { return goal_.target < 0 ? goal_.root : goal_.target; }
  const Node& named_node() const { return graph_->node(named()); }
  /// What the units' pixels are like.
  const ImageInfo& info() const { return graph_->node(goal_.root).info; }
  const Graph& graph() const { return *graph_; }
  const std::vector<Slot>& slots() const { return slots_; }
  const Slot& root() const { return slots_.front(); }
  const Operation* operation(NodeId node) const {
    return operations_[static_cast<std::size_t>(node)].get();
  }

  /// Measures every slot over the grid's unit columns and rows, and lays out the arena. `roughly`:
  /// over a few columns and rows only, enough to compare grids.
  void fit(const UnitGrid& grid, bool roughly = false);
  const UnitGrid& grid() const { return grid_; }
  /// Tiles and scratch of one unit, its output tile included (at offset 0).
  std::int64_t arena_bytes() const { return arena_bytes_; }
  /// Declared cost of the largest unit, in bytes copied.
  double unit_cost() const;
  /// Declared cost of all units, in bytes copied.
  double cost() const;
  double cost_per_byte(const Slot& slot) const;
  double bytes_per_pixel(const Slot& slot) const;

  /// Calls f(slot, span) for the columns (or rows) of pixels that these columns (or rows) of units
  /// fetch: a span of the slot's columns, or of its rows below a transposition, and the reverse. In
  /// coordinates of the node Slot::blocks.
  template <class F>
  void for_each_fetch_along(Interval units, bool columns, F&& f) const {
    visit(0, units, columns, f);
  }

 private:
  friend class UnitRunner;
  int add_slot(NodeId node, bool transposed, const std::set<NodeId>& leaves);
  void measure(int slot, const Rect& rect, bool by_columns, bool first_x, bool first_y);
  void measure_region(int slot, const Rect& need, const Operation& consumer, bool by_columns,
                      bool first_x, bool first_y);
  template <class F>
  void visit(int slot, Interval span, bool columns, F&& leaf) const;
  std::int64_t place(int slot, std::int64_t cursor);
  std::int64_t tile_bytes(NodeId node, std::int64_t width, std::int64_t height) const;

  const Graph* graph_;
  std::span<const std::shared_ptr<const Operation>> operations_;
  Goal goal_;
  std::vector<Slot> slots_;
  UnitGrid grid_;
  std::int64_t arena_bytes_ = 0;
};

/// Calls f(source_rect, column_piece, row_piece) for each rectangle of `image` that fills `need`.
template <class F>
void for_each_piece(const EdgeAxis& columns, const EdgeAxis& rows, F&& f) {
  for (int j = 0; j < rows.count; ++j)
    for (int i = 0; i < columns.count; ++i) {
      const EdgePiece& x = columns.pieces[static_cast<std::size_t>(i)];
      const EdgePiece& y = rows.pieces[static_cast<std::size_t>(j)];
      f(Rect{x.source, y.source, x.length, y.length}, x, y, i == 0, j == 0);
    }
}

template <class F>
void Stage::visit(int index, Interval span, bool columns, F&& leaf) const {
  const Slot& slot = slots_[static_cast<std::size_t>(index)];
  if (slot.leaf) {
    const std::int64_t by = columns ? slot.window_x : slot.window_y;
    return leaf(slot, Interval{span.begin + by, span.end + by});
  }
  const Operation& op = *operation(slot.node);
  const Traits traits = op.traits();
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    // The other axis does not matter, since needs() is separable.
    const Rect out =
        columns ? Rect{span.begin, 0, span.size(), 1} : Rect{0, span.begin, 1, span.size()};
    const Rect need = op.needs(static_cast<int>(i), out);
    const bool wide = columns != traits.transposes;
    const ImageInfo& info =
        graph_->node(slots_[static_cast<std::size_t>(slot.inputs[i])].node).info;
    const EdgeAxis axis = wide ? edge_axis({need.x, need.right()}, info.width, traits.edge)
                               : edge_axis({need.y, need.bottom()}, info.height, traits.edge);
    for (int p = 0; p < axis.count; ++p) {
      const EdgePiece& piece = axis.pieces[static_cast<std::size_t>(p)];
      visit(slot.inputs[i], Interval{piece.source, piece.source + piece.length}, wide, leaf);
    }
  }
}

}  // namespace sluice
