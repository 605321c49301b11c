// Cells: how strong reductions cut an axis into short runs of positions, whose samples are summed
// before anything else is done. Private to resize and shrink.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/geometry.hpp"

namespace sluice {

/// An axis that shrinks by more than this is summed over cells first.
inline constexpr std::int64_t kCellFactor = 32;
/// Positions of a cell along an axis, and cells of a larger one, at most.
inline constexpr std::int64_t kMostOfCell = 64;
/// `resize` filters this many cells per output position.
inline constexpr std::int64_t kCellsPerOutput = 20;

/// The cells of an axis: runs of its positions, from 0 on, that leave none out. `to` cells stand
/// for `from` positions, so boundary k lies at k * from / to, rounded to a whole position, halves
/// up; the last cell is cut off at the axis's end.
class CellAxis {
 public:
  /// Every position is a cell.
  static CellAxis single(std::int64_t size) { return {size, 1, 1, false, 0}; }
  /// `from` >= `to`. Sizes up to 2^40.
  static CellAxis cut(std::int64_t size, std::int64_t from, std::int64_t to) {
    return {size, from, to, false, 0};
  }
  /// The same for `from` = `size`, 2 * `size` > 3 * `to`, with the first and the last position as
  /// cells of their own, taken from the cells there: `to` + 2 cells.
  static CellAxis cut_with_ends(std::int64_t size, std::int64_t to) {
    return {size, size, to, true, 0};
  }
  /// The axis whose positions are this one's cells, `cells` of them to one; ends stay ends.
  CellAxis grouped(std::int64_t cells) const { return {count_, cells, 1, ends_, ends_ ? 1 : 0}; }

  std::int64_t size() const { return size_; }
  std::int64_t count() const { return count_; }
  /// First position of `cell`; size() for cell = count().
  std::int64_t begin(std::int64_t cell) const;
  /// Positions of one cell, on average.
  double ratio() const { return static_cast<double>(from_) / static_cast<double>(to_); }
  /// Positions of `cells` neighbouring cells, at most.
  std::int64_t most_positions(std::int64_t cells) const;

 private:
  CellAxis(std::int64_t size, std::int64_t from, std::int64_t to, bool ends, std::int64_t first);
  std::int64_t size_, from_, to_, count_ = 0;
  bool ends_;
  std::int64_t first_;  ///< position of boundary 0
};

/// round(k * from / to), halves up; any k.
std::int64_t cell_boundary(std::int64_t k, std::int64_t from, std::int64_t to);

/// How many cells a window of `positions` / `windows` positions is cut into, level by level:
/// of the finest cells as many as the product says, then as many of each level to one of the next.
/// Every number but the first is at most `most` and at least 2; the first is 1. A cell of the
/// finest level has at most kMostOfCell positions.
std::vector<std::int64_t> cell_groups(std::int64_t positions, std::int64_t windows,
                                      std::int64_t most = kMostOfCell);

/// The levels of cells of an axis, the finest first, each over the cells of the one before; none
/// where nothing is summed.
using CellLevels = std::vector<CellAxis>;

/// For `resize` from `in` to `out` positions, in > kCellFactor * out: kCellsPerOutput * out cells
/// with ends at last.
CellLevels resize_cells(std::int64_t in, std::int64_t out);
/// For `shrink`: one cell for each window of `factor` positions at last. `most`: see cell_groups.
CellLevels shrink_cells(std::int64_t in, std::int64_t factor, std::int64_t most = kMostOfCell);

}  // namespace sluice
