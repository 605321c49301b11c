// TIFF's predictors, both directions: 2 (difference to the sample on the left, modulo 2^bits) and 3
// (bytes of floating samples sorted by significance, then byte differences; Adobe's Technical Note
// 3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/isa.hpp"

namespace sluice::tiff {

/// Rows of samples as a block stores them.
struct PredictorRows {
  std::int64_t width = 0;  ///< pixels in a row
  std::int64_t rows = 0;
  int channels = 1;            ///< samples per pixel in the row: 1 when planes are kept apart
  int sample_bytes = 1;        ///< 1, 2, 4 or 8
  std::int64_t row_bytes = 0;  ///< from a row to the next
};

/// Bytes of scratch memory that both functions want: one row for predictor 3, nothing for others.
std::int64_t predictor_scratch(int predictor, const PredictorRows& layout);

/// Turns stored differences into samples in the machine's byte order, in place. Predictor 2 takes
/// the differences in the machine's order (swap before); predictor 3 has an order of its own and
/// takes the bytes as stored. Predictor 1 does nothing. No slack is needed behind the rows.
void undo_predictor(int predictor, std::byte* data, const PredictorRows& layout, std::byte* scratch,
                    Isa isa);

/// The inverse: samples in the machine's byte order to what a little-endian file stores.
void apply_predictor(int predictor, std::byte* data, const PredictorRows& layout,
                     std::byte* scratch, Isa isa);

}  // namespace sluice::tiff
