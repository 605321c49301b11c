// Which blocks the units of a stage fetch: known axis by axis, since needs() is separable.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/planner/stage.hpp"
#include "engine/source.hpp"

namespace sluice {

/// Numbers for a run of blocks along an axis, or of units; 0 outside.
class AxisCounts {
 public:
  AxisCounts() = default;
  AxisCounts(std::int64_t first, std::vector<std::uint32_t> counts)
      : first_(first), counts_(std::move(counts)) {}
  std::uint32_t operator[](std::int64_t i) const {
    i -= first_;
    return i >= 0 && i < static_cast<std::int64_t>(counts_.size())
               ? counts_[static_cast<std::size_t>(i)]
               : 0;
  }
  std::int64_t begin() const { return first_; }
  std::int64_t end() const { return first_ + static_cast<std::int64_t>(counts_.size()); }
  std::int64_t bytes() const { return static_cast<std::int64_t>(counts_.capacity()) * 4; }

 private:
  std::int64_t first_ = 0;
  std::vector<std::uint32_t> counts_;
};

/// One axis of a stage's units and the blocks they touch along one axis of a leaf's block grid.
class AxisFetches {
 public:
  /// Blocks [begin, end) along the leaf's axis.
  struct Blocks {
    std::int64_t begin = 0, end = 0;
  };

  /// Appends the next unit, which touches these pixels.
  void add_unit(std::span<const Stage::AxisWalk::Run> runs, std::int64_t block);

  std::int64_t units() const { return static_cast<std::int64_t>(starts_.size()) - 1; }
  std::span<const Blocks> of_unit(std::int64_t unit) const {
    const auto first = starts_[static_cast<std::size_t>(unit)];
    return std::span(blocks_).subspan(first, starts_[static_cast<std::size_t>(unit) + 1] - first);
  }
  /// All blocks that units [begin, end) touch lie in this range, which may hold others too.
  Blocks reach(Interval units) const;
  /// By block: how many of the units touch it.
  AxisCounts uses(Interval units) const;
  std::int64_t bytes() const;

 private:
  std::vector<Blocks> blocks_;          // of all units, one after the other
  std::vector<std::size_t> starts_{0};  // where each unit's begin
};

/// What one leaf slot of a stage fetches. By unit column and by unit row; for a slot below a
/// transposition the columns of units touch rows of blocks and the reverse.
struct LeafFetches {
  NodeId node = -1;
  bool transposed = false;
  AxisFetches by_column, by_row;
  const AxisFetches& block_columns() const { return transposed ? by_row : by_column; }
  const AxisFetches& block_rows() const { return transposed ? by_column : by_row; }
};

/// The fetches of every leaf slot of `stage` with the units of `grid`. `grids[node]` are the blocks
/// of a leaf.
std::vector<LeafFetches> fetches_of(const Stage& stage, const UnitGrid& grid,
                                    const std::map<NodeId, BlockGrid>& grids);

}  // namespace sluice
