// engine/simd/shuffle.hpp in plain C++, for instruction sets without intrinsics here. Vectors are
// of 128 bits, so there is one lane.
#pragma once

namespace sluice {
namespace SLUICE_KERNEL_ISA {

static_assert(kVectorBytes == 16, "one lane of 128 bits");

namespace plain {
template <class T>
inline batch<T> interleave(const batch<T>& a, const batch<T>& b, int first) {
  T x[lanes<T>()], y[lanes<T>()], out[lanes<T>()];
  store(x, a);
  store(y, b);
  for (int i = 0; i < lanes<T>() / 2; ++i) {
    out[2 * i] = x[first + i];
    out[2 * i + 1] = y[first + i];
  }
  return load(out);
}
template <class To, class From>
inline batch<To> pack(const batch<From>& low, const batch<From>& high, int lowest, int highest) {
  From wide[2 * lanes<From>()];
  store(wide, low);
  store(wide + lanes<From>(), high);
  To out[lanes<To>()];
  for (int i = 0; i < lanes<To>(); ++i)
    out[i] = static_cast<To>(wide[i] < lowest ? lowest : wide[i] > highest ? highest : wide[i]);
  return load(out);
}
}  // namespace plain

inline batch<std::int32_t> madd(const batch<std::int16_t>& a, const batch<std::int16_t>& b) {
  std::int16_t x[lanes<std::int16_t>()], y[lanes<std::int16_t>()];
  store(x, a);
  store(y, b);
  std::int32_t out[lanes<std::int32_t>()];
  for (int i = 0; i < lanes<std::int32_t>(); ++i)
    out[i] = x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1];
  return load(out);
}
inline batch<std::int16_t> madd(const batch<std::uint8_t>& a, const batch<std::int8_t>& b) {
  std::uint8_t x[lanes<std::uint8_t>()];
  std::int8_t y[lanes<std::int8_t>()];
  store(x, a);
  store(y, b);
  std::int16_t out[lanes<std::int16_t>()];
  for (int i = 0; i < lanes<std::int16_t>(); ++i) {
    const int sum = x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1];
    out[i] = static_cast<std::int16_t>(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
  }
  return load(out);
}

template <class T>
inline batch<T> interleave_low(const batch<T>& a, const batch<T>& b) {
  return plain::interleave(a, b, 0);
}
template <class T>
inline batch<T> interleave_high(const batch<T>& a, const batch<T>& b) {
  return plain::interleave(a, b, lanes<T>() / 2);
}
inline batch<std::int16_t> pack_i16(const batch<std::int32_t>& low,
                                    const batch<std::int32_t>& high) {
  return plain::pack<std::int16_t>(low, high, -32768, 32767);
}
inline batch<std::uint16_t> pack_u16(const batch<std::int32_t>& low,
                                     const batch<std::int32_t>& high) {
  return plain::pack<std::uint16_t>(low, high, 0, 65535);
}
inline batch<std::int8_t> pack_i8(const batch<std::int16_t>& low, const batch<std::int16_t>& high) {
  return plain::pack<std::int8_t>(low, high, -128, 127);
}
inline batch<std::uint8_t> pack_u8(const batch<std::int16_t>& low,
                                   const batch<std::int16_t>& high) {
  return plain::pack<std::uint8_t>(low, high, 0, 255);
}
inline batch<std::uint8_t> lookup_16(const std::uint8_t* table, const batch<std::uint8_t>& index) {
  std::uint8_t v[lanes<std::uint8_t>()];
  store(v, index);
  for (std::uint8_t& i : v)
    i = i < 128 ? table[i & 15] : 0;
  return load(v);
}
inline batch<std::int8_t> subtract_clamped(const batch<std::int8_t>& a,
                                           const batch<std::int8_t>& b) {
  std::int8_t x[lanes<std::int8_t>()], y[lanes<std::int8_t>()];
  store(x, a);
  store(y, b);
  for (int i = 0; i < lanes<std::int8_t>(); ++i) {
    const int difference = x[i] - y[i];
    x[i] = static_cast<std::int8_t>(difference < -128 ? -128 : difference > 127 ? 127 : difference);
  }
  return load(x);
}

inline batch<std::uint8_t> alternate_u8(const batch<std::int16_t>& even,
                                        const batch<std::int16_t>& odd) {
  return interleave_low(pack_u8(even, even), pack_u8(odd, odd));
}
inline batch<std::int16_t> alternate_i16(const batch<std::int32_t>& even,
                                         const batch<std::int32_t>& odd) {
  return interleave_low(pack_i16(even, even), pack_i16(odd, odd));
}
template <class T>
inline batch<T> shift_right(const batch<T>& v, int count) {
  return v >> count;
}
inline void store_pair_sums(std::int32_t* p, const batch<std::int32_t>& v) {
  std::int32_t x[lanes<std::int32_t>()];
  store(x, v);
  for (int i = 0; i < lanes<std::int32_t>() / 2; ++i)
    p[i] = x[2 * i] + x[2 * i + 1];
}
template <class T>
inline void join_lanes(batch<T>&, batch<T>&) {}
inline batch<std::uint8_t> load_lanes(const void* const* p) {
  return load(static_cast<const std::uint8_t*>(p[0]));
}

template <class T>
constexpr int block_columns() {
  return 16 / static_cast<int>(sizeof(T));
}
template <class T>
constexpr int block_rows() {
  return lanes<T>();
}
template <class T>
inline void transpose_block(const T* from, std::ptrdiff_t from_stride, int rows, int columns, T* to,
                            std::ptrdiff_t to_stride) {
  for (int y = 0; y < rows; ++y) {
    const T* row =
        reinterpret_cast<const T*>(reinterpret_cast<const char*>(from) + y * from_stride);
    for (int x = 0; x < columns; ++x)
      reinterpret_cast<T*>(reinterpret_cast<char*>(to) + x * to_stride)[y] = row[x];
  }
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
