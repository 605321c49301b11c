#include "codecs/tiff/predictor.kernels.hpp"

#include "codecs/byte_shuffle.hpp"

namespace sluice::tiff {
namespace SLUICE_KERNEL_ISA {

using sluice::SLUICE_KERNEL_ISA::ShuffleControl;

// A running sum hangs on the sample before, so 16 bytes at a time are as wide as it pays to go.
#if defined(__x86_64__)
using V = __m128i;
static inline V load(const std::uint8_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const V*>(p));
}
static inline void store(std::uint8_t* p, V v) {
  _mm_storeu_si128(reinterpret_cast<V*>(p), v);
}
static inline V zero() {
  return _mm_setzero_si128();
}
static inline V pick(V v, V c) {
  return _mm_shuffle_epi8(v, c);
}
static inline V choose(V mask, V yes, V no) {
  return _mm_blendv_epi8(no, yes, mask);
}
/// Moves every byte N places up, zeros below.
template <int N>
static inline V up(V v) {
  return _mm_slli_si128(v, N);
}
template <class T>
static inline V add(V a, V b) {
  if constexpr (sizeof(T) == 1)
    return _mm_add_epi8(a, b);
  else if constexpr (sizeof(T) == 2)
    return _mm_add_epi16(a, b);
  else if constexpr (sizeof(T) == 4)
    return _mm_add_epi32(a, b);
  else
    return _mm_add_epi64(a, b);
}
template <class T>
static inline V subtract(V a, V b) {
  if constexpr (sizeof(T) == 1)
    return _mm_sub_epi8(a, b);
  else if constexpr (sizeof(T) == 2)
    return _mm_sub_epi16(a, b);
  else if constexpr (sizeof(T) == 4)
    return _mm_sub_epi32(a, b);
  else
    return _mm_sub_epi64(a, b);
}
#else
using V = uint8x16_t;
static inline V load(const std::uint8_t* p) {
  return vld1q_u8(p);
}
static inline void store(std::uint8_t* p, V v) {
  vst1q_u8(p, v);
}
static inline V zero() {
  return vdupq_n_u8(0);
}
static inline V pick(V v, V c) {
  return vqtbl1q_u8(v, c);
}
static inline V choose(V mask, V yes, V no) {
  return vbslq_u8(mask, yes, no);
}
template <int N>
static inline V up(V v) {
  return vextq_u8(vdupq_n_u8(0), v, 16 - N);
}
template <class T>
static inline V add(V a, V b) {
  if constexpr (sizeof(T) == 1)
    return vaddq_u8(a, b);
  else if constexpr (sizeof(T) == 2)
    return vreinterpretq_u8_u16(vaddq_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
  else if constexpr (sizeof(T) == 4)
    return vreinterpretq_u8_u32(vaddq_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
  else
    return vreinterpretq_u8_u64(vaddq_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b)));
}
template <class T>
static inline V subtract(V a, V b) {
  if constexpr (sizeof(T) == 1)
    return vsubq_u8(a, b);
  else if constexpr (sizeof(T) == 2)
    return vreinterpretq_u8_u16(vsubq_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
  else if constexpr (sizeof(T) == 4)
    return vreinterpretq_u8_u32(vsubq_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
  else
    return vreinterpretq_u8_u64(vsubq_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b)));
}
#endif

template <class T>
static inline T get(const std::uint8_t* p) {
  T v;
  __builtin_memcpy(&v, p, sizeof(T));
  return v;
}
template <class T>
static inline void put(std::uint8_t* p, T v) {
  __builtin_memcpy(p, &v, sizeof(T));
}

/// Running sums of one pixel (16 bytes or less) inside a vector: log2(pixels) shifted additions.
template <class T, int Pixel>
static inline V sums(V v) {
  if constexpr (Pixel < 16) v = add<T>(v, up<Pixel>(v));
  if constexpr (Pixel * 2 < 16) v = add<T>(v, up<Pixel * 2>(v));
  if constexpr (Pixel * 4 < 16) v = add<T>(v, up<Pixel * 4>(v));
  if constexpr (Pixel * 8 < 16) v = add<T>(v, up<Pixel * 8>(v));
  return v;
}

template <class T, int Channels>
static void undo(std::uint8_t* row, std::int64_t samples) {
  constexpr int pixel = static_cast<int>(sizeof(T)) * Channels;
  const std::int64_t bytes = samples * static_cast<std::int64_t>(sizeof(T));
  std::int64_t at = 0;
  if constexpr (pixel <= 16) {
    // Whole pixels of a vector, on top of the last pixel before them; bytes behind the whole
    // pixels are stored as they were.
    constexpr int whole = 16 / pixel * pixel;
    ShuffleControl spread{}, behind{};
    for (int i = 0; i < 16; ++i) {
      spread.at[i] = static_cast<std::uint8_t>(i < whole ? whole - pixel + i % pixel : 0x80);
      behind.at[i] = static_cast<std::uint8_t>(i < whole ? 0 : 0xFF);
    }
    const V last = load(spread.at), keep = load(behind.at);
    V carry = zero();
    bool more = bytes >= 16;
    V next = more ? load(row) : carry;
    while (more) {
      const V in = next;
      std::uint8_t* const to = row + at;
      at += whole;
      // Loaded before the store it overlaps, which it would have to wait for.
      more = at + 16 <= bytes;
      if (more) next = load(row + at);
      const V v = add<T>(sums<T, pixel>(in), carry);
      carry = pick(v, last);
      store(to, whole < 16 ? choose(keep, in, v) : v);
    }
  }
  if (at < pixel) at = pixel;
  for (; at < bytes; at += static_cast<std::int64_t>(sizeof(T)))
    put<T>(row + at, static_cast<T>(get<T>(row + at) + get<T>(row + at - pixel)));
}

template <class T>
static void apply(std::uint8_t* row, std::int64_t samples, std::int64_t channels) {
  const std::int64_t pixel = static_cast<std::int64_t>(sizeof(T)) * channels;
  // From the row's end, so that what is subtracted has not been changed yet.
  std::int64_t at = samples * static_cast<std::int64_t>(sizeof(T));
  while (at - 16 >= pixel) {
    at -= 16;
    store(row + at, subtract<T>(load(row + at), load(row + at - pixel)));
  }
  while (at > pixel) {
    at -= static_cast<std::int64_t>(sizeof(T));
    put<T>(row + at, static_cast<T>(get<T>(row + at) - get<T>(row + at - pixel)));
  }
}

extern const PredictorKernels predictor_kernels;
const PredictorKernels predictor_kernels = {
    {{&undo<std::uint8_t, 1>, &undo<std::uint8_t, 2>, &undo<std::uint8_t, 3>,
      &undo<std::uint8_t, 4>},
     {&undo<std::uint16_t, 1>, &undo<std::uint16_t, 2>, &undo<std::uint16_t, 3>,
      &undo<std::uint16_t, 4>},
     {&undo<std::uint32_t, 1>, &undo<std::uint32_t, 2>, &undo<std::uint32_t, 3>,
      &undo<std::uint32_t, 4>},
     {&undo<std::uint64_t, 1>, &undo<std::uint64_t, 2>, &undo<std::uint64_t, 3>,
      &undo<std::uint64_t, 4>}},
    {&apply<std::uint8_t>, &apply<std::uint16_t>, &apply<std::uint32_t>, &apply<std::uint64_t>},
};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice::tiff
