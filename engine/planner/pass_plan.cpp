#include "engine/planner/pass_plan.hpp"

#include <algorithm>
#include <map>

namespace sluice {

UnitRef UnitOrder::next() {
  if (counts_.size() == 1) return {0, given_++};
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

void PassPlan::find_fetches() {
  std::map<NodeId, BlockGrid> grids;
  for (const SourcePlan& s : sources)
    grids[s.node] = s.grid;
  fetches.clear();
  for (const Stage& stage : stages)
    fetches.push_back(fetches_of(stage, grids, again));
  find_unused();
}

void PassPlan::drop_fetches() {
  fetches = {};
  for (SourcePlan& source : sources)
    source.unused = {};
}

void PassPlan::find_unused() {
  for (SourcePlan& source : sources)
    source.unused.clear();
  std::vector<BlockRef> blocks;
  // Users of kept tiles stand before the stages that compute them.
  for (std::size_t s = static_cast<std::size_t>(goals); s < stages.size(); ++s) {
    const int source = source_of_node[static_cast<std::size_t>(stages[s].root().node)];
    const std::int64_t tiles = sources[static_cast<std::size_t>(source)].grid.count();
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      if (uses({source, 0, tile}) > 0) continue;
      blocks_of(static_cast<int>(s), stages[s].grid().position(tile), blocks);
      for (const BlockRef& ref : blocks)
        ++sources[static_cast<std::size_t>(ref.source)].unused[ref.block];
    }
  }
}

void PassPlan::blocks_of(int stage, const UnitGrid::Position& unit,
                         std::vector<BlockRef>& blocks) const {
  blocks.clear();
  const UnitGrid& grid = stages[static_cast<std::size_t>(stage)].grid();
  std::int64_t band = 0;
  if (again && stage < goals) {
    band = unit.row / grid.band_unit_rows() * band_columns(stage) +
           unit.column / grid.band_unit_columns();
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

std::int64_t PassPlan::band_columns(int stage) const {
  const UnitGrid& grid = stages[static_cast<std::size_t>(stage)].grid();
  return ceil_div(grid.unit_columns(), grid.band_unit_columns());
}

std::pair<std::int64_t, std::int64_t> PassPlan::band_place(int stage, std::int64_t band) const {
  if (!again) return {0, 0};
  return {band % band_columns(stage), band / band_columns(stage)};
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
  return band_columns(0) * ceil_div(grid.unit_rows(), grid.band_unit_rows());
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
    // Across, a row of cells is begun before the first of them is whole, and the last units of one
    // row are in flight with the first of the next.
    if (grid.across) cells = std::min(grid.cells(), grid.cell_columns() + credits - 1);
    need.tile_bytes = block_tile_bytes(blocks, stage.info());
    need.tiles = cells * per_cell;
  }
  need.encoded = std::min<std::int64_t>(cells, credits) * per_cell;
  return need;
}

std::int64_t block_tile_bytes(const BlockGrid& grid, const ImageInfo& info) {
  return tile_layout(std::min(grid.block_width, grid.image_width),
                     std::min(grid.block_height, grid.image_height), info.type, info.channels(),
                     info.has_validity)
      .bytes;
}

}  // namespace sluice
