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

void AxisFetches::count(std::int64_t units_per_band) {
  const std::int64_t units = static_cast<std::int64_t>(starts_.size()) - 1;
  bands_.clear();
  for (std::int64_t begin = 0; begin < units; begin += units_per_band) {
    const std::int64_t end = std::min(units, begin + units_per_band);
    const std::span<const Blocks> touched = std::span(blocks_).subspan(
        starts_[static_cast<std::size_t>(begin)],
        starts_[static_cast<std::size_t>(end)] - starts_[static_cast<std::size_t>(begin)]);
    Band band;
    if (!touched.empty()) {
      std::int64_t last = 0;
      band.first = touched.front().begin;
      for (const Blocks& b : touched) {
        band.first = std::min(band.first, b.begin);
        last = std::max(last, b.end);
      }
      band.uses.resize(static_cast<std::size_t>(last - band.first));
      for (const Blocks& b : touched)
        for (std::int64_t i = b.begin; i < b.end; ++i)
          ++band.uses[static_cast<std::size_t>(i - band.first)];
    }
    bands_.push_back(std::move(band));
  }
}

std::int64_t AxisFetches::bytes() const {
  std::size_t bytes =
      blocks_.capacity() * sizeof(Blocks) + starts_.capacity() * sizeof(std::size_t);
  for (const Band& b : bands_)
    bytes += sizeof(Band) + b.uses.capacity() * sizeof(std::uint32_t);
  return static_cast<std::int64_t>(bytes);
}

std::vector<LeafFetches> fetches_of(const Stage& stage, const std::map<NodeId, BlockGrid>& grids,
                                    bool by_band) {
  std::vector<LeafFetches> all;
  std::vector<std::size_t> slots;
  for (std::size_t i = 0; i < stage.slots().size(); ++i) {
    const Slot& slot = stage.slots()[i];
    if (!slot.leaf) continue;
    slots.push_back(i);
    all.push_back({slot.blocks, slot.transposed, {}, {}});
  }
  if (all.empty()) return all;
  const UnitGrid& grid = stage.grid();
  const auto add = [&](Stage::AxisWalk& walk, Interval units, bool unit_columns) {
    walk.walk(units);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const BlockGrid& blocks = grids.at(all[i].node);
      (unit_columns ? all[i].by_column : all[i].by_row)
          .add_unit(walk.runs(slots[i]),
                    walk.columns(slots[i]) ? blocks.block_width : blocks.block_height);
    }
  };
  Stage::AxisWalk columns(stage, true), rows(stage, false);
  for (std::int64_t i = 0; i < grid.unit_columns(); ++i)
    add(columns, grid.unit_column(i), true);
  for (std::int64_t j = 0; j < grid.unit_rows(); ++j)
    add(rows, grid.unit_row(j), false);
  for (LeafFetches& f : all) {
    f.by_column.count(by_band ? grid.band_unit_columns() : grid.unit_columns());
    f.by_row.count(by_band ? grid.band_unit_rows() : grid.unit_rows());
  }
  return all;
}

}  // namespace sluice
