// The kernels behind interleave.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

inline constexpr int kInterleaveChannels = 4;  ///< most channels the kernels know

struct InterleaveKernels {
  /// split[log2(sample size)][channels - 2]: one row of `width` pixels to planes `plane_stride`
  /// apart.
  using Split = void (*)(const std::uint8_t* pixels, std::uint8_t* plane, std::int64_t plane_stride,
                         std::int64_t width);
  using Join = void (*)(const std::uint8_t* plane, std::int64_t plane_stride, std::uint8_t* pixels,
                        std::int64_t width);
  Split split[4][kInterleaveChannels - 1];
  Join join[4][kInterleaveChannels - 1];
  void (*swap2)(std::uint8_t* data, std::int64_t samples);
  void (*swap4)(std::uint8_t* data, std::int64_t samples);
  void (*swap8)(std::uint8_t* data, std::int64_t samples);
};
SLUICE_KERNEL_TABLE(InterleaveKernels, interleave_kernels)

}  // namespace sluice
