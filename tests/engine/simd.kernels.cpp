#include "engine/simd.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class From, class To>
void widen(const From* from, To* to) {
  store(to, load_as<To>(from));
}

template <class To>
void widen_as(int type, const void* from, To* to) {
  switch (type) {
    case 0:
      return widen(static_cast<const std::uint8_t*>(from), to);
    case 1:
      return widen(static_cast<const std::int8_t*>(from), to);
    case 2:
      return widen(static_cast<const std::uint16_t*>(from), to);
    case 3:
      return widen(static_cast<const std::int16_t*>(from), to);
    case 5:
      return widen(static_cast<const std::int32_t*>(from), to);
    default:
      break;
  }
  if constexpr (sizeof(To) == 8) {
    switch (type) {
      case 4:
        return widen(static_cast<const std::uint32_t*>(from), to);
      case 6:
        return widen(static_cast<const std::uint64_t*>(from), to);
      case 7:
        return widen(static_cast<const std::int64_t*>(from), to);
      case 8:
        return widen(static_cast<const float*>(from), to);
      default:
        return widen(static_cast<const double*>(from), to);
    }
  }
}

template <class From>
void narrow_as(const From* from, int type, void* to) {
  const auto v = load(from);
  switch (type) {
    case 0:
      return store_as(static_cast<std::uint8_t*>(to), v);
    case 1:
      return store_as(static_cast<std::int8_t*>(to), v);
    default:
      break;
  }
  if constexpr (sizeof(From) >= 4) {
    if (type == 2) return store_as(static_cast<std::uint16_t*>(to), v);
    if (type == 3) return store_as(static_cast<std::int16_t*>(to), v);
    if (type == 5) return store_as(static_cast<std::int32_t*>(to), v);
    if constexpr (!std::is_same_v<From, std::int32_t>) {
      if (type == 4) return store_as(static_cast<std::uint32_t*>(to), v);
      if (type == 8) return store_as(static_cast<float*>(to), v);
    }
    if constexpr (sizeof(From) == 8) {
      if (type == 6) return store_as(static_cast<std::uint64_t*>(to), v);
      if (type == 7) return store_as(static_cast<std::int64_t*>(to), v);
    }
  }
}

void madd_i16(const std::int16_t* a, const std::int16_t* b, std::int32_t* to) {
  store(to, madd(load(a), load(b)));
}
void madd_u8(const std::uint8_t* a, const std::int8_t* b, std::int16_t* to) {
  store(to, madd(load(a), load(b)));
}
void interleave_pack(const std::uint8_t* from, std::uint8_t* to) {
  const auto v = load(from), zero = broadcast<std::uint8_t>(0);
  store(to, pack_u8(cast_bits<std::int16_t>(interleave_low(v, zero)),
                    cast_bits<std::int16_t>(interleave_high(v, zero))));
}
void widen_in_order(const std::uint8_t* from, std::int16_t* to) {
  const auto v = load(from), zero = broadcast<std::uint8_t>(0);
  auto low = cast_bits<std::int16_t>(interleave_low(v, zero));
  auto high = cast_bits<std::int16_t>(interleave_high(v, zero));
  join_lanes(low, high);
  store(to, low);
  store(to + lanes<std::int16_t>(), high);
}

template <class T>
void transpose_blocks(const void* from, std::ptrdiff_t from_stride, int rows, int columns, void* to,
                      std::ptrdiff_t to_stride) {
  for (int y = 0; y < rows; y += block_rows<T>())
    for (int x = 0; x < columns; x += block_columns<T>())
      transpose_block(
          reinterpret_cast<const T*>(static_cast<const char*>(from) + y * from_stride) + x,
          from_stride, smaller(rows - y, block_rows<T>()), smaller(columns - x, block_columns<T>()),
          reinterpret_cast<T*>(static_cast<char*>(to) + x * to_stride) + y, to_stride);
}
void transpose(int bytes, const void* from, std::ptrdiff_t from_stride, int rows, int columns,
               void* to, std::ptrdiff_t to_stride) {
  switch (bytes) {
    case 1:
      return transpose_blocks<std::uint8_t>(from, from_stride, rows, columns, to, to_stride);
    case 2:
      return transpose_blocks<std::int16_t>(from, from_stride, rows, columns, to, to_stride);
    case 4:
      return transpose_blocks<float>(from, from_stride, rows, columns, to, to_stride);
    default:
      return transpose_blocks<double>(from, from_stride, rows, columns, to, to_stride);
  }
}
void masks_f32(const float* a, const float* b, std::int32_t* unequal, std::int32_t* one_below) {
  const auto x = load(a), y = load(b), zero = broadcast(0.f);
  const auto yes = broadcast<std::int32_t>(-1), no = broadcast<std::int32_t>(0);
  store(unequal, xsimd::select(cast_mask<std::int32_t>(not_equal(x, y)), yes, no));
  store(one_below, xsimd::select(cast_mask<std::int32_t>(mask_xor(x < zero, y < zero)), yes, no));
}

}  // namespace

extern const SimdTestKernels simd_test_kernels;
const SimdTestKernels simd_test_kernels = {kVectorBytes,
                                           &widen<std::uint8_t, std::int16_t>,
                                           &widen<std::int8_t, std::int16_t>,
                                           &widen_as<std::int32_t>,
                                           &widen_as<float>,
                                           &widen_as<double>,
                                           &narrow_as<std::int16_t>,
                                           &narrow_as<std::int32_t>,
                                           &narrow_as<float>,
                                           &narrow_as<double>,
                                           &madd_i16,
                                           &madd_u8,
                                           &interleave_pack,
                                           &widen_in_order,
                                           &transpose,
                                           &masks_f32};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
