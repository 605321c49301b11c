// A stage: everything that ends in one sink, reduction, spool or kept node, fused to run unit by
// unit.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "engine/graph.hpp"
#include "engine/planner/edges.hpp"
#include "engine/planner/unit_grid.hpp"
#include "engine/rewrite/window.hpp"

namespace sluice {

/// One visit of a node on the way from the target to a source. A node reached on several ways has
/// several slots, and is computed once for each.
struct Slot {
  NodeId node = -1;
  std::vector<int> inputs;  ///< slots of its inputs, behind this one
  /// Computed into a tile of its own (else into that of its user).
  bool own_tile = false;
  bool transposed =
      false;           ///< an odd number of transposing operations lies between it and the target
  bool leaf = false;   ///< its pixels are fetched from blocks: of a source, or of a kept node
  NodeId blocks = -1;  ///< of a leaf: the node whose blocks these are
  std::int64_t window_x = 0, window_y = 0;  ///< of a leaf: where in that node its first pixel lies
  Rect in_blocks(const Rect& r) const {
    return {r.x + window_x, r.y + window_y, r.width, r.height};
  }
};

/// What a stage's units make: pixels for a sink or reduction of the graph, for a spool, or tiles of
/// a kept node.
struct Goal {
  NodeId root = -1;            ///< the node whose pixels they compute
  NodeId target = -1;          ///< the graph's sink or reduction that takes them, where one does
  std::shared_ptr<Sink> sink;  ///< the target's, or the spool's
  bool kept() const { return target < 0 && !sink; }
};

class Stage {
 public:
  /// `operations[node]` is the bound operation of a node for this pass (late options filled in).
  /// `leaves`: nodes that are fetched from blocks instead of being computed, beside the sources.
  Stage(const Graph& graph, std::span<const std::shared_ptr<const Operation>> operations,
        const Windows& windows, const std::set<NodeId>& leaves, Goal goal);

  /// The graph's sink or reduction; -1 for a kept node and for a spool.
  NodeId target() const { return goal_.target; }
  bool makes_kept_tiles() const { return goal_.kept(); }
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

  double cost_per_byte(const Slot& slot) const;
  double bytes_per_pixel(const Slot& slot) const;
  /// Of a tile of the node's pixels.
  std::int64_t tile_bytes(NodeId node, std::int64_t width, std::int64_t height) const;

  /// Follows one axis of units down to the sources; see below.
  class AxisWalk;

 private:
  int add_slot(NodeId node, bool transposed, const Windows& windows,
               const std::set<NodeId>& leaves);

  const Graph* graph_;
  std::span<const std::shared_ptr<const Operation>> operations_;
  Goal goal_;
  std::vector<Slot> slots_;
};

/// What the units of a grid need of a slot.
struct SlotFit {
  std::int64_t max_width = 0, max_height = 0;    ///< largest region computed at once
  std::int64_t need_width = 0, need_height = 0;  ///< largest region asked for, edges included
  /// Sums over unit columns and rows: computed samples = columns * rows.
  double columns = 0, rows = 0;
  std::int64_t tile_offset = 0;     ///< of a slot with its own tile: where in the unit's arena
  std::int64_t scratch_offset = 0;  ///< in the arena
};

/// A stage with a grid of units: what each slot computes, and the layout of the arena, in which
/// every tile of a unit has its fixed place.
struct StageFit {
  UnitGrid grid;
  std::vector<SlotFit> slots;
  /// Tiles and scratch of one unit, its output tile included (at offset 0) unless it is a kept one.
  std::int64_t arena_bytes = 0;
  double largest_unit = 0;  ///< declared cost of the largest unit, in bytes copied
  double cost = 0;          ///< declared cost of all units, in bytes copied
};

/// Measures every slot over the grid's unit columns and rows. `roughly`: over a few columns and
/// rows only, enough to compare grids.
StageFit fit(const Stage& stage, const UnitGrid& grid, bool roughly = false);

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

/// What a column (or row) of units needs of each slot along one axis. needs() is separable, so the
/// two axes together say what a unit needs; below a transposition columns of units need rows.
class Stage::AxisWalk {
 public:
  AxisWalk(const Stage& stage, bool unit_columns)
      : stage_(stage), unit_columns_(unit_columns), runs_(stage.slots().size()) {}

  /// A run of columns (or rows) inside the slot's image, computed or fetched at once.
  struct Run {
    Interval span;
    double times = 1;  ///< how often: at an image's edge another way may lead to the same
  };

  /// Walks from these columns (or rows) of the stage's image. Calls f(slot, need) for each interval
  /// that an operation asks its input for, which may reach over the image's edge.
  template <class F>
  void walk(Interval units, F&& f);
  void walk(Interval units) {
    walk(units, [](std::size_t, Interval) {});
  }
  /// Sorted, none twice. Of a leaf: in coordinates of the node Slot::blocks.
  std::span<const Run> runs(std::size_t slot) const { return runs_[slot]; }
  /// Whether runs(slot) are columns of the slot's image.
  bool columns(std::size_t slot) const { return unit_columns_ != stage_.slots()[slot].transposed; }

 private:
  static void merge(std::vector<Run>& runs);

  const Stage& stage_;
  const bool unit_columns_;
  std::vector<std::vector<Run>> runs_;  ///< by slot
};

template <class F>
void Stage::AxisWalk::walk(Interval units, F&& f) {
  for (auto& runs : runs_)
    runs.clear();
  runs_[0].push_back({units, 1});
  // A slot's inputs stand behind it.
  for (std::size_t s = 0; s < runs_.size(); ++s) {
    const Slot& slot = stage_.slots()[s];
    merge(runs_[s]);
    if (slot.leaf) {
      const std::int64_t by = columns(s) ? slot.window_x : slot.window_y;
      for (Run& run : runs_[s])
        run.span = {run.span.begin + by, run.span.end + by};
      continue;
    }
    const Operation& op = *stage_.operation(slot.node);
    for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
      const auto input = static_cast<std::size_t>(slot.inputs[i]);
      const ImageInfo& info = stage_.graph().node(stage_.slots()[input].node).info;
      for (const Run& run : runs_[s]) {
        // The other axis does not matter.
        const Interval& span = run.span;
        const Rect need =
            op.needs(static_cast<int>(i), columns(s) ? Rect{span.begin, 0, span.size(), 1}
                                                     : Rect{0, span.begin, 1, span.size()});
        const Interval along =
            columns(input) ? Interval{need.x, need.right()} : Interval{need.y, need.bottom()};
        f(input, along);
        const EdgeAxis axis =
            edge_axis(along, columns(input) ? info.width : info.height, op.traits().edge);
        for (int p = 0; p < axis.count; ++p) {
          const EdgePiece& piece = axis.pieces[static_cast<std::size_t>(p)];
          runs_[input].push_back({{piece.source, piece.source + piece.length}, run.times});
        }
      }
    }
  }
}

}  // namespace sluice
