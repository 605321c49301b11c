// Kernels of box means.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// Functions of whole vectors: outputs have room for 64 bytes more.
struct ShrinkKernels {
  /// to[x] = sum of `rows` samples at column x; exact in i32 for at most 32768 rows. For u8, i8,
  /// u16, i16 by SampleType.
  using Columns = void (*)(const void* from, std::ptrdiff_t stride, int rows, std::int32_t* to,
                           std::int64_t width);
  Columns columns[4];
  /// The same of two columns at a time: to[i] = columns 2i and 2i + 1.
  Columns column_pairs[4];
  /// to[i] = from[2i] + from[2i + 1] for i < width; `to` may be `from`.
  void (*halve)(const std::int32_t* from, std::int32_t* to, std::int64_t width);
  /// Sums of at most 2^31 by n, rounded to nearest even. Sums below 2^24 where n <= 2^15; any.
  using Divide = void (*)(const std::int32_t* sums, double n, void* to, std::int64_t width);
  Divide divide_small[4], divide[4];
  /// Column sums in f64, from top to bottom, for u32, i32, f32, f64 by SampleType.
  void (*columns_f64[10])(const void* from, std::ptrdiff_t stride, int rows, double* to,
                          std::int64_t width);
};
SLUICE_KERNEL_TABLE(ShrinkKernels, shrink_kernels)

}  // namespace sluice
