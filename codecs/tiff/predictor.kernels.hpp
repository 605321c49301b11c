// The kernels behind predictor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice::tiff {

inline constexpr int kPredictorChannels = 4;  ///< most channels the kernels know

struct PredictorKernels {
  /// undo[log2(sample size)][channels - 1]: running sums over one row of `samples` samples (a
  /// multiple of the channels), each starting at the row's first pixel, modulo 2^bits, in place.
  using Row = void (*)(std::uint8_t* row, std::int64_t samples);
  Row undo[4][kPredictorChannels];
  /// The inverse, for any channel count.
  void (*apply[4])(std::uint8_t* row, std::int64_t samples, std::int64_t channels);
};
SLUICE_KERNEL_TABLE(PredictorKernels, predictor_kernels)

}  // namespace sluice::tiff
