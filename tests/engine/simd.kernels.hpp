// What tests/engine/simd_test.cpp calls of engine/simd/, once per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

struct SimdTestKernels {
  int vector_bytes;
  /// Loads lanes of To from `from` as To, stores them.
  void (*widen_u8_i16)(const std::uint8_t* from, std::int16_t* to);
  void (*widen_i8_i16)(const std::int8_t* from, std::int16_t* to);
  void (*widen_to_i32)(int type, const void* from, std::int32_t* to);
  void (*widen_to_f32)(int type, const void* from, float* to);
  void (*widen_to_f64)(int type, const void* from, double* to);
  /// Loads a vector of i16, i32, f32, f64 and stores it as `type` (a SampleType).
  void (*narrow_i16)(const std::int16_t* from, int type, void* to);
  void (*narrow_i32)(const std::int32_t* from, int type, void* to);
  void (*narrow_f32)(const float* from, int type, void* to);
  void (*narrow_f64)(const double* from, int type, void* to);

  void (*madd_i16)(const std::int16_t* a, const std::int16_t* b, std::int32_t* to);
  void (*madd_u8)(const std::uint8_t* a, const std::int8_t* b, std::int16_t* to);
  /// Interleaves two vectors of u8 with zeros to i16, packs them again.
  void (*interleave_pack)(const std::uint8_t* from, std::uint8_t* to);
  /// Widens a vector of u8 to two of i16 in order.
  void (*widen_in_order)(const std::uint8_t* from, std::int16_t* to);
  /// Transposes rows x columns samples of 1, 2, 4 or 8 bytes, block by block.
  void (*transpose)(int bytes, const void* from, std::ptrdiff_t from_stride, int rows, int columns,
                    void* to, std::ptrdiff_t to_stride);
  /// Lanes where a != b, where exactly one of a < 0 and b < 0 holds: as 0 or -1.
  void (*masks_f32)(const float* a, const float* b, std::int32_t* not_equal,
                    std::int32_t* one_below);
};
SLUICE_KERNEL_TABLE(SimdTestKernels, simd_test_kernels)

}  // namespace sluice
