#include "engine/planner/fetches.hpp"

#include <algorithm>

namespace sluice {

void AxisFetches::add_unit(std::span<const Stage::AxisWalk::Run> runs, std::int64_t block) {
  const std::size_t first = blocks_.size();
  for (const Stage::AxisWalk::Run& run : runs) {
    const Blocks b{run.span.begin / block, (run.span.end - 1) / block + 1};
    if (blocks_.size() > first && b.begin <= blocks_.back().end)
      blocks_.back().end = std::max(blocks_.back().end, b.end);
    else
      blocks_.push_back(b);
  }
  starts_.push_back(blocks_.size());
}

AxisFetches::Blocks AxisFetches::reach(Interval units) const {
  Blocks all;
  for (std::size_t i = starts_[static_cast<std::size_t>(units.begin)];
       i < starts_[static_cast<std::size_t>(units.end)]; ++i) {
    const Blocks& b = blocks_[i];
    if (all.begin == all.end) {
      all = b;
    } else {
      all.begin = std::min(all.begin, b.begin);
      all.end = std::max(all.end, b.end);
    }
  }
  return all;
}

AxisCounts AxisFetches::uses(Interval units) const {
  const Blocks all = reach(units);
  std::vector<std::uint32_t> counts(static_cast<std::size_t>(all.end - all.begin));
  for (std::size_t i = starts_[static_cast<std::size_t>(units.begin)];
       i < starts_[static_cast<std::size_t>(units.end)]; ++i)
    for (std::int64_t b = blocks_[i].begin; b < blocks_[i].end; ++b)
      ++counts[static_cast<std::size_t>(b - all.begin)];
  return {all.begin, std::move(counts)};
}

std::int64_t AxisFetches::bytes() const {
  return static_cast<std::int64_t>(blocks_.capacity() * sizeof(Blocks) +
                                   starts_.capacity() * sizeof(std::size_t));
}

std::vector<LeafFetches> fetches_of(const Stage& stage, const UnitGrid& grid,
                                    const std::map<NodeId, BlockGrid>& grids) {
  std::vector<LeafFetches> all;
  std::vector<std::size_t> slots;
  std::vector<const BlockGrid*> blocks;
  for (std::size_t i = 0; i < stage.slots().size(); ++i) {
    const Slot& slot = stage.slots()[i];
    if (!slot.leaf) continue;
    slots.push_back(i);
    blocks.push_back(&grids.at(slot.blocks));
    all.push_back({slot.blocks, slot.transposed, {}, {}});
  }
  if (all.empty()) return all;
  const auto add = [&](Stage::AxisWalk& walk, Interval units, bool unit_columns) {
    walk.walk(units);
    for (std::size_t i = 0; i < all.size(); ++i)
      (unit_columns ? all[i].by_column : all[i].by_row)
          .add_unit(walk.runs(slots[i]),
                    walk.columns(slots[i]) ? blocks[i]->block_width : blocks[i]->block_height);
  };
  Stage::AxisWalk columns(stage, true), rows(stage, false);
  for (std::int64_t i = 0; i < grid.unit_columns(); ++i)
    add(columns, grid.unit_column(i), true);
  for (std::int64_t j = 0; j < grid.unit_rows(); ++j)
    add(rows, grid.unit_row(j), false);
  return all;
}

}  // namespace sluice
