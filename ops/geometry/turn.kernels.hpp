// The kernels of flip and rotate: they move samples of 1, 2, 4 and 8 bytes whatever these mean.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

struct TurnKernels {
  /// to[i] = from[width - 1 - i]. Writes exactly `width` samples.
  using MirrorRow = void (*)(const std::byte* from, std::byte* to, std::int64_t width);
  /// Row x of `to` = column x of `from`, which has `width` columns and `height` rows. Strides in
  /// bytes, of either sign. Reads up to 16 bytes behind the rows of `from`, writes up to 64 behind
  /// those of `to`.
  using Transpose = void (*)(const std::byte* from, std::ptrdiff_t from_stride, std::int64_t width,
                             std::int64_t height, std::byte* to, std::ptrdiff_t to_stride);

  MirrorRow mirror_row[4];  ///< by the logarithm of the sample's size
  Transpose transpose[4];
};

SLUICE_KERNEL_TABLE(TurnKernels, turn_kernels)

}  // namespace sluice
