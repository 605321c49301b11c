// Kernels of convolve.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// How an exact sum becomes a sample: (sum + bias) / 2^shift to nearest even, or, where shift < 0,
/// (sum + bias) / scale in f32, to nearest even.
struct ConvolveFinish {
  int shift;
  std::int32_t bias;
  float scale;
};

/// A row of output. Tap i reads at from + offsets[i] bytes for the first output sample. Integer
/// taps are pairs of weights for two samples side by side.
struct ConvolveKernels {
  /// u8; pairs of signed bytes whose sums, with bias and rounding, fit in i16.
  void (*bytes)(const std::uint8_t* from, const std::ptrdiff_t* offsets, const std::int16_t* pairs,
                int count, const ConvolveFinish& finish, std::uint8_t* to, std::int64_t width);
  /// u8 and i8; pairs of i16, sums in i32.
  using Words = void (*)(const void* from, const std::ptrdiff_t* offsets, const std::int32_t* pairs,
                         int count, const ConvolveFinish& finish, void* to, std::int64_t width);
  Words words_u8, words_i8;
  /// By SampleType, null for u64 and i64. `weights` end with gain and offset; all f32, or f64 for
  /// u32, i32, f64.
  using Floats = void (*)(const void* from, const std::ptrdiff_t* offsets, const void* weights,
                          int count, void* to, std::int64_t width);
  Floats floats[10];
  /// The same with `weights` of f64 that end with scale and bias: (sum + bias) / scale.
  Floats doubles_u8, doubles_i8;
  /// The and of validity under all taps.
  void (*valid)(const std::uint8_t* from, const std::ptrdiff_t* offsets, int count,
                std::uint8_t* to, std::int64_t width);
};
SLUICE_KERNEL_TABLE(ConvolveKernels, convolve_kernels)

}  // namespace sluice
