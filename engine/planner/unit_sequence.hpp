// The order in which the units of a stage run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/planner/unit_grid.hpp"

namespace sluice {

/// The units of a rectangle of a grid, in order: *lines* of a few unit rows from top to bottom; in
/// each line its cells from left to right, in each cell its units row by row. `across`: in each
/// line its units row by row. With cuts between columns that happens in bands of columns, one after
/// the other over the whole height. `turned`: the same with columns and rows exchanged.
///
/// Places *along the sequence* have x along its lines: the column, or the row where it is turned.
/// In any such order a unit comes before all those in its line of x that have a larger y, and those
/// with its y that have a larger x. So of a product of two sets of x and y the first unit is the
/// one with the first x and y, and the last one that with the last: that is what the planner counts
/// by.
class UnitSequence {
 public:
  struct Order {
    bool across = false, turned = false;
    /// Along the sequence: x at which bands begin, and y at which lines begin, the first at the
    /// rectangle's edge. Empty: one band; lines as high as cells.
    std::vector<std::int64_t> bands, lines;
  };
  /// A unit, in units: of the grid, or along the sequence.
  struct Place {
    std::int64_t x = 0, y = 0;
  };
  class Cursor;

  UnitSequence() = default;
  /// `units`: in units of the grid; its left and top are edges of cells.
  UnitSequence(const UnitGrid& grid, const Rect& units, Order order);

  bool turned() const { return order_.turned; }
  /// The rectangle along the sequence.
  const Rect& area() const { return area_; }
  std::int64_t count() const { return area_.width * area_.height; }
  /// The unit's place in the grid.
  Place at(std::int64_t index) const { return turn(place(index)); }
  /// Its place along the sequence, and the reverse.
  Place place(std::int64_t index) const { return split(index).place(); }
  std::int64_t index_of(Place place) const;
  /// From the grid to the sequence and back.
  Place turn(Place place) const { return turned() ? Place{place.y, place.x} : place; }

  /// The line that a y is part of: [begin, end).
  Interval line_of(std::int64_t y) const;
  /// The y of units that run before all others below them: a line, or in lines of one cell and
  /// `across` one y alone.
  Interval step_of(std::int64_t y) const {
    const bool one = order_.across || (band_count() == 1 && area_.width <= cell_width_);
    return one ? Interval{y, y + 1} : line_of(y);
  }
  /// Units of a cell along x: they run before the next cell of their line does, unless `across`.
  std::int64_t cell_width() const { return cell_width_; }
  std::int64_t band_count() const {
    return order_.bands.empty() ? 1 : static_cast<std::int64_t>(order_.bands.size());
  }
  /// A band as [begin, end) of x.
  Interval band(std::int64_t b) const;

  /// Calls f(Rect), along the sequence, for at most five rectangles that together hold the first
  /// `count` units. Right edge and bottom of each: all units left of it and above it are among
  /// them.
  template <class F>
  void for_each_before(std::int64_t count, F&& f) const {
    if (count <= 0) return;
    if (count >= this->count()) return f(area_);
    const Split s = split(count);
    const auto part = [&](std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height) {
      if (width > 0 && height > 0) f(Rect{x, y, width, height});
    };
    part(area_.x, area_.y, s.band.x - area_.x, area_.height);
    part(s.band.x, area_.y, s.band.width, s.cell.y - area_.y);
    part(s.band.x, s.cell.y, s.cell.x - s.band.x, s.cell.height);
    part(s.cell.x, s.cell.y, s.cell.width, s.row);
    part(s.cell.x, s.cell.y + s.row, s.column, 1);
  }

 private:
  // Where a unit lies: its band and, in that, its cell (across: its line), in units; its column and
  // row in that.
  struct Split {
    Rect band, cell;
    std::int64_t column = 0, row = 0;
    Place place() const { return {cell.x + column, cell.y + row}; }
  };
  Split split(std::int64_t index) const;
  Interval band_of(std::int64_t x) const;
  // The first cell of a band's line that begins at y.
  Rect first_cell(const Rect& band, std::int64_t y) const;

  Rect area_;
  std::int64_t cell_width_ = 1, cell_height_ = 1;  // in units, along the sequence
  Order order_;
};

/// Goes through the units one after the other, without the divisions that place() takes.
class UnitSequence::Cursor {
 public:
  Cursor(const UnitSequence& sequence, std::int64_t index)
      : sequence_(sequence), at_(sequence.split(index)) {}
  /// Along the sequence.
  Place place() const { return at_.place(); }
  /// May be called at the last unit; then there is no place any more.
  void next() {
    if (++at_.column < at_.cell.width) return;
    at_.column = 0;
    if (++at_.row < at_.cell.height) return;
    at_.row = 0;
    next_cell();
  }

 private:
  void next_cell();

  const UnitSequence& sequence_;
  Split at_;
};

}  // namespace sluice
