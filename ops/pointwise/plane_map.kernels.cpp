#include "ops/pointwise/plane_map.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

using u8 = std::uint8_t;
using i8 = std::int8_t;
using u16 = std::uint16_t;
using i16 = std::int16_t;
using u32 = std::uint32_t;
using i32 = std::int32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

/// The type of the arithmetic.
template <class T>
struct Small {
  static constexpr bool value = false;
};
template <>
struct Small<u8> {
  static constexpr bool value = true;
};
template <>
struct Small<i8> {
  static constexpr bool value = true;
};
template <>
struct Small<u16> {
  static constexpr bool value = true;
};
template <>
struct Small<i16> {
  static constexpr bool value = true;
};
template <>
struct Small<float> {
  static constexpr bool value = true;
};
template <bool kSmall>
struct Choose {
  using type = double;
};
template <>
struct Choose<true> {
  using type = float;
};
template <class In, class Out>
using Arithmetic = typename Choose<Small<In>::value && Small<Out>::value>::type;

template <class T>
struct IsFloat {
  static constexpr bool value = static_cast<T>(0.5) != static_cast<T>(0);
};

template <class In, class Out, bool kDivide>
void map_row(const PlaneMap& map, const void* in, void* out, std::int64_t n) {
  using T = Arithmetic<In, Out>;
  const In* from = static_cast<const In*>(in);
  Out* to = static_cast<Out*>(out);
  const batch<T> subtract(static_cast<T>(map.subtract)), factor(static_cast<T>(map.factor)),
      add(static_cast<T>(map.add)), low(static_cast<T>(map.low)), high(static_cast<T>(map.high)),
      nan(static_cast<T>(__builtin_nan("")));
  for (std::int64_t i = 0; i < n; i += lanes<T>()) {
    batch<T> v = load_as<T>(from + i) - subtract;
    if constexpr (kDivide) {
      v = v / factor + add;
    } else {
      v = v * factor + add;
    }
    v = xsimd::select(v < low, low, v);
    v = xsimd::select(v > high, high, v);
    if constexpr (IsFloat<Out>::value) v = xsimd::select(v == v, v, nan);
    store_as(to + i, v);
  }
}

#define SLUICE_TO_SMALL(In)                                                   \
  &map_row<In, u8, false>, &map_row<In, i8, false>, &map_row<In, u16, false>, \
      &map_row<In, i16, false>, &map_row<In, u32, false>, &map_row<In, i32, false>
#define SLUICE_FROM_INTEGER(In) \
  { SLUICE_TO_SMALL(In), nullptr, nullptr, &map_row<In, float, false>, &map_row<In, double, false> }
#define SLUICE_FROM_FLOAT(In)                                                \
  {                                                                          \
    SLUICE_TO_SMALL(In), &map_row<In, u64, false>, &map_row<In, i64, false>, \
        &map_row<In, float, false>, &map_row<In, double, false>              \
  }
#define SLUICE_DIVIDED(In)                                                  \
  {                                                                         \
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, \
        &map_row<In, float, true>, &map_row<In, double, true>               \
  }

}  // namespace

extern const PlaneMapKernels plane_map_kernels;
const PlaneMapKernels plane_map_kernels = {
    {SLUICE_FROM_INTEGER(u8),
     SLUICE_FROM_INTEGER(i8),
     SLUICE_FROM_INTEGER(u16),
     SLUICE_FROM_INTEGER(i16),
     SLUICE_FROM_INTEGER(u32),
     SLUICE_FROM_INTEGER(i32),
     {},
     {},
     SLUICE_FROM_FLOAT(float),
     SLUICE_FROM_FLOAT(double)},
    {SLUICE_DIVIDED(u8),
     SLUICE_DIVIDED(i8),
     SLUICE_DIVIDED(u16),
     SLUICE_DIVIDED(i16),
     SLUICE_DIVIDED(u32),
     SLUICE_DIVIDED(i32),
     {},
     {},
     {},
     {}},
};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
