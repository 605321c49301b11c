// Kernels of filters that work axis by axis.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// How samples lie in memory for a filter. `fixed` is the i16 form of an 8-bit image between its
/// two passes: six bits behind the point; an i8 image is offset by 128, so that it runs as u8.
enum class FilterSample : std::uint8_t { u8, i8, fixed, u16, i16, u32, i32, f32, f64 };
inline constexpr int kFilterSamples = 9;

/// The taps of one output position: `count` >= 1 weights (i16, f32 or f64 as the kernel wants) for
/// input positions from `first` on, counted from where the input begins.
struct TapRow {
  std::int64_t first;
  const void* weights;
  int count;
};

/// Taps of a row of 8-bit output by gathering. Outputs come in blocks of vector_bytes, a block in
/// four groups of vector_bytes / 4 whose sums are one vector of i32. A group loads, for each pair
/// of taps, units of 8 samples (a whole vector with AVX-512) and shuffles them into pairs.
/// unit_outputs(vector_bytes) consecutive outputs share a unit, which must reach over them.
struct ColumnTaps {
  int pairs;                  ///< of taps per output; the missing ones have weight 0
  const std::int32_t* first;  ///< of each unit: sample that pair 0 is loaded from
  const std::uint8_t*
      shuffle;  ///< of each group: a vector of indices, of bytes (of i16 with AVX-512)
  const std::int16_t* weights;  ///< of each group and pair: a vector
};
constexpr int unit_outputs(int vector_bytes) {
  return vector_bytes == 64 ? 16 : 4;
}
constexpr int unit_samples(int vector_bytes) {
  return vector_bytes == 64 ? 32 : 8;
}
/// First output of unit `unit` of group `group` within its block, so that packing the four sums in
/// lanes puts the outputs in order (with AVX-512 a permutation follows).
constexpr int unit_output(int vector_bytes, int group, int unit) {
  return vector_bytes == 64 ? 16 * group : 16 * unit + 4 * group;
}

struct SeparableKernels {
  int vector_bytes;

  /// One output row of `width` samples: the sum of weight * row over `count` rows, `stride` bytes
  /// apart. By output sample; the input sample is the index. Null where there is no such kernel.
  using Rows = void (*)(const void* from, std::ptrdiff_t stride, const void* weights, int count,
                        void* to, std::int64_t width);
  Rows rows_to_final[kFilterSamples];   ///< to the input's own type (from `fixed`: none)
  Rows rows_to_middle[kFilterSamples];  ///< to what lies between passes: fixed, f32 or f64
  /// The same for weights that read the same from both ends, an odd number; u8 and i8 to fixed.
  Rows symmetric_rows_8[2];
  /// From what lies between passes to u8 and i8.
  Rows fixed_rows_to_8[2];

  /// Weights that are the same for every column: the sum over samples side by side, `count` from
  /// `from` on for the first output. From fixed (to u8), f32, f64; by output sample.
  using Adjacent = void (*)(const void* from, const void* weights, int count, void* to,
                            std::int64_t width);
  Adjacent adjacent[kFilterSamples];
  Adjacent adjacent_to_fixed;  ///< from fixed; another pass follows

  // A horizontal filter transposes a strip of rows into lines: one vector per column, a lane per
  // row. `rows` <= vector_bytes / size of the work type (i16, f32, f64).
  using ToLines = void (*)(const void* from, std::ptrdiff_t stride, int rows, std::int64_t columns,
                           void* lines);
  /// `lines` is written for round_up(columns, 8) columns.
  ToLines to_lines[kFilterSamples];
  using FromLines = void (*)(const void* lines, std::int64_t columns, int rows, void* to,
                             std::ptrdiff_t stride);
  FromLines from_lines[kFilterSamples];
  using Lines = void (*)(const void* lines, const TapRow* taps, std::int64_t columns, void* to);
  /// `_8` from 8-bit samples, `_fixed` from the form between passes; both to 8-bit samples as i16.
  Lines lines_8, lines_fixed, lines_f32, lines_f64;

  /// One row of u8 outputs from u8, or from the form between passes.
  using Columns = void (*)(const void* from, const ColumnTaps& taps, std::int64_t columns,
                           std::uint8_t* to);
  Columns columns_8, columns_fixed;
};
SLUICE_KERNEL_TABLE(SeparableKernels, separable_kernels)

}  // namespace sluice
