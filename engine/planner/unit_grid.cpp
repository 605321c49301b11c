#include "engine/planner/unit_grid.hpp"

#include <algorithm>

namespace sluice {

namespace {

// The part of `region` (in units) that holds its `index`-th unit when the region is visited in
// pieces of `width` x `height`, row by row; what is left of `index` counts inside that part.
Rect descend(const Rect& region, std::int64_t width, std::int64_t height, std::int64_t& index) {
  const std::int64_t y = index / (region.width * height) * height;
  index -= y * region.width;
  const std::int64_t rows = std::min(height, region.height - y);
  const std::int64_t x = index / (width * rows) * width;
  index -= x * rows;
  return {region.x + x, region.y + y, std::min(width, region.width - x), rows};
}

}  // namespace

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

std::int64_t UnitGrid::band_unit_columns() const {
  if (band_columns == 0) return unit_columns();
  return std::min(unit_columns(), band_columns * cell_unit_columns());
}

std::int64_t UnitGrid::band_unit_rows() const {
  if (band_rows == 0) return unit_rows();
  return std::min(unit_rows(), band_rows * cell_unit_rows());
}

UnitGrid::Position UnitGrid::position(std::int64_t unit) const {
  const Rect all{0, 0, unit_columns(), unit_rows()};
  const Rect band = descend(all, band_unit_columns(), band_unit_rows(), unit);
  const Rect part = descend(band, walked_columns(), cell_unit_rows(), unit);  // a cell, or a row
  Position p;
  p.column = part.x + unit % part.width;
  p.row = part.y + unit / part.width;
  p.last = p.row == part.bottom() - 1 &&
           (p.column == all.width - 1 || (p.column + 1) % cell_unit_columns() == 0);
  p.cell = p.row / cell_unit_rows() * cell_columns() + p.column / cell_unit_columns();
  const Interval x = unit_column(p.column), y = unit_row(p.row);
  p.rect = {x.begin, y.begin, x.size(), y.size()};
  return p;
}

UnitWalk::UnitWalk(const UnitGrid& grid)
    : all_{0, 0, grid.unit_columns(), grid.unit_rows()},
      band_width_(grid.band_unit_columns()),
      band_height_(grid.band_unit_rows()),
      cell_width_(grid.walked_columns()),
      cell_height_(grid.cell_unit_rows()) {
  begin_piece(band_, all_, band_width_, band_height_);
  begin_piece(cell_, band_, cell_width_, cell_height_);
  enter_cell();
}

void UnitWalk::begin_piece(Rect& piece, const Rect& whole, std::int64_t width,
                           std::int64_t height) {
  piece = {whole.x, whole.y, std::min(width, whole.width), std::min(height, whole.height)};
}

bool UnitWalk::next_piece(Rect& piece, const Rect& whole, std::int64_t width, std::int64_t height) {
  piece.x = piece.right();
  if (piece.x == whole.right()) {
    piece.x = whole.x;
    piece.y = piece.bottom();
    if (piece.y == whole.bottom()) return false;
    piece.height = std::min(height, whole.bottom() - piece.y);
  }
  piece.width = std::min(width, whole.right() - piece.x);
  return true;
}

void UnitWalk::enter_cell() {
  column_ = cell_.x;
  row_ = cell_.y;
}

void UnitWalk::advance() {
  if (++column_ < cell_.right()) return;
  column_ = cell_.x;
  if (++row_ < cell_.bottom()) return;
  if (!next_piece(cell_, band_, cell_width_, cell_height_)) {
    if (!next_piece(band_, all_, band_width_, band_height_)) return;
    begin_piece(cell_, band_, cell_width_, cell_height_);
  }
  enter_cell();
}

}  // namespace sluice
