#include "ops/resample/cell_sums.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class T>
const T* row(const void* from, std::ptrdiff_t stride, int y) {
  return reinterpret_cast<const T*>(static_cast<const char*>(from) + y * stride);
}

template <class In, class Sum, int vectors>
inline void sum_block(const In* from, std::ptrdiff_t stride, int rows, Sum* to) {
  batch<Sum> sum[vectors];
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i)
    sum[i] = load_as<Sum>(from + i * lanes<Sum>());
  for (int y = 1; y < rows; ++y) {
    from = row<In>(from, stride, 1);
#pragma GCC unroll 4
    for (int i = 0; i < vectors; ++i)
      sum[i] += load_as<Sum>(from + i * lanes<Sum>());
  }
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i)
    store(to + i * lanes<Sum>(), sum[i]);
}

template <class In, class Sum>
void columns(const void* from, std::ptrdiff_t stride, int rows, void* to, std::int64_t width) {
  const In* in = static_cast<const In*>(from);
  Sum* out = static_cast<Sum*>(to);
  std::int64_t x = 0;
  for (; x + 3 * lanes<Sum>() < width; x += 4 * lanes<Sum>())
    sum_block<In, Sum, 4>(in + x, stride, rows, out + x);
  for (; x < width; x += lanes<Sum>())
    sum_block<In, Sum, 1>(in + x, stride, rows, out + x);
}

/// One vector from 32- or 64-bit samples, by a conversion that C++ knows.
template <class In, class Convert>
inline batch<i64> load_i64(const In* p, Convert convert) {
  i64 wide[lanes<i64>()];
  for (int i = 0; i < lanes<i64>(); ++i)
    wide[i] = convert(p[i]);
  return load(wide);
}

template <class In, class Convert>
void columns_i64(const void* from, std::ptrdiff_t stride, int rows, void* to, std::int64_t width,
                 Convert convert) {
  for (std::int64_t x = 0; x < width; x += lanes<i64>()) {
    auto sum = broadcast<i64>(0);
    for (int y = 0; y < rows; ++y)
      sum += load_i64(row<In>(from, stride, y) + x, convert);
    store(static_cast<i64*>(to) + x, sum);
  }
}
template <class In>
void whole_i64(const void* from, std::ptrdiff_t stride, int rows, void* to, std::int64_t width) {
  columns_i64<In>(from, stride, rows, to, width, [](In v) { return static_cast<i64>(v); });
}
void lower_i64(const void* from, std::ptrdiff_t stride, int rows, void* to, std::int64_t width) {
  columns_i64<u64>(from, stride, rows, to, width,
                   [](u64 v) { return static_cast<i64>(v & 0xFFFFFFFF); });
}
template <class In>
void upper_i64(const void* from, std::ptrdiff_t stride, int rows, void* to, std::int64_t width) {
  columns_i64<In>(from, stride, rows, to, width, [](In v) { return static_cast<i64>(v >> 32); });
}

/// The sum up to a run's end less that up to its begin: no branch depends on how long a run is.
/// Unsigned, so that a sum up to some column may pass the type's range.
template <class In, class Sum>
void runs(const void* columns, const i32* begins, std::int64_t count, void* room, void* to) {
  const In* in = static_cast<const In*>(columns);
  Sum* up_to = static_cast<Sum*>(room);
  Sum sum = 0;
  const i32 width = begins[count];
  for (i32 x = 0; x < width; ++x) {
    up_to[x] = sum;
    sum += static_cast<Sum>(in[x]);
  }
  up_to[width] = sum;
  for (std::int64_t i = 0; i < count; ++i)
    static_cast<Sum*>(to)[i] = up_to[begins[i + 1]] - up_to[begins[i]];
}

void runs_f64(const void* columns, const i32* begins, std::int64_t count, void*, void* to) {
  const double* in = static_cast<const double*>(columns);
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = in[begins[i]];
    for (i32 x = begins[i] + 1; x < begins[i + 1]; ++x)
      sum += in[x];
    static_cast<double*>(to)[i] = sum;
  }
}

}  // namespace

extern const CellKernels cell_kernels;
const CellKernels cell_kernels = {{&columns<std::uint8_t, i16>, &columns<std::int8_t, i16>},
                                  {&columns<std::uint16_t, i32>, &columns<i16, i32>},
                                  {&columns<u32, double>, &columns<i32, double>,
                                   &columns<float, double>, &columns<double, double>},
                                  {&whole_i64<u32>, &whole_i64<i32>, &whole_i64<i64>},
                                  &lower_i64,
                                  {&upper_i64<u64>, &upper_i64<i64>},
                                  &runs<i16, u32>,
                                  &runs<i32, u32>,
                                  &runs<i64, u64>,
                                  &runs_f64};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
