#include "ops/common/plane_map.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class In, bool kDivide>
struct From {
  template <class Out>
  static void row(const PlaneMap& map, const void* in, void* out, std::int64_t n) {
    using T = Arithmetic<In, Out>;
    const In* from = static_cast<const In*>(in);
    Out* to = static_cast<Out*>(out);
    const batch<T> subtract(static_cast<T>(map.subtract)), factor(static_cast<T>(map.factor)),
        add(static_cast<T>(map.add)), low(static_cast<T>(map.low)), high(static_cast<T>(map.high));
    for (std::int64_t i = 0; i < n; i += lanes<T>()) {
      batch<T> v = load_as<T>(from + i) - subtract;
      if constexpr (kDivide) {
        v = v / factor + add;
      } else {
        v = v * factor + add;
      }
      v = xsimd::select(v < low, low, v);
      v = xsimd::select(v > high, high, v);
      if constexpr (kIsFloat<Out>) v = canonical(v);
      store_as(to + i, v);
    }
  }
};

#define SLUICE_FROM_INTEGER(In) SLUICE_ARITHMETIC_TYPES(From<In, false>::template row)
#define SLUICE_FROM_FLOAT(In) SLUICE_ALL_TYPES(From<In, false>::template row)
#define SLUICE_DIVIDED(In)                                                     \
  {                                                                            \
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,    \
        &From<In, true>::template row<f32>, &From<In, true>::template row<f64> \
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
     SLUICE_FROM_FLOAT(f32),
     SLUICE_FROM_FLOAT(f64)},
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
