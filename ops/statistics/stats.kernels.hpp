// The kernels of stats for samples of 8 and 16 bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// Exact sums of a plane's valid samples. Of u16 samples, 32768 less than each: all are i16.
struct PlaneSums {
  std::int64_t count = 0;
  std::int64_t sum = 0;
  std::uint64_t squares = 0;
  std::int32_t minimum = 32767;
  std::int32_t maximum = -32768;
};

/// At most kPlaneSamples, so that the sums of their squares fit.
struct PlaneOfSamples {
  const std::byte* samples;
  std::int64_t stride;           ///< bytes from a row to the next
  const std::uint8_t* validity;  ///< 255 or 0 each, or null: all valid
  std::int64_t validity_stride;
  std::int64_t width, height;
  bool skip;            ///< leave out the samples equal to `nodata`
  std::int16_t nodata;  ///< as in PlaneSums: of u16, 32768 less
};
inline constexpr std::int64_t kPlaneSamples = std::int64_t{1} << 33;

struct StatsKernels {
  /// By sample type: u8, i8, u16, i16.
  void (*sums[4])(const PlaneOfSamples& plane, PlaneSums& sums);
};

SLUICE_KERNEL_TABLE(StatsKernels, stats_kernels)

}  // namespace sluice
