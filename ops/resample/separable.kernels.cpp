#include "ops/resample/separable.kernels.hpp"

#include <type_traits>

#include "engine/simd/kernel.hpp"
#include "ops/resample/taps_bits.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class T>
const T* advance(const void* p, std::ptrdiff_t bytes) {
  return reinterpret_cast<const T*>(static_cast<const char*>(p) + bytes);
}

/// v / 2^bits, to nearest, ties to even.
template <int bits>
inline batch<i32> round_even(const batch<i32>& v) {
  const auto odd = (v >> bits) & broadcast<i32>(1);
  return (v + odd + broadcast<i32>((1 << (bits - 1)) - 1)) >> bits;
}

/// Two i16 weights as the pairs that madd wants; one, with 0 beside it.
inline batch<i16> weight_pair(const i16* w) {
  i32 both;
  __builtin_memcpy(&both, w, sizeof both);
  return cast_bits<i16>(broadcast(both));
}
inline batch<i16> last_weight(const i16* w) {
  return cast_bits<i16>(broadcast<i32>(static_cast<u16>(*w)));
}

// --- vertical, 8 bit -----------------------------------------------------------------------------

template <bool offset>
inline batch<u8> load_8(const u8* p) {
  const auto v = load(p);
  return offset ? v ^ broadcast<u8>(0x80) : v;
}

/// sum += weighted pairs, from the low and the high halves of lanes of interleaved rows.
inline void add_pairs(const batch<i16>& low_low, const batch<i16>& low_high,
                      const batch<i16>& high_low, const batch<i16>& high_high,
                      const batch<i16>& weights, batch<i32> (&sum)[4]) {
  sum[0] += madd(low_low, weights);
  sum[1] += madd(low_high, weights);
  sum[2] += madd(high_low, weights);
  sum[3] += madd(high_high, weights);
}
inline void add_rows(const batch<u8>& a, const batch<u8>& b, const batch<i16>& weights,
                     batch<i32> (&sum)[4]) {
  const auto zero = broadcast<u8>(0);
  const auto low = interleave_low(a, b), high = interleave_high(a, b);
  add_pairs(cast_bits<i16>(interleave_low(low, zero)), cast_bits<i16>(interleave_high(low, zero)),
            cast_bits<i16>(interleave_low(high, zero)), cast_bits<i16>(interleave_high(high, zero)),
            weights, sum);
}

/// Adds up one vector of 8-bit columns: four vectors of i32, in the order in which packing in lanes
/// restores the columns. All taps run in registers.
template <bool offset>
inline void sum_rows(const u8* from, std::ptrdiff_t stride, const i16* w, int count,
                     batch<i32> (&sum)[4]) {
  for (; count >= 2; count -= 2, w += 2, from += 2 * stride)
    add_rows(load_8<offset>(from), load_8<offset>(from + stride), weight_pair(w), sum);
  if (count == 1) add_rows(load_8<offset>(from), broadcast<u8>(0), last_weight(w), sum);
}

/// The same for symmetric weights and an odd count: mirrored rows are added first, and two such
/// sums weighted at a time.
template <bool offset>
inline void sum_mirrored_rows(const u8* from, std::ptrdiff_t stride, const i16* w, int count,
                              batch<i32> (&sum)[4]) {
  const auto ones = broadcast<i8>(1);
  const auto add = [&](const batch<u8>& a, const batch<u8>& b, const batch<u8>& c,
                       const batch<u8>& d, const batch<i16>& weights) {
    const auto ab_low = madd(interleave_low(a, b), ones);
    const auto ab_high = madd(interleave_high(a, b), ones);
    const auto cd_low = madd(interleave_low(c, d), ones);
    const auto cd_high = madd(interleave_high(c, d), ones);
    add_pairs(interleave_low(ab_low, cd_low), interleave_high(ab_low, cd_low),
              interleave_low(ab_high, cd_high), interleave_high(ab_high, cd_high), weights, sum);
  };
  const u8* mirror = from + (count - 1) * stride;
  int pairs = count / 2;  // of mirrored rows; the middle row remains
  for (; pairs >= 2; pairs -= 2, w += 2, from += 2 * stride, mirror -= 2 * stride)
    add(load_8<offset>(from), load_8<offset>(mirror), load_8<offset>(from + stride),
        load_8<offset>(mirror - stride), weight_pair(w));
  const auto zero = broadcast<u8>(0);
  if (pairs == 1)
    add(load_8<offset>(from), load_8<offset>(mirror), load_8<offset>(from + stride), zero,
        weight_pair(w));
  else
    add_rows(load_8<offset>(from), zero, last_weight(w), sum);
}

template <bool offset, bool symmetric>
void rows_8_to_fixed(const void* from, std::ptrdiff_t stride, const void* weights, int count,
                     void* to, std::int64_t width) {
  constexpr int shift = kWeightBits - kFixedBits;
  const auto half = broadcast<i32>(1 << (shift - 1));  // ties go up
  for (std::int64_t x = 0; x < width; x += lanes<u8>()) {
    batch<i32> sum[4] = {half, half, half, half};
    const u8* column = static_cast<const u8*>(from) + x;
    const i16* w = static_cast<const i16*>(weights);
    if constexpr (symmetric)
      sum_mirrored_rows<offset>(column, stride, w, count, sum);
    else
      sum_rows<offset>(column, stride, w, count, sum);
    auto first = pack_i16(sum[0] >> shift, sum[1] >> shift);
    auto second = pack_i16(sum[2] >> shift, sum[3] >> shift);
    join_lanes(first, second);
    i16* out = static_cast<i16*>(to) + x;
    store(out, first);
    // Storing both would pass the row's slack of one vector.
    if (x + lanes<i16>() < width) store(out + lanes<i16>(), second);
  }
}

template <bool offset>
void rows_8_to_8(const void* from, std::ptrdiff_t stride, const void* weights, int count, void* to,
                 std::int64_t width) {
  for (std::int64_t x = 0; x < width; x += lanes<u8>()) {
    const auto zero = broadcast<i32>(0);
    batch<i32> sum[4] = {zero, zero, zero, zero};
    sum_rows<offset>(static_cast<const u8*>(from) + x, stride, static_cast<const i16*>(weights),
                     count, sum);
    const auto low = pack_i16(round_even<kWeightBits>(sum[0]), round_even<kWeightBits>(sum[1]));
    const auto high = pack_i16(round_even<kWeightBits>(sum[2]), round_even<kWeightBits>(sum[3]));
    auto out = pack_u8(low, high);
    if constexpr (offset) out = out ^ broadcast<u8>(0x80);
    store(static_cast<u8*>(to) + x, out);
  }
}

template <bool offset>
void rows_fixed_to_8(const void* from, std::ptrdiff_t stride, const void* weights, int count,
                     void* to, std::int64_t width) {
  constexpr int bits = kWeightBits + kFixedBits;
  for (std::int64_t x = 0; x < width; x += lanes<i16>()) {
    const i16* column = static_cast<const i16*>(from) + x;
    const i16* w = static_cast<const i16*>(weights);
    auto low = broadcast<i32>(0), high = low;
    const auto add = [&](const batch<i16>& a, const batch<i16>& b, const batch<i16>& pair) {
      low += madd(interleave_low(a, b), pair);
      high += madd(interleave_high(a, b), pair);
    };
    int left = count;
    for (; left >= 2; left -= 2, w += 2, column = advance<i16>(column, 2 * stride))
      add(load(column), load(advance<i16>(column, stride)), weight_pair(w));
    if (left == 1) add(load(column), broadcast<i16>(0), last_weight(w));
    const auto v = pack_i16(round_even<bits>(low), round_even<bits>(high));
    if constexpr (offset)
      store_as(static_cast<i8*>(to) + x, v - broadcast<i16>(128));
    else
      store_as(static_cast<u8*>(to) + x, v);
  }
}

// --- vertical, through f32 or f64
// ------------------------------------------------------------------

template <class In, class W, class Out, int vectors>
inline void sum_block(const In* from, std::ptrdiff_t stride, const W* w, int count, Out* to) {
  batch<W> sum[vectors];
  const auto first = broadcast(w[0]);
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i)
    sum[i] = load_as<W>(from + i * lanes<W>()) * first;
  for (int k = 1; k < count; ++k) {
    from = advance<In>(from, stride);
    const auto weight = broadcast(w[k]);
#pragma GCC unroll 4
    for (int i = 0; i < vectors; ++i)
      sum[i] += load_as<W>(from + i * lanes<W>()) * weight;
  }
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i)
    store_as(to + i * lanes<W>(), sum[i]);
}

template <class In, class W, class Out>
void rows_float(const void* from, std::ptrdiff_t stride, const void* weights, int count, void* to,
                std::int64_t width) {
  const In* in = static_cast<const In*>(from);
  const W* w = static_cast<const W*>(weights);
  Out* out = static_cast<Out*>(to);
  std::int64_t x = 0;
  for (; x + 3 * lanes<W>() < width; x += 4 * lanes<W>())
    sum_block<In, W, Out, 4>(in + x, stride, w, count, out + x);
  for (; x < width; x += lanes<W>())
    sum_block<In, W, Out, 1>(in + x, stride, w, count, out + x);
}

// --- horizontal with the same weights everywhere
// ----------------------------------------------------

/// A multiply-add takes neighbours in pairs and leaves every other output: the even ones loaded at
/// the pixel, the odd ones one further.
template <int vectors, class Out>
inline void adjacent_block(const i16* from, const i16* w, int count, Out* to) {
  batch<i32> even[vectors], odd[vectors];
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v)
    even[v] = odd[v] = broadcast<i32>(0);
  const auto add = [&](const batch<i16>& weights) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      even[v] += madd(load(from + v * lanes<i16>()), weights);
      odd[v] += madd(load(from + v * lanes<i16>() + 1), weights);
    }
  };
  for (; count >= 2; count -= 2, w += 2, from += 2)
    add(weight_pair(w));
  if (count == 1) add(last_weight(w));
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    if constexpr (std::is_same_v<Out, i16>) {
      const auto half = broadcast<i32>(1 << (kWeightBits - 1));  // ties go up
      store(to + v * lanes<i16>(),
            alternate_i16((even[v] + half) >> kWeightBits, (odd[v] + half) >> kWeightBits));
    } else {
      constexpr int bits = kWeightBits + kFixedBits;
      store_as(to + v * lanes<i16>(),
               alternate_i16(round_even<bits>(even[v]), round_even<bits>(odd[v])));
    }
  }
}

template <class Out>
void adjacent_fixed(const void* from, const void* weights, int count, void* to,
                    std::int64_t width) {
  const i16* in = static_cast<const i16*>(from);
  const i16* w = static_cast<const i16*>(weights);
  Out* out = static_cast<Out*>(to);
  std::int64_t x = 0;
  for (; x + lanes<i16>() < width; x += 2 * lanes<i16>())
    adjacent_block<2>(in + x, w, count, out + x);
  for (; x < width; x += lanes<i16>())
    adjacent_block<1>(in + x, w, count, out + x);
}

template <class W, class Out>
void adjacent_float(const void* from, const void* weights, int count, void* to,
                    std::int64_t width) {
  rows_float<W, W, Out>(from, sizeof(W), weights, count, to, width);
}

// --- horizontal by transposition
// -------------------------------------------------------------------

/// Loads one vector of work samples; i8 offset by 128.
template <class In, class W>
inline batch<W> load_work(const In* p) {
  if constexpr (std::is_same_v<In, i8>)
    return load_as<W>(p) + broadcast<W>(128);
  else
    return load_as<W>(p);
}
template <class Out, class W>
inline void store_work(Out* p, const batch<W>& v) {
  if constexpr (std::is_same_v<Out, i8>)
    store_as(p, xsimd::ssub(v, broadcast<W>(128)));
  else
    store_as(p, v);
}

template <class In, class W>
void to_lines(const void* from, std::ptrdiff_t stride, int rows, std::int64_t columns,
              void* lines) {
  constexpr int n = lanes<W>();
  if constexpr (std::is_same_v<In, W>) {
    for (std::int64_t x = 0; x < columns; x += block_columns<W>())
      transpose_block(static_cast<const W*>(from) + x, stride, rows,
                      static_cast<int>(smaller<std::int64_t>(columns - x, block_columns<W>())),
                      static_cast<W*>(lines) + x * n, kVectorBytes);
    return;
  }
  W block[n][n];
  for (std::int64_t x = 0; x < columns; x += n) {
    const int width = static_cast<int>(smaller<std::int64_t>(columns - x, n));
    for (int y = 0; y < n; ++y)  // lanes without a row repeat the last one
      store(block[y], load_work<In, W>(advance<In>(from, smaller(y, rows - 1) * stride) + x));
    W* line = static_cast<W*>(lines) + x * n;
    for (int c = 0; c < width; c += block_columns<W>())
      transpose_block(&block[0][c], kVectorBytes, n, smaller(width - c, block_columns<W>()),
                      line + c * n, kVectorBytes);
  }
}

template <class W, class Out>
void from_lines(const void* lines, std::int64_t columns, int rows, void* to,
                std::ptrdiff_t stride) {
  constexpr int n = lanes<W>();
  W block[n][n];
  for (std::int64_t x = 0; x < columns; x += n) {
    const int width = static_cast<int>(smaller<std::int64_t>(columns - x, n));
    const W* line = static_cast<const W*>(lines) + x * n;
    if constexpr (std::is_same_v<Out, W>) {
      for (int y = 0; y < rows; y += block_columns<W>())
        transpose_block(line + y, kVectorBytes, width, smaller(rows - y, block_columns<W>()),
                        reinterpret_cast<W*>(static_cast<char*>(to) + y * stride) + x, stride);
      continue;
    }
    for (int y = 0; y < rows; y += block_columns<W>())
      transpose_block(line + y, kVectorBytes, width, block_columns<W>(), block[y], kVectorBytes);
    for (int y = 0; y < rows; ++y)
      store_work(reinterpret_cast<Out*>(static_cast<char*>(to) + y * stride) + x, load(block[y]));
  }
}

/// shift: the fractional bits of the sums.
template <int shift>
void lines_integer(const void* lines, const TapRow* taps, std::int64_t columns, void* to) {
  constexpr int n = lanes<i16>();
  for (std::int64_t x = 0; x < columns; ++x) {
    const TapRow& tap = taps[x];
    const i16* w = static_cast<const i16*>(tap.weights);
    const i16* line = static_cast<const i16*>(lines) + tap.first * n;
    auto low = broadcast<i32>(0), high = broadcast<i32>(0);
    int count = tap.count;
    for (; count >= 2; count -= 2, w += 2, line += 2 * n) {
      const auto a = load(line), b = load(line + n), weights = weight_pair(w);
      low += madd(interleave_low(a, b), weights);
      high += madd(interleave_high(a, b), weights);
    }
    if (count == 1) {
      const auto a = load(line), zero = broadcast<i16>(0), weights = last_weight(w);
      low += madd(interleave_low(a, zero), weights);
      high += madd(interleave_high(a, zero), weights);
    }
    store(static_cast<i16*>(to) + x * n, pack_i16(round_even<shift>(low), round_even<shift>(high)));
  }
}

template <class W>
void lines_float(const void* lines, const TapRow* taps, std::int64_t columns, void* to) {
  constexpr int n = lanes<W>();
  for (std::int64_t x = 0; x < columns; ++x) {
    const TapRow& tap = taps[x];
    const W* w = static_cast<const W*>(tap.weights);
    const W* line = static_cast<const W*>(lines) + tap.first * n;
    auto sum = load(line) * broadcast(w[0]);
    for (int k = 1; k < tap.count; ++k)
      sum += load(line + k * n) * broadcast(w[k]);
    store(static_cast<W*>(to) + x * n, sum);
  }
}

// --- horizontal by gathering ---------------------------------------------------------------------

/// A group's samples for one pair of taps: each unit from its own place, shuffled into pairs.
template <class In>
inline batch<i16> gather_pairs(const In* from, const i32* first, const u8* shuffle) {
#if defined(SLUICE_KERNEL_ISA_avx512)
  const batch<i16> samples = load_as<i16>(from + first[0]);
  return _mm512_permutexvar_epi16(load(reinterpret_cast<const i16*>(shuffle)), samples);
#elif defined(__x86_64__)
  const auto unit = [&](int i) -> __m128i {
    if constexpr (sizeof(In) == 1)
      return _mm_cvtepu8_epi16(x86::bytes8(from + first[i]));
    else
      return x86::bytes16(from + first[i]);
  };
#if defined(SLUICE_KERNEL_ISA_avx2)
  const __m256i samples = _mm256_inserti128_si256(_mm256_castsi128_si256(unit(0)), unit(1), 1);
  return _mm256_shuffle_epi8(samples, load(shuffle));
#else
  return _mm_shuffle_epi8(unit(0), load(shuffle));
#endif
#else
  i16 pairs[lanes<i16>()];
  for (int i = 0; i < lanes<i16>(); ++i)
    pairs[i] = from[first[0] + shuffle[2 * i] / 2];
  return load(pairs);
#endif
}

/// Four groups of sums to a vector of bytes in order.
inline batch<u8> join_groups(const batch<i32> (&sum)[4]) {
  const auto bytes = pack_u8(pack_i16(sum[0], sum[1]), pack_i16(sum[2], sum[3]));
#if defined(SLUICE_KERNEL_ISA_avx512)
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  return _mm512_permutexvar_epi32(order, bytes);
#else
  return bytes;
#endif
}

/// `known`: the pairs of taps where the compiler knows them, else 0.
template <class In, int shift, int known>
void gather_pairs_of_taps(const In* in, const ColumnTaps& taps, std::int64_t columns, u8* to) {
  constexpr int units = kVectorBytes / 4 / unit_outputs(kVectorBytes);
  const int pairs = known > 0 ? known : taps.pairs;
  const i32* first = taps.first;
  const u8* shuffle = taps.shuffle;
  const i16* weights = taps.weights;
  for (std::int64_t x = 0; x < columns; x += kVectorBytes) {
    batch<i32> sum[4];
#pragma GCC unroll 4
    for (int g = 0; g < 4; ++g) {
      sum[g] = madd(gather_pairs(in, first, shuffle), load(weights));
#pragma GCC unroll 4
      for (int k = 1; k < pairs; ++k)
        sum[g] += madd(gather_pairs(in + 2 * k, first, shuffle), load(weights + k * lanes<i16>()));
      sum[g] = round_even<shift>(sum[g]);
      weights += pairs * lanes<i16>();
      first += units;
      shuffle += kVectorBytes;
    }
    store(to + x, join_groups(sum));
  }
}

template <class In, int shift>
void gather_columns(const void* from, const ColumnTaps& taps, std::int64_t columns, u8* to) {
  const In* in = static_cast<const In*>(from);
  switch (taps.pairs) {
    case 1:
      return gather_pairs_of_taps<In, shift, 1>(in, taps, columns, to);
    case 2:
      return gather_pairs_of_taps<In, shift, 2>(in, taps, columns, to);
    case 3:
      return gather_pairs_of_taps<In, shift, 3>(in, taps, columns, to);
    case 4:
      return gather_pairs_of_taps<In, shift, 4>(in, taps, columns, to);
    default:
      return gather_pairs_of_taps<In, shift, 0>(in, taps, columns, to);
  }
}

}  // namespace

extern const SeparableKernels separable_kernels;
const SeparableKernels separable_kernels = {
    kVectorBytes,
    {&rows_8_to_8<false>, &rows_8_to_8<true>, nullptr, &rows_float<u16, float, u16>,
     &rows_float<i16, float, i16>, &rows_float<u32, double, u32>, &rows_float<i32, double, i32>,
     &rows_float<float, float, float>, &rows_float<double, double, double>},
    {&rows_8_to_fixed<false, false>, &rows_8_to_fixed<true, false>, nullptr,
     &rows_float<u16, float, float>, &rows_float<i16, float, float>,
     &rows_float<u32, double, double>, &rows_float<i32, double, double>,
     &rows_float<float, float, float>, &rows_float<double, double, double>},
    {&rows_8_to_fixed<false, true>, &rows_8_to_fixed<true, true>},
    {&rows_fixed_to_8<false>, &rows_fixed_to_8<true>},
    {&adjacent_fixed<u8>, nullptr, nullptr, &adjacent_float<float, u16>,
     &adjacent_float<float, i16>, &adjacent_float<double, u32>, &adjacent_float<double, i32>,
     &adjacent_float<float, float>, &adjacent_float<double, double>},
    &adjacent_fixed<i16>,
    {&to_lines<u8, i16>, &to_lines<i8, i16>, &to_lines<i16, i16>, &to_lines<u16, float>,
     &to_lines<i16, float>, &to_lines<u32, double>, &to_lines<i32, double>, &to_lines<float, float>,
     &to_lines<double, double>},
    {&from_lines<i16, u8>, &from_lines<i16, i8>, nullptr, &from_lines<float, u16>,
     &from_lines<float, i16>, &from_lines<double, u32>, &from_lines<double, i32>,
     &from_lines<float, float>, &from_lines<double, double>},
    &lines_integer<kWeightBits>,
    &lines_integer<kWeightBits + kFixedBits>,
    &lines_float<float>,
    &lines_float<double>,
    &gather_columns<u8, kWeightBits>,
    &gather_columns<i16, kWeightBits + kFixedBits>};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
