// Kernels of convert: sRGB's transfer function on a row of samples.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

struct ConvertKernels {
  /// By SampleType; null for signed integers and u64. `full` is the sample that stands for 1.
  /// decode: to f32, of u32 and f64 to f64, 0 to 1. encode: from linear samples to the same type.
  using Row = void (*)(const void* in, void* out, std::int64_t n, double full);
  Row decode[10], encode[10];
};
SLUICE_KERNEL_TABLE(ConvertKernels, convert_kernels)

}  // namespace sluice
