// For kernel sources (*.kernels.cpp) alone: the instruction set they are being compiled for, and
// what xsimd 8.1 and 13 lack or name differently.
//
// Rules of a kernel source: it includes this header, cstdint, cstddef and headers of plain structs;
// no standard containers or algorithms, no xsimd overloads for scalars, nothing at namespace scope
// that runs code. Everything lies in namespace sluice::SLUICE_KERNEL_ISA, so that no function
// compiled with wide instructions can stand in for one of the same name elsewhere; a test checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

#ifndef SLUICE_KERNEL_ISA
#error "engine/simd/kernel.hpp is for sources compiled by sluice_add_kernels()"
#endif

namespace sluice {
namespace SLUICE_KERNEL_ISA {

#if defined(SLUICE_KERNEL_ISA_sse4)
using Arch = xsimd::sse4_2;
#elif defined(SLUICE_KERNEL_ISA_avx2)
// Not fma3<avx2>: kernels never fuse a multiplication with an addition, or the instruction sets
// would differ in their last bit.
using Arch = xsimd::avx2;
#elif defined(SLUICE_KERNEL_ISA_avx512)
using Arch = xsimd::avx512bw;
#elif defined(SLUICE_KERNEL_ISA_neon)
using Arch = xsimd::neon64;
#else
#error "SLUICE_KERNEL_ISA_<name> names no instruction set that this header knows"
#endif

template <class T>
using batch = xsimd::batch<T, Arch>;
template <class T>
using mask = xsimd::batch_bool<T, Arch>;

/// Samples of type T in a vector: 16, 32 or 64 bytes.
template <class T>
constexpr int lanes() {
  return static_cast<int>(batch<T>::size);
}
inline constexpr int kVectorBytes = static_cast<int>(sizeof(batch<std::uint8_t>));

/// Unaligned load and store of a whole vector.
template <class T>
inline batch<T> load(const T* p) {
  return batch<T>::load_unaligned(p);
}
template <class T>
inline void store(T* p, const batch<T>& v) {
  v.store_unaligned(p);
}
template <class T>
inline batch<T> broadcast(T v) {
  return batch<T>(v);
}

/// The same bits as another type (xsimd renamed bitwise_cast's parameter between 8.1 and 13).
template <class To, class From>
inline batch<To> cast_bits(const batch<From>& v) {
  using FromRegister = typename batch<From>::register_type;
  using ToRegister = typename batch<To>::register_type;
  return batch<To>(__builtin_bit_cast(ToRegister, static_cast<FromRegister>(v)));
}

/// A mask for samples of another type of the same size (bool_cast in 8.1, batch_bool_cast in 13).
template <class To, class From>
inline mask<To> cast_mask(const mask<From>& m) {
  static_assert(sizeof(To) == sizeof(From));
  using FromRegister = typename mask<From>::register_type;
  using ToRegister = typename mask<To>::register_type;
  return mask<To>(__builtin_bit_cast(ToRegister, static_cast<FromRegister>(m)));
}

/// True where a is not b or either is NaN (8.1's != of f32 on SSE is wrong).
template <class T>
inline mask<T> not_equal(const batch<T>& a, const batch<T>& b) {
  return ~(a == b);
}
/// a and not b (the order of xsimd's bitwise_andnot for integers changed between versions).
template <class T>
inline batch<T> and_not(const batch<T>& a, const batch<T>& b) {
  return a & ~b;
}
template <class T>
inline mask<T> mask_and_not(const mask<T>& a, const mask<T>& b) {
  return a & ~b;
}
/// Exclusive or of masks (xsimd computes an OR on AVX-512).
template <class T>
inline mask<T> mask_xor(const mask<T>& a, const mask<T>& b) {
  return (a & ~b) | (b & ~a);
}

template <class T>
inline T smaller(T a, T b) {
  return b < a ? b : a;
}
template <class T>
inline T larger(T a, T b) {
  return a < b ? b : a;
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice

#include "engine/simd/types.hpp"
// They build on the above.
#include "engine/simd/convert.hpp"
#include "engine/simd/shuffle.hpp"
