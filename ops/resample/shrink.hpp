// shrink: whole boxes of pixels become one.
#pragma once

#include <optional>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

/// `mode` is the most frequent sample.
enum class ShrinkMode : std::uint8_t { mean, mode, nearest };

template <>
struct EnumNames<ShrinkMode> {
  static constexpr std::pair<std::string_view, ShrinkMode> names[] = {
      {"mean", ShrinkMode::mean}, {"mode", ShrinkMode::mode}, {"nearest", ShrinkMode::nearest}};
};

struct ShrinkOptions {
  std::int64_t x = 2;                            ///< columns of a box, 1..32768
  std::optional<std::int64_t> y = std::nullopt;  ///< rows of a box; x when left out
  ShrinkMode mode = ShrinkMode::mean;
};

/// Boxes of x columns and y rows become one pixel each; the size is rounded up, and boxes cut off
/// by the right or lower edge are those of the pixels that are there. Boxes of one pixel change
/// nothing. All sample types.
///
/// `mean`: integers exactly, rounded to nearest, ties to even; f32 and f64 in f64, each column of a
/// box from top to bottom, then the columns' sums from left to right, divided by the count.
/// Straight alpha weights the colour, and pixels that are not valid have no weight; these two run
/// in f32 (f64 for 32-bit types and f64), rounded at the end, and a pixel is valid where at least
/// half of its box is. Boxes of more than 32 columns or rows (kCellFactor) are summed over cells
/// first, of at most 64 columns and rows, then over larger ones (ops/resample/cell_sums.hpp): for
/// integers that changes nothing; floats are summed in that order. So memory does not grow with the
/// box. `mode`, for labels: the most frequent sample, of equals the smallest, pixels that are not
/// valid left out; valid where any pixel is; boxes of more than 65536 pixels for u8 and i8 alone.
/// `nearest`: the pixel in the middle of the box, or the last one where the box is cut off before
/// it.
///
/// Throws Error (usage) for factors out of range, for means of palette indices, for means of u64
/// and i64 with a validity plane, and for boxes that are too large for `mode`.
Image shrink(const Image& image, const ShrinkOptions& options);
StepSpec shrink_step();

}  // namespace sluice
