#include "ops/bands/grey.kernels.hpp"

#include "engine/simd/kernel.hpp"
#include "engine/simd/math_lanes.hpp"
#include "ops/bands/srgb.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

/// Arithmetic in T of samples S.
template <class T, class S>
void weighted(const void* red, const void* green, const void* blue, void* out,
              const double* weights, std::int64_t n) {
  const S *r = static_cast<const S*>(red), *g = static_cast<const S*>(green),
          *b = static_cast<const S*>(blue);
  S* to = static_cast<S*>(out);
  const batch<T> wr(static_cast<T>(weights[0])), wg(static_cast<T>(weights[1])),
      wb(static_cast<T>(weights[2])), nan(static_cast<T>(__builtin_nan("")));
  for (std::int64_t i = 0; i < n; i += lanes<T>()) {
    const batch<T> sum = (load_as<T>(r + i) * wr + load_as<T>(g + i) * wg) + load_as<T>(b + i) * wb;
    store_as(to + i, xsimd::select(sum == sum, sum, nan));
  }
}

inline batch<float> from_table(const std::uint8_t* p, const float* table) {
  float v[lanes<float>()];
  for (int i = 0; i < lanes<float>(); ++i)
    v[i] = table[p[i]];
  return load(v);
}
inline batch<float> from_table(const std::uint16_t* p, const float* table) {
  float v[lanes<float>()];
  for (int i = 0; i < lanes<float>(); ++i)
    v[i] = table[p[i]];
  return load(v);
}

/// The f32 sum of f32 lanes, encoded in f64, times `full`, stored as S.
template <class S>
inline void store_encoded(S* to, const batch<float>& sum, double full) {
  float linear[lanes<float>()];
  store(linear, sum);
  for (int i = 0; i < lanes<float>(); i += lanes<double>()) {
    const batch<double> v = srgb::encoded<math::Accuracy::single>(load_as<double>(linear + i));
    store_as(to + i, v * batch<double>(full));
  }
}

template <class S>
void luminance_of_integers(const void* red, const void* green, const void* blue, void* out,
                           const float* table, std::int64_t n) {
  const S *r = static_cast<const S*>(red), *g = static_cast<const S*>(green),
          *b = static_cast<const S*>(blue);
  S* to = static_cast<S*>(out);
  const batch<float> wr(static_cast<float>(srgb::kRed)), wg(static_cast<float>(srgb::kGreen)),
      wb(static_cast<float>(srgb::kBlue));
  constexpr double kFull = static_cast<double>(static_cast<S>(~S{0}));
  for (std::int64_t i = 0; i < n; i += lanes<float>())
    store_encoded(to + i,
                  (from_table(r + i, table) * wr + from_table(g + i, table) * wg) +
                      from_table(b + i, table) * wb,
                  kFull);
}

/// f32: decoded to f32 first, so that the sum is the one of the integer types.
inline batch<float> decoded_f32(const float* p) {
  float v[lanes<float>()];
  for (int i = 0; i < lanes<float>(); i += lanes<double>())
    store_as(v + i, srgb::decoded<math::Accuracy::single>(load_as<double>(p + i)));
  return load(v);
}
inline batch<double> canonical(const batch<double>& v) {
  return xsimd::select(v == v, v, batch<double>(__builtin_nan("")));
}

void luminance_f32(const void* red, const void* green, const void* blue, void* out, const float*,
                   std::int64_t n) {
  const float *r = static_cast<const float*>(red), *g = static_cast<const float*>(green),
              *b = static_cast<const float*>(blue);
  float* to = static_cast<float*>(out);
  const batch<float> wr(static_cast<float>(srgb::kRed)), wg(static_cast<float>(srgb::kGreen)),
      wb(static_cast<float>(srgb::kBlue));
  for (std::int64_t i = 0; i < n; i += lanes<float>()) {
    float linear[lanes<float>()];
    store(linear, (decoded_f32(r + i) * wr + decoded_f32(g + i) * wg) + decoded_f32(b + i) * wb);
    for (int k = 0; k < lanes<float>(); k += lanes<double>())
      store_as(to + i + k,
               canonical(srgb::encoded<math::Accuracy::single>(load_as<double>(linear + k))));
  }
}

void luminance_f64(const void* red, const void* green, const void* blue, void* out, const float*,
                   std::int64_t n) {
  constexpr auto kFull = math::Accuracy::full;
  const double *r = static_cast<const double*>(red), *g = static_cast<const double*>(green),
               *b = static_cast<const double*>(blue);
  double* to = static_cast<double*>(out);
  const batch<double> wr(srgb::kRed), wg(srgb::kGreen), wb(srgb::kBlue);
  for (std::int64_t i = 0; i < n; i += lanes<double>()) {
    const batch<double> sum =
        (srgb::decoded<kFull>(load(r + i)) * wr + srgb::decoded<kFull>(load(g + i)) * wg) +
        srgb::decoded<kFull>(load(b + i)) * wb;
    store(to + i, canonical(srgb::encoded<kFull>(sum)));
  }
}

}  // namespace

extern const GreyKernels grey_kernels;
const GreyKernels grey_kernels = {
    {&weighted<float, std::uint8_t>, &weighted<float, std::int8_t>, &weighted<float, std::uint16_t>,
     &weighted<float, std::int16_t>, &weighted<double, std::uint32_t>,
     &weighted<double, std::int32_t>, nullptr, nullptr, &weighted<float, float>,
     &weighted<double, double>},
    {&luminance_of_integers<std::uint8_t>, nullptr, &luminance_of_integers<std::uint16_t>, nullptr,
     nullptr, nullptr, nullptr, nullptr, &luminance_f32, &luminance_f64},
};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
