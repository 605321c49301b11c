// For kernel sources only: byte shuffles inside 16-byte lanes, which xsimd 8.1 does not offer, one
// vector type for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
// GCC 12 takes the undefined operands inside its own AVX-512 header for a mistake of the caller.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <arm_neon.h>
#endif

namespace sluice {
namespace SLUICE_KERNEL_ISA {

/// A control for shuffle(): byte i of a lane becomes its byte at[i], or 0 where at[i] has bit 7.
struct ShuffleControl {
  std::uint8_t at[16];
};

#if defined(SLUICE_KERNEL_ISA_avx512)
using Lanes = __m512i;
inline constexpr int kLanes = 4;
/// Lane k comes from p + k * step.
static inline Lanes load_lanes(const std::uint8_t* p, std::int64_t step) {
  const __m128i* const at = reinterpret_cast<const __m128i*>(p);
  if (step == 16) return _mm512_loadu_si512(at);
  __m512i v = _mm512_castsi128_si512(_mm_loadu_si128(at));
  v = _mm512_inserti32x4(v, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + step)), 1);
  v = _mm512_inserti32x4(v, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 2 * step)), 2);
  return _mm512_inserti32x4(v, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 3 * step)), 3);
}
static inline void store_lanes(std::uint8_t* p, std::int64_t step, Lanes v) {
  if (step == 16) {
    _mm512_storeu_si512(p, v);
    return;
  }
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_castsi512_si128(v));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + step), _mm512_extracti32x4_epi32(v, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 2 * step), _mm512_extracti32x4_epi32(v, 2));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 3 * step), _mm512_extracti32x4_epi32(v, 3));
}
static inline Lanes control(const ShuffleControl& c) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(c.at)));
}
static inline Lanes shuffle(Lanes v, Lanes c) {
  return _mm512_shuffle_epi8(v, c);
}
static inline Lanes either(Lanes a, Lanes b) {
  return _mm512_or_si512(a, b);
}

#elif defined(SLUICE_KERNEL_ISA_avx2)
using Lanes = __m256i;
inline constexpr int kLanes = 2;
static inline Lanes load_lanes(const std::uint8_t* p, std::int64_t step) {
  if (step == 16) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + step));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}
static inline void store_lanes(std::uint8_t* p, std::int64_t step, Lanes v) {
  if (step == 16) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
    return;
  }
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(v));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + step), _mm256_extracti128_si256(v, 1));
}
static inline Lanes control(const ShuffleControl& c) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(c.at)));
}
static inline Lanes shuffle(Lanes v, Lanes c) {
  return _mm256_shuffle_epi8(v, c);
}
static inline Lanes either(Lanes a, Lanes b) {
  return _mm256_or_si256(a, b);
}

#elif defined(SLUICE_KERNEL_ISA_sse4)
using Lanes = __m128i;
inline constexpr int kLanes = 1;
static inline Lanes load_lanes(const std::uint8_t* p, std::int64_t) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
static inline void store_lanes(std::uint8_t* p, std::int64_t, Lanes v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v);
}
static inline Lanes control(const ShuffleControl& c) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(c.at));
}
static inline Lanes shuffle(Lanes v, Lanes c) {
  return _mm_shuffle_epi8(v, c);
}
static inline Lanes either(Lanes a, Lanes b) {
  return _mm_or_si128(a, b);
}

#else  // NEON
using Lanes = uint8x16_t;
inline constexpr int kLanes = 1;
static inline Lanes load_lanes(const std::uint8_t* p, std::int64_t) {
  return vld1q_u8(p);
}
static inline void store_lanes(std::uint8_t* p, std::int64_t, Lanes v) {
  vst1q_u8(p, v);
}
static inline Lanes control(const ShuffleControl& c) {
  return vld1q_u8(c.at);
}
static inline Lanes shuffle(Lanes v, Lanes c) {
  return vqtbl1q_u8(v, c);
}
static inline Lanes either(Lanes a, Lanes b) {
  return vorrq_u8(a, b);
}
#endif

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
