// Kernels of the weighing of samples by alpha and validity.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

struct WeighingKernels {
  /// to = sample * alpha where valid, 0 elsewhere, in f32 (f64 for u32, i32, f64); alpha and
  /// validity may be null. By SampleType; null for u64 and i64.
  using Weigh = void (*)(const void* from, const void* alpha, const std::uint8_t* validity,
                         void* to, std::int64_t width);
  Weigh weigh[10];
  /// to = 1 where valid, 0 elsewhere; f32, f64.
  void (*coverage_f32)(const std::uint8_t* validity, float* to, std::int64_t width);
  void (*coverage_f64)(const std::uint8_t* validity, double* to, std::int64_t width);
  /// to = sample / weight where weight > 0, 0 elsewhere; the sample itself where `weight` is null.
  /// From f32 (to 8 and 16 bits and f32) and from f64 (to all but u64 and i64).
  using Unweigh = void (*)(const void* from, const void* weight, void* to, std::int64_t width);
  Unweigh unweigh_f32[10], unweigh_f64[10];
  /// to = 255 where coverage >= 1/2, 0 elsewhere.
  void (*valid_f32)(const float* coverage, std::uint8_t* to, std::int64_t width);
  void (*valid_f64)(const double* coverage, std::uint8_t* to, std::int64_t width);
};
SLUICE_KERNEL_TABLE(WeighingKernels, weighing_kernels)

}  // namespace sluice
