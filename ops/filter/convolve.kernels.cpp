#include "ops/filter/convolve.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

using I8 = std::int8_t;
using U8 = std::uint8_t;
using I16 = std::int16_t;
using I32 = std::int32_t;

/// v / 2^shift to nearest even. What does not depend on v is computed once per row: the compiler
/// cannot know that storing a row of bytes leaves it as it is.
template <class T>
struct Shift {
  int shift;
  batch<T> one, almost_half;
  explicit Shift(int by)
      : shift(by),
        one(by > 0 ? 1 : 0),
        almost_half(static_cast<T>(by > 0 ? (1 << (by - 1)) - 1 : 0)) {}
  batch<T> operator()(const batch<T>& v) const {
    return shift_right(v + almost_half + (shift_right(v, shift) & one), shift);
  }
};

inline batch<I32> scaled(const batch<I32>& sum, const ConvolveFinish& finish) {
  const auto v = xsimd::batch_cast<float>(sum) / broadcast(finish.scale);
  // Within i32, which is far outside of the samples' range.
  return xsimd::nearbyint_as_int(
      xsimd::min(xsimd::max(v, broadcast(-65536.f)), broadcast(65536.f)));
}
/// Two sums at a time, in the lower and upper halves of 32 bits.
inline batch<I16> scaled(const batch<I16>& sum, const ConvolveFinish& finish) {
  const auto both = cast_bits<I32>(sum);
  return alternate_i16(scaled((both << 16) >> 16, finish), scaled(both >> 16, finish));
}

/// A multiply-add of bytes takes neighbours in pairs and leaves every other output: the even ones
/// loaded at the pixel, the odd ones one further. `taps` is the count where known, else 0.
template <int taps, class Finish>
void sum_bytes(const U8* from, const std::ptrdiff_t* offsets, const I16* pairs, int count,
               const Finish finish, I16 bias, U8* to, std::int64_t width) {
  const int n = taps > 0 ? taps : count;
  constexpr int kept = taps > 0 ? taps : 1;
  batch<I16> weights[kept];
  std::ptrdiff_t at[kept];
#pragma GCC unroll 16
  for (int i = 0; i < taps; ++i)
    weights[i] = broadcast(pairs[i]), at[i] = offsets[i];
  for (std::int64_t x = 0; x < width; x += lanes<U8>()) {
    auto even = broadcast(bias), odd = even;
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) {
      const U8* p = from + x + (taps > 0 ? at[i % kept] : offsets[i]);
      const auto w = cast_bits<I8>(taps > 0 ? weights[i % kept] : broadcast(pairs[i]));
      even += madd(load(p), w);
      odd += madd(load(p + 1), w);
    }
    store(to + x, alternate_u8(finish(even), finish(odd)));
  }
}

template <class Finish>
void any_bytes(const U8* from, const std::ptrdiff_t* offsets, const I16* pairs, int count,
               const Finish finish, I16 bias, U8* to, std::int64_t width) {
  if (count == 6) return sum_bytes<6>(from, offsets, pairs, count, finish, bias, to, width);
  if (count == 15) return sum_bytes<15>(from, offsets, pairs, count, finish, bias, to, width);
  sum_bytes<0>(from, offsets, pairs, count, finish, bias, to, width);
}
void bytes(const U8* from, const std::ptrdiff_t* offsets, const I16* pairs, int count,
           const ConvolveFinish& finish, U8* to, std::int64_t width) {
  const I16 bias = static_cast<I16>(finish.bias);
  if (finish.shift >= 0)
    return any_bytes(from, offsets, pairs, count, Shift<I16>(finish.shift), bias, to, width);
  const ConvolveFinish copy = finish;
  any_bytes(
      from, offsets, pairs, count, [copy](const batch<I16>& v) { return scaled(v, copy); }, bias,
      to, width);
}

template <class T, class Finish>
void sum_words(const T* from, const std::ptrdiff_t* offsets, const I32* pairs, int count,
               const Finish finish, I32 bias, T* to, std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<I16>()) {
    auto even = broadcast(bias), odd = even;
    for (int i = 0; i < count; ++i) {
      const T* p = from + x + offsets[i];
      const auto w = cast_bits<I16>(broadcast(pairs[i]));
      even += madd(load_as<I16>(p), w);
      odd += madd(load_as<I16>(p + 1), w);
    }
    store_as(to + x, alternate_i16(finish(even), finish(odd)));
  }
}

template <class T>
void words(const void* from, const std::ptrdiff_t* offsets, const I32* pairs, int count,
           const ConvolveFinish& finish, void* to, std::int64_t width) {
  const T* in = static_cast<const T*>(from);
  T* out = static_cast<T*>(to);
  if (finish.shift >= 0)
    return sum_words(in, offsets, pairs, count, Shift<I32>(finish.shift), finish.bias, out, width);
  const ConvolveFinish copy = finish;
  sum_words(
      in, offsets, pairs, count, [copy](const batch<I32>& v) { return scaled(v, copy); },
      finish.bias, out, width);
}

/// What is done with a sum; the weights end with its two numbers.
struct Multiply {
  template <class V>
  static V finish(const V& sum, const V& gain, const V& offset) {
    return sum * gain + offset;
  }
};
struct Divide {
  template <class V>
  static V finish(const V& sum, const V& scale, const V& bias) {
    return (sum + bias) / scale;
  }
};

template <class T, class W, class How, int vectors>
inline void float_block(const char* from, const std::ptrdiff_t* offsets, const W* weights,
                        int count, T* to) {
  batch<W> sum[vectors];
  const auto add = [&](int i, bool first) {
    const T* p = reinterpret_cast<const T*>(from + offsets[i]);
    const auto w = broadcast(weights[i]);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      const auto product = w * load_as<W>(p + v * lanes<W>());
      sum[v] = first ? product : sum[v] + product;
    }
  };
  add(0, true);
  for (int i = 1; i < count; ++i)
    add(i, false);
  const auto first = broadcast(weights[count]), second = broadcast(weights[count + 1]);
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v)
    store_as(to + v * lanes<W>(), How::finish(sum[v], first, second));
}

template <class T, class W, class How = Multiply>
void floats(const void* from, const std::ptrdiff_t* offsets, const void* weights, int count,
            void* to, std::int64_t width) {
  const W* w = static_cast<const W*>(weights);
  const auto at = [&](std::int64_t x) {
    return static_cast<const char*>(from) + x * static_cast<std::int64_t>(sizeof(T));
  };
  T* out = static_cast<T*>(to);
  std::int64_t x = 0;
  for (; x + 3 * lanes<W>() < width; x += 4 * lanes<W>())
    float_block<T, W, How, 4>(at(x), offsets, w, count, out + x);
  for (; x < width; x += lanes<W>())
    float_block<T, W, How, 1>(at(x), offsets, w, count, out + x);
}

void valid(const U8* from, const std::ptrdiff_t* offsets, int count, U8* to, std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<U8>()) {
    auto all = broadcast<U8>(255);
    for (int i = 0; i < count; ++i)
      all = all & load(from + x + offsets[i]);
    store(to + x, all);
  }
}

}  // namespace

extern const ConvolveKernels convolve_kernels;
const ConvolveKernels convolve_kernels = {
    &bytes,
    &words<U8>,
    &words<I8>,
    {&floats<U8, float>, &floats<I8, float>, &floats<std::uint16_t, float>, &floats<I16, float>,
     &floats<std::uint32_t, double>, &floats<I32, double>, nullptr, nullptr, &floats<float, float>,
     &floats<double, double>},
    &floats<U8, double, Divide>,
    &floats<I8, double, Divide>,
    &valid};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
