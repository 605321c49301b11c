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

/// Pixels that go through all steps together, in memory of the stack.
constexpr std::int64_t kBlock = 256;

/// The linear f32 value of each sample.
template <class S>
inline void decode(const S* from, float* to, std::int64_t n, const float* table) {
  for (std::int64_t i = 0; i < n; ++i)
    to[i] = table[from[i]];
}
inline void decode(const float* from, float* to, std::int64_t n, const float*) {
  for (std::int64_t i = 0; i < n; i += lanes<double>())
    store_as(to + i, srgb::decoded<math::Accuracy::single>(load_as<double>(from + i)));
}

/// u8, u16 (`full` their largest value) and f32.
template <class S>
void luminance(const void* red, const void* green, const void* blue, void* out, const float* table,
               std::int64_t n, float full) {
  // Kernels overrun by less than a vector.
  float r[kBlock + 16], g[kBlock + 16], b[kBlock + 16];
  const batch<float> wr(static_cast<float>(srgb::kRed)), wg(static_cast<float>(srgb::kGreen)),
      wb(static_cast<float>(srgb::kBlue)), nan(__builtin_nanf(""));
  for (std::int64_t x = 0; x < n; x += kBlock) {
    const std::int64_t m = smaller(kBlock, n - x);
    decode(static_cast<const S*>(red) + x, r, m, table);
    decode(static_cast<const S*>(green) + x, g, m, table);
    decode(static_cast<const S*>(blue) + x, b, m, table);
    for (std::int64_t i = 0; i < m; i += lanes<float>())
      store(r + i, (load(r + i) * wr + load(g + i) * wg) + load(b + i) * wb);
    for (std::int64_t i = 0; i < m; i += lanes<double>())
      store_as(r + i, srgb::encoded<math::Accuracy::single>(load_as<double>(r + i)));
    for (std::int64_t i = 0; i < m; i += lanes<float>()) {
      const batch<float> v = load(r + i) * batch<float>(full);
      store_as(static_cast<S*>(out) + x + i, xsimd::select(v == v, v, nan));
    }
  }
}

template <class S>
void luminance_of_integers(const void* red, const void* green, const void* blue, void* out,
                           const float* table, std::int64_t n) {
  luminance<S>(red, green, blue, out, table, n, static_cast<float>(static_cast<S>(~S{0})));
}
void luminance_f32(const void* red, const void* green, const void* blue, void* out,
                   const float* table, std::int64_t n) {
  luminance<float>(red, green, blue, out, table, n, 1);
}

inline batch<double> canonical(const batch<double>& v) {
  return xsimd::select(v == v, v, batch<double>(__builtin_nan("")));
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
