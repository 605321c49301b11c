// Kernel of the nearest pixel.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

struct NearestKernels {
  /// to[x] = from[index[x]]; samples of 1, 2, 4, 8 bytes by the logarithm of their size.
  void (*pick[4])(const void* from, const std::int32_t* index, void* to, std::int64_t width);
};
SLUICE_KERNEL_TABLE(NearestKernels, nearest_kernels)

}  // namespace sluice
