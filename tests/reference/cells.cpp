#include "reference/cells.hpp"

#include <algorithm>
#include <numeric>

namespace sluice::test {

namespace {

constexpr std::int64_t kMost = 64, kPerOutput = 20;

// Cells of one level to one of the next, until a cell of the finest has at most 64 positions.
std::vector<std::int64_t> groups(std::int64_t positions, std::int64_t windows) {
  std::vector<std::int64_t> found;
  std::int64_t parts = 1;
  while (parts * kMost * windows < positions) {
    const std::int64_t missing =
        (positions + parts * kMost * windows - 1) / (parts * kMost * windows);
    found.push_back(std::min(missing, kMost));
    parts *= found.back();
  }
  return found;
}

std::int64_t product(const std::vector<std::int64_t>& all) {
  return std::accumulate(all.begin(), all.end(), std::int64_t{1}, std::multiplies<>());
}

// round(k * from / to), halves up.
std::int64_t boundary(std::int64_t k, std::int64_t from, std::int64_t to) {
  return (2 * k * from + to) / (2 * to);
}

Begins single(std::int64_t size) {
  Begins begins(static_cast<std::size_t>(size + 1));
  std::iota(begins.begin(), begins.end(), 0);
  return begins;
}

Grid sum_level(const Grid& grid, const Begins& columns, const Begins& rows) {
  Grid out{static_cast<std::int64_t>(columns.size()) - 1,
           static_cast<std::int64_t>(rows.size()) - 1,
           {}};
  for (std::size_t j = 0; j + 1 < rows.size(); ++j)
    for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
      double sum = 0;
      for (std::int64_t x = columns[i]; x < columns[i + 1]; ++x) {
        double column = grid.at(x, rows[j]);
        for (std::int64_t y = rows[j] + 1; y < rows[j + 1]; ++y)
          column += grid.at(x, y);
        sum = x == columns[i] ? column : sum + column;
      }
      out.values.push_back(sum);
    }
  return out;
}

}  // namespace

std::vector<Begins> resize_levels(std::int64_t in, std::int64_t out) {
  const std::vector<std::int64_t> all = groups(in, out * kPerOutput);
  const std::int64_t cells = out * kPerOutput * product(all);
  Begins finest{0, 1};  // the first sample is a cell, and so is the last
  for (std::int64_t k = 1; k < cells; ++k)
    finest.push_back(boundary(k, in, cells));
  finest.push_back(in - 1);
  finest.push_back(in);
  std::vector<Begins> levels{finest};
  for (const std::int64_t group : all) {
    const auto before = static_cast<std::int64_t>(levels.back().size()) - 1;
    Begins begins{0};
    for (std::int64_t k = 1; k < before - 1; k += group)
      begins.push_back(k);
    begins.push_back(before - 1);
    begins.push_back(before);
    levels.push_back(begins);
  }
  return levels;
}

std::vector<Begins> window_levels(std::int64_t size, std::int64_t factor) {
  if (factor == 1) return {};
  const std::vector<std::int64_t> all = groups(factor, 1);
  const std::int64_t parts = product(all);
  Begins finest;
  for (std::int64_t k = 0; k < parts && boundary(k, factor, parts) < size; ++k)
    finest.push_back(boundary(k, factor, parts));
  finest.push_back(size);
  std::vector<Begins> levels{finest};
  for (const std::int64_t group : all) {
    const auto before = static_cast<std::int64_t>(levels.back().size()) - 1;
    Begins begins;
    for (std::int64_t k = 0; k < before; k += group)
      begins.push_back(k);
    begins.push_back(before);
    levels.push_back(begins);
  }
  return levels;
}

Grid sum_over_cells(Grid grid, const std::vector<Begins>& columns,
                    const std::vector<Begins>& rows) {
  for (std::size_t i = 0; i < std::max(columns.size(), rows.size()); ++i)
    grid = sum_level(grid, i < columns.size() ? columns[i] : single(grid.width),
                     i < rows.size() ? rows[i] : single(grid.height));
  return grid;
}

}  // namespace sluice::test
