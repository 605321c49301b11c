// Rows of a block as the file has them: interleaved, filled up at the edge, invalid pixels
// replaced.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codecs/tiff/write_plan.hpp"
#include "engine/source.hpp"
#include "engine/tile.hpp"

namespace sluice::tiff {

/// Makes the rows of one block out of a planar tile.
class RowGatherer {
 public:
  /// Scratch memory that it wants.
  static std::int64_t scratch_bytes(const WritePlan& plan);

  RowGatherer(const WritePlan& plan, const TileView& pixels, Isa isa, std::byte* scratch)
      : plan_(plan), pixels_(pixels), isa_(isa), scratch_(scratch) {}

  /// Writes `count` rows of the tile, from row `y` on, plan.row_bytes() apart: pixels as wide as
  /// the tile, then the last one again up to the block's width.
  void gather(std::int64_t y, std::int64_t count, std::byte* to) const;

 private:
  void with_alpha(std::int64_t y, std::byte* to) const;
  void fill_invalid(std::int64_t y, std::byte* row) const;

  const WritePlan& plan_;
  const TileView& pixels_;
  Isa isa_;
  std::byte* scratch_;
};

}  // namespace sluice::tiff
