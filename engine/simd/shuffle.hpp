// Multiply-add, interleaving, packing, transposition. Included by engine/simd/kernel.hpp.
//
// interleave_low/high and pack work within each 128-bit lane of a vector, as the instructions do: a
// pack undoes the interleaving that went before, so samples come out in order. join_lanes puts
// halves of lanes that were widened by interleaving in order for good.
#pragma once

#if !defined(__x86_64__)
#include "engine/simd/shuffle_plain.hpp"
#else
namespace sluice {
namespace SLUICE_KERNEL_ISA {

namespace x86 {
/// The same 128 bits in each lane.
inline auto every_lane(__m128i v) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  return _mm512_broadcast_i32x4(v);
#elif defined(SLUICE_KERNEL_ISA_avx2)
  return _mm256_broadcastsi128_si256(v);
#else
  return v;
#endif
}
}  // namespace x86

/// a[2i] * b[2i] + a[2i + 1] * b[2i + 1], exact but for four times -32768.
inline batch<std::int32_t> madd(const batch<std::int16_t>& a, const batch<std::int16_t>& b) {
  return SLUICE_MM(madd_epi16)(a, b);
}
/// The same of unsigned and signed bytes, saturated to i16.
inline batch<std::int16_t> madd(const batch<std::uint8_t>& a, const batch<std::int8_t>& b) {
  return SLUICE_MM(maddubs_epi16)(a, b);
}

#define SLUICE_INTERLEAVE(T, suffix)                                      \
  inline batch<T> interleave_low(const batch<T>& a, const batch<T>& b) {  \
    return SLUICE_MM(unpacklo_##suffix)(a, b);                            \
  }                                                                       \
  inline batch<T> interleave_high(const batch<T>& a, const batch<T>& b) { \
    return SLUICE_MM(unpackhi_##suffix)(a, b);                            \
  }
/// a0 b0 a1 b1 ... of the lower, or upper, half of each lane.
SLUICE_INTERLEAVE(std::uint8_t, epi8)
SLUICE_INTERLEAVE(std::int8_t, epi8)
SLUICE_INTERLEAVE(std::uint16_t, epi16)
SLUICE_INTERLEAVE(std::int16_t, epi16)
SLUICE_INTERLEAVE(std::uint32_t, epi32)
SLUICE_INTERLEAVE(std::int32_t, epi32)
SLUICE_INTERLEAVE(std::uint64_t, epi64)
SLUICE_INTERLEAVE(std::int64_t, epi64)
#undef SLUICE_INTERLEAVE

/// In each lane the samples of `low`, then those of `high`, clamped.
inline batch<std::int16_t> pack_i16(const batch<std::int32_t>& low,
                                    const batch<std::int32_t>& high) {
  return SLUICE_MM(packs_epi32)(low, high);
}
inline batch<std::uint16_t> pack_u16(const batch<std::int32_t>& low,
                                     const batch<std::int32_t>& high) {
  return SLUICE_MM(packus_epi32)(low, high);
}
inline batch<std::int8_t> pack_i8(const batch<std::int16_t>& low, const batch<std::int16_t>& high) {
  return SLUICE_MM(packs_epi16)(low, high);
}
inline batch<std::uint8_t> pack_u8(const batch<std::int16_t>& low,
                                   const batch<std::int16_t>& high) {
  return SLUICE_MM(packus_epi16)(low, high);
}

/// table[index % 16] for each index below 128; 0 for the others.
inline batch<std::uint8_t> lookup_16(const std::uint8_t* table, const batch<std::uint8_t>& index) {
  const __m128i entries = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
  return SLUICE_MM(shuffle_epi8)(x86::every_lane(entries), index);
}
/// a - b, clamped.
inline batch<std::int8_t> subtract_clamped(const batch<std::int8_t>& a,
                                           const batch<std::int8_t>& b) {
  return SLUICE_MM(subs_epi8)(a, b);
}

/// even[0] odd[0] even[1] odd[1] ..., clamped to u8 and to i16.
inline batch<std::uint8_t> alternate_u8(const batch<std::int16_t>& even,
                                        const batch<std::int16_t>& odd) {
  const auto packed = pack_u8(even, odd);
  const __m128i order = _mm_set_epi8(15, 7, 14, 6, 13, 5, 12, 4, 11, 3, 10, 2, 9, 1, 8, 0);
  return SLUICE_MM(shuffle_epi8)(packed, x86::every_lane(order));
}
inline batch<std::int16_t> alternate_i16(const batch<std::int32_t>& even,
                                         const batch<std::int32_t>& odd) {
  const auto packed = pack_i16(even, odd);
  const __m128i order = _mm_set_epi8(15, 14, 7, 6, 13, 12, 5, 4, 11, 10, 3, 2, 9, 8, 1, 0);
  return SLUICE_MM(shuffle_epi8)(packed, x86::every_lane(order));
}

/// v / 2^count rounded down, for a count that is not known to the compiler.
inline batch<std::int16_t> shift_right(const batch<std::int16_t>& v, int count) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  return _mm512_srav_epi16(v, _mm512_set1_epi16(static_cast<short>(count)));
#else
  return SLUICE_MM(sra_epi16)(v, _mm_cvtsi32_si128(count));
#endif
}
inline batch<std::int32_t> shift_right(const batch<std::int32_t>& v, int count) {
  return SLUICE_MM(sra_epi32)(v, _mm_cvtsi32_si128(count));
}

/// p[i] = v[2i] + v[2i + 1], half a vector.
inline void store_pair_sums(std::int32_t* p, const batch<std::int32_t>& v) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  const __m512i sums = _mm512_add_epi32(v, _mm512_srli_epi64(v, 32));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi64_epi32(sums));
#elif defined(SLUICE_KERNEL_ISA_avx2)
  const __m256i sums = _mm256_add_epi32(v, _mm256_srli_epi64(v, 32));
  const __m256i order = _mm256_set_epi32(7, 5, 3, 1, 6, 4, 2, 0);
  x86::put16(p, _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(sums, order)));
#else
  const __m128i sums = _mm_add_epi32(v, _mm_srli_epi64(v, 32));
  x86::put8(p, _mm_shuffle_epi32(sums, 0x08));
#endif
}

/// From (low half of each lane, high half of each lane) to (first half, second half) of the whole.
template <class T>
inline void join_lanes(batch<T>& first, batch<T>& second) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  const auto a = cast_bits<std::int64_t>(first), b = cast_bits<std::int64_t>(second);
  first = cast_bits<T>(batch<std::int64_t>(
      _mm512_permutex2var_epi64(a, _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0), b)));
  second = cast_bits<T>(batch<std::int64_t>(
      _mm512_permutex2var_epi64(a, _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4), b)));
#elif defined(SLUICE_KERNEL_ISA_avx2)
  const auto a = cast_bits<std::int64_t>(first), b = cast_bits<std::int64_t>(second);
  first = cast_bits<T>(batch<std::int64_t>(_mm256_permute2x128_si256(a, b, 0x20)));
  second = cast_bits<T>(batch<std::int64_t>(_mm256_permute2x128_si256(a, b, 0x31)));
#else
  (void)first, (void)second;
#endif
}

/// Lane g from 16 bytes at p[g].
inline batch<std::uint8_t> load_lanes(const void* const* p) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  __m512i v = _mm512_castsi128_si512(x86::bytes16(p[0]));
  v = _mm512_inserti32x4(v, x86::bytes16(p[1]), 1);
  v = _mm512_inserti32x4(v, x86::bytes16(p[2]), 2);
  return _mm512_inserti32x4(v, x86::bytes16(p[3]), 3);
#elif defined(SLUICE_KERNEL_ISA_avx2)
  return _mm256_inserti128_si256(_mm256_castsi128_si256(x86::bytes16(p[0])), x86::bytes16(p[1]), 1);
#else
  return x86::bytes16(p[0]);
#endif
}

namespace transposing {
template <int bytes>
struct Unsigned;
template <>
struct Unsigned<1> {
  using Type = std::uint8_t;
};
template <>
struct Unsigned<2> {
  using Type = std::uint16_t;
};
template <>
struct Unsigned<4> {
  using Type = std::uint32_t;
};
template <>
struct Unsigned<8> {
  using Type = std::uint64_t;
};

/// Transposes the square of 16 / sizeof(T) samples in each lane of r[0..n).
template <class T, int n>
inline void square(batch<T> (&r)[n]) {
#pragma GCC unroll 4
  for (int done = 1; done < n; done *= 2) {
    batch<T> next[n];
#pragma GCC unroll 8
    for (int i = 0; i < n / 2; ++i) {
      next[2 * i] = interleave_low(r[i], r[i + n / 2]);
      next[2 * i + 1] = interleave_high(r[i], r[i + n / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i)
      r[i] = next[i];
  }
}
}  // namespace transposing

/// Columns and rows of the blocks that transpose_block takes.
template <class T>
constexpr int block_columns() {
  return 16 / static_cast<int>(sizeof(T));
}
template <class T>
constexpr int block_rows() {
  return lanes<T>();
}

/// to[x][y] = from[y][x] for x < columns <= block_columns, y < rows <= block_rows; strides in
/// bytes. Reads 16 bytes of each row of `from`, and writes a whole vector to each row of `to`, but
/// touches no other rows: at a tile's edges both stay within the slack.
template <class T>
inline void transpose_block(const T* from, std::ptrdiff_t from_stride, int rows, int columns, T* to,
                            std::ptrdiff_t to_stride) {
  using U = typename transposing::Unsigned<sizeof(T)>::Type;
  constexpr int n = block_columns<T>(), groups = kVectorBytes / 16;
  const auto row = [&](int y) -> const void* {
    return reinterpret_cast<const char*>(from) + (y < rows ? y : rows - 1) * from_stride;
  };
  batch<U> r[n];
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) {
    const void* p[groups];
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g)
      p[g] = row(g * n + i);
    r[i] = cast_bits<U>(load_lanes(p));
  }
  transposing::square(r);
  char* line = reinterpret_cast<char*>(to);
  if (columns >= n) {
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i)
      store(reinterpret_cast<U*>(line + i * to_stride), r[i]);
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i)
      if (i < columns) store(reinterpret_cast<U*>(line + i * to_stride), r[i]);
  }
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
#endif
