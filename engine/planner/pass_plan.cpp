#include "engine/planner/pass_plan.hpp"

#include <algorithm>

namespace sluice {

OutputNeed output_need(const Stage& stage, const UnitGrid& grid, const Route& route, int credits) {
  if (!stage.sink()) return {};
  const Sink& sink = *stage.sink();
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
    if (route.travel == Travel::rows && grid.split_by_rows())
      cells = std::min(grid.cells(), grid.cell_columns() + credits - 1);
    need.tile_bytes = block_tile_bytes(blocks, stage.info());
    need.tiles = cells * per_cell;
  }
  need.encoded = std::min<std::int64_t>(cells, credits) * per_cell;
  return need;
}

}  // namespace sluice
