#include "engine/planner/unit_grid.hpp"

namespace sluice {

Rect UnitGrid::cell_rect(std::int64_t cell) const {
  const std::int64_t column = cell % cell_columns(), row = cell / cell_columns();
  return intersect({column * cell_width, row * cell_height, cell_width, cell_height},
                   {0, 0, width, height});
}

Interval UnitGrid::at(std::int64_t i, std::int64_t size, std::int64_t cell, std::int64_t unit) {
  const std::int64_t per_cell = ceil_div(cell, unit);
  const std::int64_t begin = i / per_cell * cell;
  const std::int64_t end = std::min(size, begin + cell);
  const std::int64_t from = begin + i % per_cell * unit;
  return {from, std::min(end, from + unit)};
}

}  // namespace sluice
