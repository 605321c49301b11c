// Sample types in kernels: their names, the arithmetic done on them, NaN, and tables by type.
// Included by engine/simd/kernel.hpp.
#pragma once

/// Function pointers by SampleType to the instances of a kernel template whose last parameter is
/// the sample type: for all types, or null for u64 and i64.
#define SLUICE_ALL_TYPES(...)                                                                    \
  {                                                                                              \
    &__VA_ARGS__<u8>, &__VA_ARGS__<i8>, &__VA_ARGS__<u16>, &__VA_ARGS__<i16>, &__VA_ARGS__<u32>, \
        &__VA_ARGS__<i32>, &__VA_ARGS__<u64>, &__VA_ARGS__<i64>, &__VA_ARGS__<f32>,              \
        &__VA_ARGS__<f64>                                                                        \
  }
#define SLUICE_ARITHMETIC_TYPES(...)                                                             \
  {                                                                                              \
    &__VA_ARGS__<u8>, &__VA_ARGS__<i8>, &__VA_ARGS__<u16>, &__VA_ARGS__<i16>, &__VA_ARGS__<u32>, \
        &__VA_ARGS__<i32>, nullptr, nullptr, &__VA_ARGS__<f32>, &__VA_ARGS__<f64>                \
  }

namespace sluice {
namespace SLUICE_KERNEL_ISA {

using u8 = std::uint8_t;
using i8 = std::int8_t;
using u16 = std::uint16_t;
using i16 = std::int16_t;
using u32 = std::uint32_t;
using i32 = std::int32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;
using f32 = float;
using f64 = double;

template <class T>
inline constexpr bool kIsFloat = static_cast<T>(0.5) != static_cast<T>(0);

namespace arithmetic {
/// As needs_f64() of engine/sample_type.hpp; u64 and i64 too.
template <class T>
inline constexpr bool kInF64 = sizeof(T) == 8 || (sizeof(T) == 4 && !kIsFloat<T>);
template <bool>
struct Type {
  using type = f32;
};
template <>
struct Type<true> {
  using type = f64;
};
}  // namespace arithmetic

/// The type of the arithmetic on samples of these types: f32, or f64 where one of them needs it.
template <class... T>
using Arithmetic = typename arithmetic::Type<(arithmetic::kInF64<T> || ...)>::type;

template <class T>
inline batch<T> quiet_nan() {
  return batch<T>(static_cast<T>(__builtin_nan("")));
}

/// Every NaN as the quiet one without sign and payload, which differ between instruction sets.
template <class T>
inline batch<T> canonical(const batch<T>& v) {
  return xsimd::select(v == v, v, quiet_nan<T>());
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
