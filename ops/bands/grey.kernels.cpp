#include "ops/bands/grey.kernels.hpp"

#include "engine/simd/kernel.hpp"
#include "engine/simd/math_lanes.hpp"
#include "ops/common/srgb.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class S>
void weighted(const void* red, const void* green, const void* blue, void* out,
              const double* weights, std::int64_t n) {
  using T = Arithmetic<S>;
  const S *r = static_cast<const S*>(red), *g = static_cast<const S*>(green),
          *b = static_cast<const S*>(blue);
  S* to = static_cast<S*>(out);
  const batch<T> wr(static_cast<T>(weights[0])), wg(static_cast<T>(weights[1])),
      wb(static_cast<T>(weights[2]));
  for (std::int64_t i = 0; i < n; i += lanes<T>()) {
    const batch<T> sum = (load_as<T>(r + i) * wr + load_as<T>(g + i) * wg) + load_as<T>(b + i) * wb;
    store_as(to + i, canonical(sum));
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

template <class S>
void luminance(const void* red, const void* green, const void* blue, void* out, const float* table,
               std::int64_t n, double full) {
  // Kernels overrun by less than a vector.
  float r[kBlock + 16], g[kBlock + 16], b[kBlock + 16];
  const batch<float> wr(static_cast<float>(srgb::kRed)), wg(static_cast<float>(srgb::kGreen)),
      wb(static_cast<float>(srgb::kBlue)), scale(static_cast<float>(full));
  for (std::int64_t x = 0; x < n; x += kBlock) {
    const std::int64_t m = smaller(kBlock, n - x);
    decode(static_cast<const S*>(red) + x, r, m, table);
    decode(static_cast<const S*>(green) + x, g, m, table);
    decode(static_cast<const S*>(blue) + x, b, m, table);
    for (std::int64_t i = 0; i < m; i += lanes<float>())
      store(r + i, (load(r + i) * wr + load(g + i) * wg) + load(b + i) * wb);
    for (std::int64_t i = 0; i < m; i += lanes<double>())
      store_as(r + i, srgb::encoded<math::Accuracy::single>(load_as<double>(r + i)));
    for (std::int64_t i = 0; i < m; i += lanes<float>())
      store_as(static_cast<S*>(out) + x + i, canonical(load(r + i) * scale));
  }
}

void luminance_f64(const void* red, const void* green, const void* blue, void* out, const float*,
                   std::int64_t n, double) {
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
    SLUICE_ARITHMETIC_TYPES(weighted),
    {&luminance<u8>, nullptr, &luminance<u16>, nullptr, nullptr, nullptr, nullptr, nullptr,
     &luminance<f32>, &luminance_f64},
};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
