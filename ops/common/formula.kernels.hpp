// Kernels of formulas: one operation of a formula over a block of a row.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"
#include "ops/common/formula_op.hpp"

namespace sluice {

/// An argument: sample i is at data[i * step]; step 0 for a value that is the same along the row,
/// repeated over 64 bytes.
template <class T>
struct FormulaArgument {
  const T* data;
  std::int64_t step;
};

/// Kernels of one arithmetic. They compute n samples in whole vectors: up to 64 bytes behind the
/// nth are read and overwritten. `out` may be an argument's memory.
template <class T>
struct FormulaKernels {
  using Compute = void (*)(const FormulaArgument<T>* arguments, T* out, std::int64_t n);
  /// By Op; null for leaves. f32 functions from exp to atan, power and atan2 are computed in f64.
  Compute compute[formula::kOps];
  /// first, first + 1, ...
  void (*column)(double first, T* out, std::int64_t n);
  /// By SampleType; null for u64 and i64.
  void (*load[10])(const void* in, T* out, std::int64_t n);
  /// Rounded to nearest, ties to even, and clamped; NaN as 0, in a floating type as the quiet NaN.
  void (*store[10])(FormulaArgument<T> in, void* out, std::int64_t n);
};

struct FormulaKernelTable {
  FormulaKernels<float> f32;
  FormulaKernels<double> f64;
};
SLUICE_KERNEL_TABLE(FormulaKernelTable, formula_kernels)

}  // namespace sluice
