// The work units of a stage: how they tile the image.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/geometry.hpp"

namespace sluice {

/// Units tile cells, cells tile the image: a cell is one unit of several whole blocks of the
/// target, or one block, or row of blocks, cut into several units. In which order they run is said
/// by a UnitSequence.
struct UnitGrid {
  std::int64_t width = 0, height = 0;  ///< the image
  std::int64_t unit_width = 0, unit_height = 0;
  std::int64_t cell_width = 0, cell_height = 0;  ///< multiples of the target's blocks

  std::int64_t cell_columns() const { return ceil_div(width, cell_width); }
  std::int64_t cell_rows() const { return ceil_div(height, cell_height); }
  std::int64_t cells() const { return cell_columns() * cell_rows(); }
  bool split_by_rows() const { return unit_height < std::min(cell_height, height); }
  bool split() const { return unit_width < cell_width || unit_height < cell_height; }
  Rect cell_rect(std::int64_t cell) const;
  std::int64_t units_in(const Rect& cell) const {
    return ceil_div(cell.width, unit_width) * ceil_div(cell.height, unit_height);
  }
  /// Units along an axis, and where the i-th lies.
  std::int64_t unit_columns() const { return along(width, cell_width, unit_width); }
  std::int64_t unit_rows() const { return along(height, cell_height, unit_height); }
  Interval unit_column(std::int64_t i) const { return at(i, width, cell_width, unit_width); }
  Interval unit_row(std::int64_t j) const { return at(j, height, cell_height, unit_height); }
  std::int64_t count() const { return unit_columns() * unit_rows(); }
  /// All of them, in units.
  Rect all() const { return {0, 0, unit_columns(), unit_rows()}; }

  /// Unit columns and rows of a cell that the image's edge does not cut off.
  std::int64_t cell_unit_columns() const { return ceil_div(cell_width, unit_width); }
  std::int64_t cell_unit_rows() const { return ceil_div(cell_height, unit_height); }

  Rect unit_rect(std::int64_t column, std::int64_t row) const {
    const Interval x = unit_column(column), y = unit_row(row);
    return {x.begin, y.begin, x.size(), y.size()};
  }
  /// The cell, row-major, that a unit is part of; whether it is the cell's last in any sequence.
  std::int64_t cell_of(std::int64_t column, std::int64_t row) const {
    return row / cell_unit_rows() * cell_columns() + column / cell_unit_columns();
  }
  bool ends_cell(std::int64_t column, std::int64_t row) const {
    const auto last = [](std::int64_t i, std::int64_t per_cell, std::int64_t count) {
      return (i + 1) % per_cell == 0 || i + 1 == count;
    };
    return last(column, cell_unit_columns(), unit_columns()) &&
           last(row, cell_unit_rows(), unit_rows());
  }
  friend bool operator==(const UnitGrid&, const UnitGrid&) = default;

 private:
  static std::int64_t along(std::int64_t size, std::int64_t cell, std::int64_t unit) {
    return size / cell * ceil_div(cell, unit) + ceil_div(size % cell, unit);
  }
  static Interval at(std::int64_t i, std::int64_t size, std::int64_t cell, std::int64_t unit);
};

}  // namespace sluice
