// The work units of a stage: how they tile the image, and in which order they run.
#pragma once

#include <cstdint>

#include "engine/geometry.hpp"

namespace sluice {

/// Units tile cells, cells tile the image: a cell is one unit of several whole blocks of the
/// target, or one block, or row of blocks, cut into several units. Cells are visited row by row,
/// within bands where the travel has them: bands row by row, in each its cells row by row. Or units
/// are visited row by row `across` all cells of a row of cells.
struct UnitGrid {
  std::int64_t width = 0, height = 0;  ///< the image
  std::int64_t unit_width = 0, unit_height = 0;
  std::int64_t cell_width = 0, cell_height = 0;  ///< multiples of the target's blocks
  std::int64_t band_columns = 0, band_rows = 0;  ///< in cells; 0: all of them
  bool across = false;                           ///< not with bands

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

  /// Unit columns and rows of a cell that the image's edge does not cut off.
  std::int64_t cell_unit_columns() const { return ceil_div(cell_width, unit_width); }
  std::int64_t cell_unit_rows() const { return ceil_div(cell_height, unit_height); }
  /// Unit columns and rows of a band.
  std::int64_t band_unit_columns() const;
  std::int64_t band_unit_rows() const;

  /// A unit by its place in the order of travel.
  struct Position {
    std::int64_t cell = 0;             ///< row-major
    std::int64_t column = 0, row = 0;  ///< of the unit
    Rect rect;
    bool last = false;  ///< the cell's last unit
  };
  Position position(std::int64_t unit) const;

 private:
  std::int64_t walked_columns() const { return across ? unit_columns() : cell_unit_columns(); }
  friend class UnitWalk;
  static std::int64_t along(std::int64_t size, std::int64_t cell, std::int64_t unit) {
    return size / cell * ceil_div(cell, unit) + ceil_div(size % cell, unit);
  }
  static Interval at(std::int64_t i, std::int64_t size, std::int64_t cell, std::int64_t unit);
};

/// Visits the units of a grid in the order of travel, without the divisions of position().
class UnitWalk {
 public:
  explicit UnitWalk(const UnitGrid& grid);
  /// Column and row of the next unit. To be called grid.count() times at most.
  std::int64_t column() const { return column_; }
  std::int64_t row() const { return row_; }
  void advance();

 private:
  // A piece of `whole`, of `width` x `height` or what is left of that; false behind the last.
  static void begin_piece(Rect& piece, const Rect& whole, std::int64_t width, std::int64_t height);
  static bool next_piece(Rect& piece, const Rect& whole, std::int64_t width, std::int64_t height);
  void enter_cell();

  Rect all_, band_, cell_;  ///< in units
  std::int64_t band_width_, band_height_, cell_width_, cell_height_;
  std::int64_t column_ = 0, row_ = 0;
};

}  // namespace sluice
