// Kernels of sums over cells.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// Functions of whole vectors: outputs of `Columns` have room for 64 bytes more.
struct CellKernels {
  /// to[x] = sum of `rows` samples at column x, rows `stride` bytes apart.
  using Columns = void (*)(const void* from, std::ptrdiff_t stride, int rows, void* to,
                           std::int64_t width);
  Columns columns_i16[2];  ///< u8, i8; at most 128 rows
  Columns columns_i32[2];  ///< u16, i16; at most 32768 rows
  Columns columns_f64[4];  ///< u32, i32, f32, f64; from top to bottom
  Columns columns_i64[3];  ///< u32, i32, i64
  Columns lower_i64;       ///< of the lower 32 bits of u64 and i64
  Columns upper_i64[2];    ///< of the upper 32 bits of u64, of i64

  /// to[i] = sum of the columns begins[i] to begins[i + 1] - 1; begins[0] is 0. `room` for as many
  /// sums as there are columns, and one more.
  using Runs = void (*)(const void* columns, const std::int32_t* begins, std::int64_t count,
                        void* room, void* to);
  Runs runs_i16;  ///< to i32
  Runs runs_i32;
  Runs runs_i64;
  Runs runs_f64;  ///< from left to right
};
SLUICE_KERNEL_TABLE(CellKernels, cell_kernels)

}  // namespace sluice
