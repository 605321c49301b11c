// Kernels of linear, stretch and cast: one row of one plane through an affine map.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// result = clamp((v - subtract) * factor + add, low, high), or with / factor; every step rounded
/// to the arithmetic's type. NaN is not clamped. The defaults are the identity (the -0 keeps -0).
struct PlaneMap {
  double subtract = 0;
  double factor = 1;
  double add = -0.0;
  double low = -__builtin_inf();
  double high = __builtin_inf();
  bool divide = false;
};

struct PlaneMapKernels {
  using Row = void (*)(const PlaneMap& map, const void* in, void* out, std::int64_t n);
  /// [input type][result type] in SampleType's order. f64 arithmetic when one of them is f64, u32,
  /// i32, u64 or i64, else f32. Null from and to u64 and i64, but for floating types to them; of
  /// `divide` only integers to f32 and f64.
  Row multiply[10][10];
  Row divide[10][10];
};
SLUICE_KERNEL_TABLE(PlaneMapKernels, plane_map_kernels)

}  // namespace sluice
