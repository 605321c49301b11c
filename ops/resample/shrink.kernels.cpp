#include "ops/resample/shrink.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class T>
const T* row(const void* from, std::ptrdiff_t stride, int y) {
  return reinterpret_cast<const T*>(static_cast<const char*>(from) + y * stride);
}

template <class T>
void columns(const void* from, std::ptrdiff_t stride, int rows, i32* to, std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<i32>()) {
    auto sum = broadcast<i32>(0);
    for (int y = 0; y < rows; ++y)
      sum += load_as<i32>(row<T>(from, stride, y) + x);
    store(to + x, sum);
  }
}

/// 8 bits: up to 128 rows add up in i16.
template <class T>
void pairs_8(const void* from, std::ptrdiff_t stride, int rows, i32* to, std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<i32>()) {
    auto sum = broadcast<i32>(0);
    for (int y = 0; y < rows;) {
      auto part = broadcast<i16>(0);
      for (const int end = smaller(rows, y + 128); y < end; ++y)
        part += load_as<i16>(row<T>(from, stride, y) + 2 * x);
      sum += madd(part, broadcast<i16>(1));
    }
    store(to + x, sum);
  }
}

template <class T>
void pairs_16(const void* from, std::ptrdiff_t stride, int rows, i32* to, std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<i32>() / 2) {
    auto sum = broadcast<i32>(0);
    for (int y = 0; y < rows; ++y)
      sum += load_as<i32>(row<T>(from, stride, y) + 2 * x);
    store_pair_sums(to + x, sum);
  }
}

void halve(const i32* from, i32* to, std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<i32>() / 2)
    store_pair_sums(to + x, load(from + 2 * x));
}

/// A correctly rounded quotient never crosses or leaves the middle between two integers, as long as
/// the mantissa has twice the bits of n and those of the result.
template <class W, class T>
void divide(const i32* sums, double n, void* to, std::int64_t width) {
  const auto by = broadcast(static_cast<W>(n));
  for (std::int64_t x = 0; x < width; x += lanes<W>())
    store_as(static_cast<T*>(to) + x, load_as<W>(sums + x) / by);
}

template <class T>
void columns_f64(const void* from, std::ptrdiff_t stride, int rows, double* to,
                 std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<double>()) {
    auto sum = load_as<double>(row<T>(from, stride, 0) + x);
    for (int y = 1; y < rows; ++y)
      sum += load_as<double>(row<T>(from, stride, y) + x);
    store(to + x, sum);
  }
}

}  // namespace

extern const ShrinkKernels shrink_kernels;
const ShrinkKernels shrink_kernels = {
    {&columns<std::uint8_t>, &columns<std::int8_t>, &columns<std::uint16_t>, &columns<i16>},
    {&pairs_8<std::uint8_t>, &pairs_8<std::int8_t>, &pairs_16<std::uint16_t>, &pairs_16<i16>},
    &halve,
    {&divide<float, std::uint8_t>, &divide<float, std::int8_t>, nullptr, nullptr},
    {&divide<double, std::uint8_t>, &divide<double, std::int8_t>, &divide<double, std::uint16_t>,
     &divide<double, i16>},
    {nullptr, nullptr, nullptr, nullptr, &columns_f64<std::uint32_t>, &columns_f64<i32>, nullptr,
     nullptr, &columns_f64<float>, &columns_f64<double>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
