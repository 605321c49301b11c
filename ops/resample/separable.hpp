// Filters that work axis by axis, down and then across, as operations of a graph. Private to the
// operations that are made of them: resize, gaussian_blur.
//
// Normative arithmetic, by sample type:
// - u8, i8 with at most 256 taps: weights in multiples of 2^-14 that sum to 1 (quantise() in
//   taps.hpp), sums exact in 32 bits. When both axes are filtered, the first pass rounds its sum to
//   6 bits behind the point, ties up, clamped to 16 bits; i8 is offset by 128 until the end. The
//   last pass rounds to nearest, ties to even, and clamps. (A pass between them rounds as the
//   first.)
// - u16, i16, f32, and 8 bits with more taps: weights and samples in f32; per pass sum = w0 * s0,
//   then sum = sum + wi * si in the order of positions, every operation rounded. f32 between the
//   passes; integers rounded to nearest even and clamped at the end.
// - u32, i32, f64: the same in f64.
// - Where an axis has cells (AxisFilter::cells), everything runs in f64: the cells' sums
//   (CellSums::for_filters in cell_sums.hpp), then, first across and then down, per pass
//   sum = w0 * s0, sum = sum + wi * si; at the end integers are rounded to nearest even and
//   clamped.
// - Straight alpha and validity are weights of their own (weighing.hpp): samples are multiplied by
//   alpha, left out where not valid, filtered in f32 (f64 for 32-bit types and f64, and over
//   cells), and divided at the end. A pixel is valid where at least half of the weights fall on
//   valid pixels.
#pragma once

#include <memory>

#include "engine/graph.hpp"
#include "ops/resample/cells.hpp"
#include "ops/resample/taps.hpp"

namespace sluice {

/// One axis of a filter: no taps, no change.
struct AxisFilter {
  std::shared_ptr<const Taps> taps;
  std::int64_t size = 0;  ///< of the output
  /// Of a strong reduction: samples are summed over these first; the taps are for the last ones'
  /// sums.
  CellLevels cells = {};
};

/// Adds the nodes. A size that differs from the input's updates geo-reference and resolution.
/// Throws Error (usage) for u64, i64 and palette indices, naming `remedy` as the way out.
Image filter_separably(const char* step, const Image& image, const AxisFilter& down,
                       const AxisFilter& across, const char* remedy);

/// A symmetric filter of both axes that makes rows fewer at first, since its result has no detail
/// that neighbouring rows could show: down makes some of the rows, across filters those, and up
/// interpolates all of them, with what is left to do vertically.
struct FewerRows {
  std::shared_ptr<const Taps> down;    ///< symmetric
  std::shared_ptr<const Taps> across;  ///< constant
  std::shared_ptr<const Taps> up;
  std::int64_t rows = 0;  ///< what `down` makes
};

/// Adds the three nodes. For images that keeps_integers() is true for; none of the taps more than
/// kMostIntegerTaps. Arithmetic as above, with two passes that round to 6 bits behind the point.
Image filter_on_fewer_rows(const char* step, const Image& image, const FewerRows& filter);

/// True for 8-bit samples that need no weights of their own (alpha, validity).
bool keeps_integers(const ImageInfo& info);

}  // namespace sluice
