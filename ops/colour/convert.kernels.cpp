#include "ops/colour/convert.kernels.hpp"

#include "engine/simd/kernel.hpp"
#include "engine/simd/math_lanes.hpp"
#include "ops/common/srgb.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

/// Of what is rounded to f32 in the end.
template <class T>
inline constexpr auto kAccuracy = sizeof(T) == 4 ? math::Accuracy::single : math::Accuracy::full;

template <class S>
void decode(const void* in, void* out, std::int64_t n, double full) {
  using T = Arithmetic<S>;
  const S* from = static_cast<const S*>(in);
  T* to = static_cast<T*>(out);
  const batch<f64> by(full);
  for (std::int64_t i = 0; i < n; i += lanes<f64>())
    store_as(to + i, canonical(srgb::decoded<kAccuracy<T>>(load_as<f64>(from + i) / by)));
}

template <class S>
void encode(const void* in, void* out, std::int64_t n, double full) {
  using T = Arithmetic<S>;
  const S* from = static_cast<const S*>(in);
  S* to = static_cast<S*>(out);
  const batch<f64> by(full);
  for (std::int64_t i = 0; i < n; i += lanes<f64>())
    store_as(to + i, canonical(srgb::encoded<kAccuracy<T>>(load_as<f64>(from + i) / by) * by));
}

}  // namespace

extern const ConvertKernels convert_kernels;
const ConvertKernels convert_kernels = {{&decode<u8>, nullptr, &decode<u16>, nullptr, &decode<u32>,
                                         nullptr, nullptr, nullptr, &decode<f32>, &decode<f64>},
                                        {&encode<u8>, nullptr, &encode<u16>, nullptr, &encode<u32>,
                                         nullptr, nullptr, nullptr, &encode<f32>, &encode<f64>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
