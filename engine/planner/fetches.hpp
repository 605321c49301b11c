// Which blocks the units of a stage fetch: known axis by axis, since needs() is separable.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/planner/stage.hpp"
#include "engine/source.hpp"

namespace sluice {

/// One axis of a stage's units and the blocks they touch along one axis of a leaf's block grid.
class AxisFetches {
 public:
  /// Blocks [begin, end) along the leaf's axis.
  struct Blocks {
    std::int64_t begin = 0, end = 0;
  };

  /// Appends the next unit, which touches these pixels.
  void add_unit(std::span<const Stage::AxisWalk::Run> runs, std::int64_t block);
  /// Counts how many units of each band of `units_per_band` units touch each block.
  void count(std::int64_t units_per_band);

  std::span<const Blocks> of_unit(std::int64_t unit) const {
    const auto first = starts_[static_cast<std::size_t>(unit)];
    return std::span(blocks_).subspan(first, starts_[static_cast<std::size_t>(unit) + 1] - first);
  }
  /// Units of `band` that touch `block`.
  std::uint32_t uses(std::int64_t band, std::int64_t block) const {
    const Band& b = bands_[static_cast<std::size_t>(band)];
    const std::int64_t i = block - b.first;
    return i >= 0 && i < static_cast<std::int64_t>(b.uses.size())
               ? b.uses[static_cast<std::size_t>(i)]
               : 0;
  }
  /// Blocks that may be touched by `band`: all of them lie in this range.
  Blocks range(std::int64_t band) const {
    const Band& b = bands_[static_cast<std::size_t>(band)];
    return {b.first, b.first + static_cast<std::int64_t>(b.uses.size())};
  }
  std::int64_t bytes() const;

 private:
  struct Band {
    std::int64_t first = 0;
    std::vector<std::uint32_t> uses;
  };
  std::vector<Blocks> blocks_;          // of all units, one after the other
  std::vector<std::size_t> starts_{0};  // where each unit's begin
  std::vector<Band> bands_;
};

/// What one leaf slot of a stage fetches. By unit column and by unit row; for a slot below a
/// transposition the columns of units touch rows of blocks and the reverse.
struct LeafFetches {
  NodeId node = -1;
  bool transposed = false;
  AxisFetches by_column, by_row;

  std::uint32_t uses(std::int64_t band_column, std::int64_t band_row, std::int64_t block_column,
                     std::int64_t block_row) const {
    return transposed
               ? by_column.uses(band_column, block_row) * by_row.uses(band_row, block_column)
               : by_column.uses(band_column, block_column) * by_row.uses(band_row, block_row);
  }
};

/// The fetches of every leaf slot of `stage`, whose grid is fitted. `grids[node]` are the blocks of
/// a leaf. Uses are counted over all units, or with `by_band` over each band of the travel alone.
std::vector<LeafFetches> fetches_of(const Stage& stage, const std::map<NodeId, BlockGrid>& grids,
                                    bool by_band);

}  // namespace sluice
