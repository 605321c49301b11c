// Sums over cells on whole grids, in plain scalar code: the normative arithmetic of
// ops/resample/cell_sums.hpp and the cells of ops/resample/cells.hpp, in f64.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice::test {

struct Grid {
  std::int64_t width = 0, height = 0;
  std::vector<double> values;
  double at(std::int64_t x, std::int64_t y) const {
    return values[static_cast<std::size_t>(y * width + x)];
  }
};

/// Where each cell of an axis begins, and the axis's size at last.
using Begins = std::vector<std::int64_t>;

/// An axis that shrinks by more than this has cells.
inline constexpr std::int64_t kStrongFactor = 32;

/// The cells of each level, each over those of the level before.
std::vector<Begins> resize_levels(std::int64_t in, std::int64_t out);
/// Of one window of `factor` positions, of which the first `size` are there.
std::vector<Begins> window_levels(std::int64_t size, std::int64_t factor);

/// Level after level; each column of a cell from top to bottom, then the columns from left to
/// right.
Grid sum_over_cells(Grid grid, const std::vector<Begins>& columns, const std::vector<Begins>& rows);

}  // namespace sluice::test
