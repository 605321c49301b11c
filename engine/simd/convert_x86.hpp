// Widening loads and narrowing stores for SSE4.2, AVX2 and AVX-512. Included by
// engine/simd/convert.hpp.
#pragma once

// SLUICE_MM(op): the intrinsic on whole vectors; SLUICE_HALF_MM(op): on half of one (or on the
// lower half of an SSE register).
#if defined(SLUICE_KERNEL_ISA_avx512)
#define SLUICE_MM(op) _mm512_##op
#define SLUICE_HALF_MM(op) _mm256_##op
#elif defined(SLUICE_KERNEL_ISA_avx2)
#define SLUICE_MM(op) _mm256_##op
#define SLUICE_HALF_MM(op) _mm_##op
#else
#define SLUICE_MM(op) _mm_##op
#define SLUICE_HALF_MM(op) _mm_##op
#endif

namespace sluice {
namespace SLUICE_KERNEL_ISA {

namespace x86 {

inline __m128i bytes16(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}
inline __m128i bytes8(const void* p) {
  return _mm_loadl_epi64(static_cast<const __m128i*>(p));
}
inline __m128i bytes4(const void* p) {
  int v;
  __builtin_memcpy(&v, p, 4);
  return _mm_cvtsi32_si128(v);
}
inline __m128i bytes2(const void* p) {
  std::uint16_t v;
  __builtin_memcpy(&v, p, 2);
  return _mm_cvtsi32_si128(v);
}
inline void put16(void* p, __m128i v) {
  _mm_storeu_si128(static_cast<__m128i*>(p), v);
}
inline void put8(void* p, __m128i v) {
  _mm_storel_epi64(static_cast<__m128i*>(p), v);
}
/// u32 to i32 and back, shifted by 2^31.
inline __m128i flip_top_bits(__m128i v) {
  return _mm_xor_si128(v, _mm_set1_epi32(static_cast<int>(0x80000000u)));
}
inline void put4(void* p, __m128i v) {
  const int x = _mm_cvtsi128_si32(v);
  __builtin_memcpy(p, &x, 4);
}

#if defined(SLUICE_KERNEL_ISA_avx512)
inline __m256i half(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}
inline __m128i quarter(const void* p) {
  return bytes16(p);
}
inline __m128i eighth(const void* p) {
  return bytes8(p);
}
inline __m256i flip_top_bits(__m256i v) {
  return _mm256_xor_si256(v, _mm256_set1_epi32(static_cast<int>(0x80000000u)));
}
inline void put_half(void* p, __m256i v) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), v);
}
inline void put_half_ps(float* p, __m256 v) {
  _mm256_storeu_ps(p, v);
}

inline void narrow(std::uint8_t* p, const batch<std::int16_t>& v) {
  put_half(p, _mm512_cvtusepi16_epi8(_mm512_max_epi16(v, _mm512_setzero_si512())));
}
inline void narrow(std::int8_t* p, const batch<std::int16_t>& v) {
  put_half(p, _mm512_cvtsepi16_epi8(v));
}
inline void narrow(std::uint16_t* p, const batch<std::int32_t>& v) {
  put_half(p, _mm512_cvtusepi32_epi16(_mm512_max_epi32(v, _mm512_setzero_si512())));
}
inline void narrow(std::int16_t* p, const batch<std::int32_t>& v) {
  put_half(p, _mm512_cvtsepi32_epi16(v));
}
inline void narrow(std::uint8_t* p, const batch<std::int32_t>& v) {
  put16(p, _mm512_cvtusepi32_epi8(_mm512_max_epi32(v, _mm512_setzero_si512())));
}
inline void narrow(std::int8_t* p, const batch<std::int32_t>& v) {
  put16(p, _mm512_cvtsepi32_epi8(v));
}

inline __m512 nan_as_zero(__m512 v) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
}
inline __m512d nan_as_zero(__m512d v) {
  return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(v, v, _CMP_ORD_Q), v);
}
inline __m512d nearest(__m512d v) {
  return _mm512_roundscale_pd(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#else
#if defined(SLUICE_KERNEL_ISA_avx2)
inline __m128i half(const void* p) {
  return bytes16(p);
}
inline __m128i quarter(const void* p) {
  return bytes8(p);
}
inline __m128i eighth(const void* p) {
  return bytes4(p);
}
inline void put_half(void* p, __m128i v) {
  put16(p, v);
}
inline void put_quarter(void* p, __m128i v) {
  put8(p, v);
}
inline void put_half_ps(float* p, __m128 v) {
  _mm_storeu_ps(p, v);
}
inline __m128i low(__m256i v) {
  return _mm256_castsi256_si128(v);
}
inline __m128i high(__m256i v) {
  return _mm256_extracti128_si256(v, 1);
}

inline __m256 nan_as_zero(__m256 v) {
  return _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
}
inline __m256d nan_as_zero(__m256d v) {
  return _mm256_and_pd(v, _mm256_cmp_pd(v, v, _CMP_ORD_Q));
}
inline __m256d nearest(__m256d v) {
  return _mm256_round_pd(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#else
inline __m128i half(const void* p) {
  return bytes8(p);
}
inline __m128i quarter(const void* p) {
  return bytes4(p);
}
inline __m128i eighth(const void* p) {
  return bytes2(p);
}
inline void put_half(void* p, __m128i v) {
  put8(p, v);
}
inline void put_quarter(void* p, __m128i v) {
  put4(p, v);
}
inline void put_half_ps(float* p, __m128 v) {
  put8(p, _mm_castps_si128(v));
}
// A narrowing instruction takes two registers; SSE fills one half and ignores the other.
inline __m128i low(__m128i v) {
  return v;
}
inline __m128i high(__m128i v) {
  return v;
}

inline __m128 nan_as_zero(__m128 v) {
  return _mm_and_ps(v, _mm_cmpord_ps(v, v));
}
inline __m128d nan_as_zero(__m128d v) {
  return _mm_and_pd(v, _mm_cmpord_pd(v, v));
}
inline __m128d nearest(__m128d v) {
  return _mm_round_pd(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#endif

inline void narrow(std::uint8_t* p, const batch<std::int16_t>& v) {
  put_half(p, _mm_packus_epi16(low(v), high(v)));
}
inline void narrow(std::int8_t* p, const batch<std::int16_t>& v) {
  put_half(p, _mm_packs_epi16(low(v), high(v)));
}
inline void narrow(std::uint16_t* p, const batch<std::int32_t>& v) {
  put_half(p, _mm_packus_epi32(low(v), high(v)));
}
inline void narrow(std::int16_t* p, const batch<std::int32_t>& v) {
  put_half(p, _mm_packs_epi32(low(v), high(v)));
}
inline void narrow(std::uint8_t* p, const batch<std::int32_t>& v) {
  const __m128i x = _mm_packs_epi32(low(v), high(v));
  put_quarter(p, _mm_packus_epi16(x, x));
}
inline void narrow(std::int8_t* p, const batch<std::int32_t>& v) {
  const __m128i x = _mm_packs_epi32(low(v), high(v));
  put_quarter(p, _mm_packs_epi16(x, x));
}
#endif

/// Clamped to what an 8- or 16-bit type can take apart, so that the conversion to i32 is defined.
template <class To>
inline void narrow(To* p, const batch<float>& v) {
  const auto clamped = SLUICE_MM(min_ps)(
      SLUICE_MM(max_ps)(nan_as_zero(v), SLUICE_MM(set1_ps)(-65536.f)), SLUICE_MM(set1_ps)(65536.f));
  narrow(p, batch<std::int32_t>(SLUICE_MM(cvtps_epi32)(clamped)));
}

inline batch<double> clamp(const batch<double>& v, double low, double high) {
  return SLUICE_MM(min_pd)(SLUICE_MM(max_pd)(nan_as_zero(v), SLUICE_MM(set1_pd)(low)),
                           SLUICE_MM(set1_pd)(high));
}
inline void narrow(std::int32_t* p, const batch<double>& v) {
  put_half(p, SLUICE_MM(cvtpd_epi32)(clamp(v, -2147483648., 2147483647.)));
}
inline void narrow(std::uint32_t* p, const batch<double>& v) {
  // Rounded before the shift into i32's range, which would round a second time.
  const batch<double> whole(nearest(clamp(v, 0., 4294967295.)));
  const batch<double> shifted(SLUICE_MM(sub_pd)(whole, SLUICE_MM(set1_pd)(2147483648.)));
  put_half(p, flip_top_bits(SLUICE_MM(cvtpd_epi32)(shifted)));
}
inline void narrow(float* p, const batch<double>& v) {
  put_half_ps(p, SLUICE_MM(cvtpd_ps)(v));
}

/// f64 to the types without a direct way: rounded as a vector, converted one by one.
template <class To>
inline void narrow_singly(To* p, const batch<double>& v, double lowest, double highest) {
  double rounded[lanes<double>()];
  store(rounded, batch<double>(nearest(clamp(v, lowest, highest))));
  for (int i = 0; i < lanes<double>(); ++i)
    p[i] = static_cast<To>(rounded[i]);
}
inline void narrow(std::uint8_t* p, const batch<double>& v) {
  narrow_singly(p, v, 0., 255.);
}
inline void narrow(std::int8_t* p, const batch<double>& v) {
  narrow_singly(p, v, -128., 127.);
}
inline void narrow(std::uint16_t* p, const batch<double>& v) {
  narrow_singly(p, v, 0., 65535.);
}
inline void narrow(std::int16_t* p, const batch<double>& v) {
  narrow_singly(p, v, -32768., 32767.);
}
/// 2^63 and 2^64 - 1 are no doubles: what lies there is clamped to the largest value by hand.
inline void narrow(std::int64_t* p, const batch<double>& v) {
  double x[lanes<double>()];
  store(x, batch<double>(nearest(nan_as_zero(v))));
  for (int i = 0; i < lanes<double>(); ++i)
    p[i] = x[i] >= 9223372036854775808.    ? INT64_MAX
           : x[i] <= -9223372036854775808. ? INT64_MIN
                                           : static_cast<std::int64_t>(x[i]);
}
inline void narrow(std::uint64_t* p, const batch<double>& v) {
  double x[lanes<double>()];
  store(x, batch<double>(nearest(nan_as_zero(v))));
  for (int i = 0; i < lanes<double>(); ++i)
    p[i] = x[i] >= 18446744073709551616. ? UINT64_MAX
           : x[i] <= 0.                  ? 0
                                         : static_cast<std::uint64_t>(x[i]);
}

template <class T>
struct Tag {};

inline batch<std::int16_t> widen(const std::uint8_t* p, Tag<std::int16_t>) {
  return SLUICE_MM(cvtepu8_epi16)(half(p));
}
inline batch<std::int16_t> widen(const std::int8_t* p, Tag<std::int16_t>) {
  return SLUICE_MM(cvtepi8_epi16)(half(p));
}
inline batch<std::int32_t> widen(const std::uint8_t* p, Tag<std::int32_t>) {
  return SLUICE_MM(cvtepu8_epi32)(quarter(p));
}
inline batch<std::int32_t> widen(const std::int8_t* p, Tag<std::int32_t>) {
  return SLUICE_MM(cvtepi8_epi32)(quarter(p));
}
inline batch<std::int32_t> widen(const std::uint16_t* p, Tag<std::int32_t>) {
  return SLUICE_MM(cvtepu16_epi32)(half(p));
}
inline batch<std::int32_t> widen(const std::int16_t* p, Tag<std::int32_t>) {
  return SLUICE_MM(cvtepi16_epi32)(half(p));
}
inline batch<float> widen(const std::int32_t* p, Tag<float>) {
  return SLUICE_MM(cvtepi32_ps)(load(p));
}
inline batch<float> widen(const float* p, Tag<float>) {
  return load(p);
}
template <class From>
inline batch<float> widen(const From* p, Tag<float>) {
  return SLUICE_MM(cvtepi32_ps)(widen(p, Tag<std::int32_t>{}));
}
inline batch<double> widen(const std::uint8_t* p, Tag<double>) {
  return SLUICE_MM(cvtepi32_pd)(SLUICE_HALF_MM(cvtepu8_epi32)(eighth(p)));
}
inline batch<double> widen(const std::int8_t* p, Tag<double>) {
  return SLUICE_MM(cvtepi32_pd)(SLUICE_HALF_MM(cvtepi8_epi32)(eighth(p)));
}
inline batch<double> widen(const std::uint16_t* p, Tag<double>) {
  return SLUICE_MM(cvtepi32_pd)(SLUICE_HALF_MM(cvtepu16_epi32)(quarter(p)));
}
inline batch<double> widen(const std::int16_t* p, Tag<double>) {
  return SLUICE_MM(cvtepi32_pd)(SLUICE_HALF_MM(cvtepi16_epi32)(quarter(p)));
}
inline batch<double> widen(const std::int32_t* p, Tag<double>) {
  return SLUICE_MM(cvtepi32_pd)(half(p));
}
inline batch<double> widen(const std::uint32_t* p, Tag<double>) {
  const auto shifted = flip_top_bits(half(p));
  return SLUICE_MM(add_pd)(SLUICE_MM(cvtepi32_pd)(shifted), SLUICE_MM(set1_pd)(2147483648.));
}
inline batch<double> widen(const float* p, Tag<double>) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  return _mm512_cvtps_pd(_mm256_loadu_ps(p));
#elif defined(SLUICE_KERNEL_ISA_avx2)
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
#else
  return _mm_cvtps_pd(_mm_castsi128_ps(half(p)));
#endif
}
template <class From>
inline batch<double> widen_singly(const From* p) {
  double wide[lanes<double>()];
  for (int i = 0; i < lanes<double>(); ++i)
    wide[i] = static_cast<double>(p[i]);
  return load(wide);
}
inline batch<double> widen(const std::int64_t* p, Tag<double>) {
  return widen_singly(p);
}
inline batch<double> widen(const std::uint64_t* p, Tag<double>) {
  return widen_singly(p);
}

template <class T>
inline batch<T> widen(const T* p, Tag<T>) {
  return load(p);
}

/// f32 to 32-bit integers, whose limits f32 cannot hold: as f64.
template <class To>
inline void narrow_as_f64(To* p, const batch<float>& v) {
  float x[lanes<float>()];
  store(x, v);
  narrow(p, widen(x, Tag<double>{}));
  narrow(p + lanes<double>(), widen(x + lanes<double>(), Tag<double>{}));
}

}  // namespace x86

template <class To, class From>
inline batch<To> load_as(const From* p) {
  return x86::widen(p, x86::Tag<To>{});
}

template <class To, class From>
inline void store_as(To* p, const batch<From>& v) {
  x86::narrow(p, v);
}
inline void store_as(std::int32_t* p, const batch<float>& v) {
  x86::narrow_as_f64(p, v);
}
inline void store_as(std::uint32_t* p, const batch<float>& v) {
  x86::narrow_as_f64(p, v);
}
template <class T>
inline void store_as(T* p, const batch<T>& v) {
  store(p, v);
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
