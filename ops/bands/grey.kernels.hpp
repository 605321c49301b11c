// Kernels of grey: one row of three planes to one.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

struct GreyKernels {
  using Row = void (*)(const void* red, const void* green, const void* blue, void* out,
                       const double* weights, std::int64_t n);
  /// By SampleType, null for u64 and i64: (wr R + wg G) + wb B, in f32, for f64, u32, i32 in f64.
  Row weighted[10];
  /// The same in linear light for sRGB samples of u8, u16, f32, f64, of which `full` is white; null
  /// for other types. u8 and u16 read their decoded values from `table` (as many as the type has
  /// values).
  void (*luminance[10])(const void* red, const void* green, const void* blue, void* out,
                        const float* table, std::int64_t n, double full);
};
SLUICE_KERNEL_TABLE(GreyKernels, grey_kernels)

}  // namespace sluice
