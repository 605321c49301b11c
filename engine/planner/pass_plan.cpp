#include "engine/planner/pass_plan.hpp"

#include <algorithm>

namespace sluice {

std::int64_t UnitOrder::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t n : counts_)
    sum += n;
  return sum;
}

UnitRef UnitOrder::next() {
  // The stage least far along: the smallest (next + 1) / count, compared by cross products.
  std::size_t best = counts_.size();
  for (std::size_t s = 0; s < counts_.size(); ++s) {
    if (next_[s] == counts_[s]) continue;
    if (best == counts_.size() || static_cast<__int128>(next_[s] + 1) * counts_[best] <
                                      static_cast<__int128>(next_[best] + 1) * counts_[s])
      best = s;
  }
  ++given_;
  return {static_cast<int>(best), next_[best]++};
}

UnitOrder PassPlan::order() const {
  std::vector<std::int64_t> counts;
  for (int s = 0; s < goals; ++s)
    counts.push_back(stages[static_cast<std::size_t>(s)].grid().count());
  return UnitOrder(std::move(counts));
}

void PassPlan::blocks_of(int stage, const UnitGrid::Position& unit,
                         std::vector<BlockRef>& blocks) const {
  blocks.clear();
  const UnitGrid& grid = stages[static_cast<std::size_t>(stage)].grid();
  std::int64_t band = 0;
  if (again && stage < goals) {
    const std::int64_t across = ceil_div(grid.unit_columns(), grid.band_unit_columns());
    band = unit.row / grid.band_unit_rows() * across + unit.column / grid.band_unit_columns();
  }
  for (const LeafFetches& leaf : fetches[static_cast<std::size_t>(stage)]) {
    const auto by_column = leaf.by_column.of_unit(unit.column);
    const auto by_row = leaf.by_row.of_unit(unit.row);
    const int source = source_of_node[static_cast<std::size_t>(leaf.node)];
    const std::int64_t across = sources[static_cast<std::size_t>(source)].grid.columns();
    for (const AxisFetches::Blocks& rows : leaf.transposed ? by_column : by_row)
      for (std::int64_t y = rows.begin; y < rows.end; ++y)
        for (const AxisFetches::Blocks& columns : leaf.transposed ? by_row : by_column)
          for (std::int64_t x = columns.begin; x < columns.end; ++x)
            blocks.push_back({source, band, y * across + x});
  }
  if (fetches[static_cast<std::size_t>(stage)].size() > 1) std::sort(blocks.begin(), blocks.end());
}

std::pair<std::int64_t, std::int64_t> PassPlan::band_place(int stage, std::int64_t band) const {
  if (!again) return {0, 0};
  const UnitGrid& grid = stages[static_cast<std::size_t>(stage)].grid();
  const std::int64_t across = ceil_div(grid.unit_columns(), grid.band_unit_columns());
  return {band % across, band / across};
}

std::uint32_t PassPlan::uses(const BlockRef& ref) const {
  const SourcePlan& source = sources[static_cast<std::size_t>(ref.source)];
  const std::int64_t x = ref.block % source.grid.columns(), y = ref.block / source.grid.columns();
  std::uint32_t uses = 0;
  for (std::size_t s = 0; s < fetches.size(); ++s) {
    const auto [band_column, band_row] = band_place(static_cast<int>(s), ref.band);
    for (const LeafFetches& leaf : fetches[s])
      if (leaf.node == source.node) uses += leaf.uses(band_column, band_row, x, y);
  }
  if (!source.unused.empty())
    if (const auto found = source.unused.find(ref.block); found != source.unused.end())
      uses -= found->second;
  return uses;
}

std::int64_t PassPlan::bands() const {
  if (!again) return 1;
  const UnitGrid& grid = stages.front().grid();
  return ceil_div(grid.unit_columns(), grid.band_unit_columns()) *
         ceil_div(grid.unit_rows(), grid.band_unit_rows());
}

Rect PassPlan::reach(int index, std::int64_t band) const {
  const SourcePlan& source = sources[static_cast<std::size_t>(index)];
  AxisFetches::Blocks x{source.grid.columns(), 0}, y{source.grid.rows(), 0};
  const auto widen = [](AxisFetches::Blocks& all, const AxisFetches::Blocks& more) {
    if (more.begin >= more.end) return;
    all.begin = std::min(all.begin, more.begin);
    all.end = std::max(all.end, more.end);
  };
  for (std::size_t s = 0; s < fetches.size(); ++s) {
    const auto [band_column, band_row] = band_place(static_cast<int>(s), band);
    for (const LeafFetches& leaf : fetches[s]) {
      if (leaf.node != source.node) continue;
      widen(leaf.transposed ? y : x, leaf.by_column.range(band_column));
      widen(leaf.transposed ? x : y, leaf.by_row.range(band_row));
    }
  }
  if (x.begin >= x.end || y.begin >= y.end) return {};
  return {x.begin, y.begin, x.end - x.begin, y.end - y.begin};
}

OutputNeed output_need(const Stage& stage, int credits) {
  if (!stage.sink()) return {};
  const Sink& sink = *stage.sink();
  const UnitGrid& grid = stage.grid();
  const BlockGrid blocks = sink.grid();
  const std::int64_t per_cell =
      ceil_div(std::min(grid.cell_width, grid.width), blocks.block_width) *
      ceil_div(std::min(grid.cell_height, grid.height), blocks.block_height);
  OutputNeed need;
  need.encoded_bytes = sink.encoded_bound();
  std::int64_t cells = std::min<std::int64_t>(credits, grid.cells());
  if (grid.split()) {
    // Cells that a window of `credits` consecutive units can touch; those at the edges are
    // smallest.
    const auto fewest = [](std::int64_t size, std::int64_t cell, std::int64_t unit) {
      return ceil_div(size % cell == 0 ? cell : size % cell, unit);
    };
    const std::int64_t units = fewest(grid.width, grid.cell_width, grid.unit_width) *
                               fewest(grid.height, grid.cell_height, grid.unit_height);
    cells = std::min(grid.cells(), credits < 2 ? 1 : (credits - 2) / units + 2);
    need.tile_bytes = block_tile_bytes(blocks, stage.info());
    need.tiles = cells * per_cell;
  }
  need.encoded = cells * per_cell;
  return need;
}

std::int64_t block_tile_bytes(const BlockGrid& grid, const ImageInfo& info) {
  return tile_layout(std::min(grid.block_width, grid.image_width),
                     std::min(grid.block_height, grid.image_height), info.type, info.channels(),
                     info.has_validity)
      .bytes;
}

}  // namespace sluice
