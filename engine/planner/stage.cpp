#include "engine/planner/stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {

Stage::Stage(const Graph& graph, std::span<const std::shared_ptr<const Operation>> operations,
             const Windows& windows, const std::set<NodeId>& leaves, Goal goal)
    : graph_(&graph), operations_(operations), goal_(std::move(goal)) {
  add_slot(goal_.root, false, windows, leaves);
}

int Stage::add_slot(NodeId id, bool transposed, const Windows& windows,
                    const std::set<NodeId>& leaves) {
  constexpr std::size_t kMostSlots = 1 << 16;
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
  const bool kept_elsewhere = leaves.contains(id) && !(goal_.kept() && index == 0);
  if (node.source || kept_elsewhere) {
    slots_.back().leaf = true;
    const auto window = windows.find(id);
    if (window == windows.end() || leaves.contains(id)) {
      slots_.back().blocks = id;
    } else {
      slots_.back().blocks = window->second.source;
      slots_.back().window_x = window->second.x;
      slots_.back().window_y = window->second.y;
    }
    return index;
  }
  const Operation& op = *operation(id);
  const Traits traits = op.traits();
  for (const NodeId input : node.inputs) {
    const int slot = add_slot(input, transposed != traits.transposes, windows, leaves);
    const ImageInfo& from = graph_->node(input).info;
    const bool shares =
        traits.reach == Reach::moved ||
        (traits.in_place && node.inputs.size() == 1 && from.channels() == node.info.channels() &&
         size_of(from.type) == size_of(node.info.type) && from.validity == node.info.validity);
    slots_[static_cast<std::size_t>(slot)].own_tile = !shares;
    slots_[static_cast<std::size_t>(index)].inputs.push_back(slot);
  }
  return index;
}

std::int64_t Stage::tile_bytes(NodeId node, std::int64_t width, std::int64_t height) const {
  const ImageInfo& info = graph_->node(node).info;
  return tile_layout(width, height, info.type, info.channels(), info.validity_planes()).bytes;
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

class Fitter {
 public:
  Fitter(const Stage& stage, StageFit& fit) : stage_(stage), fit_(fit) {}

  void measure(Stage::AxisWalk& walk, Interval units) {
    walk.walk(units, [&](std::size_t slot, Interval need) {
      SlotFit& s = fit_.slots[slot];
      std::int64_t& most = walk.columns(slot) ? s.need_width : s.need_height;
      most = std::max(most, need.size());
    });
    for (std::size_t i = 0; i < fit_.slots.size(); ++i) {
      SlotFit& s = fit_.slots[i];
      std::int64_t& most = walk.columns(i) ? s.max_width : s.max_height;
      double& sum = walk.columns(i) ? s.columns : s.rows;
      for (const Stage::AxisWalk::Run& run : walk.runs(i)) {
        most = std::max(most, run.span.size());
        sum += static_cast<double>(run.span.size()) * run.times;
      }
    }
  }

  // Tiles are placed like a stack: an input's tile, then all that is needed to compute it, which
  // the next input's tile may overwrite.
  std::int64_t place(int index, std::int64_t cursor) {
    std::int64_t peak = cursor;
    const Slot& slot = stage_.slots()[static_cast<std::size_t>(index)];
    if (slot.leaf) return peak;
    const Operation& op = *stage_.operation(slot.node);
    for (const int i : slot.inputs) {
      const Slot& input = stage_.slots()[static_cast<std::size_t>(i)];
      SlotFit& s = fit_.slots[static_cast<std::size_t>(i)];
      if (input.own_tile) {
        s.tile_offset = cursor;
        cursor += round_up(stage_.tile_bytes(input.node, s.need_width, s.need_height), kAlignment);
      }
      peak = std::max(peak, place(i, cursor));
    }
    SlotFit& own = fit_.slots[static_cast<std::size_t>(index)];
    own.scratch_offset = cursor;
    return std::max(peak, cursor + round_up(op.scratch(own.max_width, own.max_height), kAlignment));
  }

  void add_costs() {
    for (std::size_t i = 0; i < fit_.slots.size(); ++i) {
      const Slot& slot = stage_.slots()[i];
      const SlotFit& s = fit_.slots[i];
      const double per_pixel = stage_.cost_per_byte(slot) * stage_.bytes_per_pixel(slot);
      fit_.cost += s.columns * s.rows * per_pixel;
      fit_.largest_unit +=
          static_cast<double>(s.max_width) * static_cast<double>(s.max_height) * per_pixel;
    }
  }

 private:
  const Stage& stage_;
  StageFit& fit_;
};

}  // namespace

StageFit fit(const Stage& stage, const UnitGrid& grid, bool roughly) {
  StageFit fit;
  fit.grid = grid;
  fit.slots.resize(stage.slots().size());
  Fitter fitter(stage, fit);
  Stage::AxisWalk columns(stage, true), rows(stage, false);
  for_each_unit_along(grid.width, grid.cell_width, grid.unit_width, roughly,
                      [&](std::int64_t x, std::int64_t width) {
                        fitter.measure(columns, {x, x + width});
                      });
  for_each_unit_along(grid.height, grid.cell_height, grid.unit_height, roughly,
                      [&](std::int64_t y, std::int64_t height) {
                        fitter.measure(rows, {y, y + height});
                      });
  // A kept node's tile is not in the arena.
  const SlotFit& root = fit.slots.front();
  const std::int64_t output =
      stage.makes_kept_tiles()
          ? 0
          : round_up(stage.tile_bytes(stage.root().node, root.max_width, root.max_height),
                     kAlignment);
  fit.arena_bytes = fitter.place(0, output);
  fitter.add_costs();
  return fit;
}

void Stage::AxisWalk::merge(std::vector<Run>& runs) {
  if (runs.size() < 2) return;
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return std::pair(a.span.begin, a.span.end) < std::pair(b.span.begin, b.span.end);
  });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].span.begin == runs[kept].span.begin && runs[i].span.end == runs[kept].span.end)
      runs[kept].times += runs[i].times;
    else
      runs[++kept] = runs[i];
  }
  runs.resize(kept + 1);
}

double Stage::cost_per_byte(const Slot& slot) const {
  // A fetch copies, and finds its blocks.
  constexpr double kFetch = 2.0;
  if (slot.leaf) return kFetch;
  const Traits traits = operation(slot.node)->traits();
  return traits.reach == Reach::moved ? 0.0 : traits.cost;
}

double Stage::bytes_per_pixel(const Slot& slot) const {
  const ImageInfo& info = graph_->node(slot.node).info;
  return info.channels() * static_cast<double>(size_of(info.type));
}

}  // namespace sluice
