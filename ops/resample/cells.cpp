#include "ops/resample/cells.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

__extension__ using Wide = __int128;

std::int64_t ceil_divided(Wide a, Wide b) {  // a >= 0, b > 0
  return static_cast<std::int64_t>((a + b - 1) / b);
}

CellLevels levels_over(CellAxis finest, const std::vector<std::int64_t>& groups) {
  CellLevels levels{finest};
  for (std::size_t i = 1; i < groups.size(); ++i)
    levels.push_back(levels.back().grouped(groups[i]));
  return levels;
}

std::int64_t product(const std::vector<std::int64_t>& groups) {
  std::int64_t all = 1;
  for (const std::int64_t g : groups)
    all *= g;
  return all;
}

}  // namespace

std::int64_t cell_boundary(std::int64_t k, std::int64_t from, std::int64_t to) {
  const Wide twice = 2 * Wide(k) * from + to, by = 2 * Wide(to);
  return static_cast<std::int64_t>(twice / by - (twice % by < 0 ? 1 : 0));
}

CellAxis::CellAxis(std::int64_t size, std::int64_t from, std::int64_t to, bool ends,
                   std::int64_t first)
    : size_(size), from_(from), to_(to), ends_(ends), first_(first) {
  if (!ends)
    // The first boundary at or behind the end.
    count_ = ceil_divided(Wide(to) * (2 * Wide(size) - 1), 2 * Wide(from));
  else if (first == 0)
    count_ = to + 2;
  else
    count_ = (size - 2) / from + 2;
}

std::int64_t CellAxis::begin(std::int64_t cell) const {
  if (!ends_) return std::min(size_, cell_boundary(cell, from_, to_));
  if (cell == 0) return 0;
  if (cell >= count_ - 1) return size_ - (count_ - cell);
  return std::max<std::int64_t>(1, first_ + cell_boundary(cell - 1, from_, to_));
}

std::int64_t CellAxis::most_positions(std::int64_t cells) const {
  const auto most = static_cast<std::int64_t>(std::ceil(static_cast<double>(cells) * ratio())) + 1;
  return std::min(size_, most);
}

std::vector<std::int64_t> cell_groups(std::int64_t positions, std::int64_t windows,
                                      std::int64_t most) {
  std::vector<std::int64_t> groups{1};
  std::int64_t needed = ceil_divided(positions, Wide(windows) * kMostOfCell);
  while (needed > 1) {
    groups.push_back(std::min(needed, most));
    needed = ceil_divided(needed, groups.back());
  }
  return groups;
}

CellLevels resize_cells(std::int64_t in, std::int64_t out) {
  static_assert(2 * kCellFactor > 3 * kCellsPerOutput, "the ends leave something of their cells");
  const std::int64_t cells = out * kCellsPerOutput;
  const std::vector<std::int64_t> groups = cell_groups(in, cells);
  return levels_over(CellAxis::cut_with_ends(in, cells * product(groups)), groups);
}

CellLevels shrink_cells(std::int64_t in, std::int64_t factor, std::int64_t most) {
  if (factor == 1) return {};
  const std::vector<std::int64_t> groups = cell_groups(factor, 1, most);
  return levels_over(CellAxis::cut(in, factor, product(groups)), groups);
}

}  // namespace sluice
