#include "ops/resample/weighing.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class In, class W>
void weigh(const void* from, const void* alpha, const std::uint8_t* validity, void* to,
           std::int64_t width) {
  const auto zero = broadcast<W>(0);
  for (std::int64_t x = 0; x < width; x += lanes<W>()) {
    auto v = load_as<W>(static_cast<const In*>(from) + x);
    if (alpha) v = v * load_as<W>(static_cast<const In*>(alpha) + x);
    if (validity) v = xsimd::select(load_as<W>(validity + x) > zero, v, zero);
    store(static_cast<W*>(to) + x, v);
  }
}

template <class W>
void coverage(const std::uint8_t* validity, W* to, std::int64_t width) {
  const auto zero = broadcast<W>(0), one = broadcast<W>(1);
  for (std::int64_t x = 0; x < width; x += lanes<W>())
    store(to + x, xsimd::select(load_as<W>(validity + x) > zero, one, zero));
}

template <class W, class Out>
void unweigh(const void* from, const void* weight, void* to, std::int64_t width) {
  const auto zero = broadcast<W>(0), one = broadcast<W>(1);
  for (std::int64_t x = 0; x < width; x += lanes<W>()) {
    auto v = load(static_cast<const W*>(from) + x);
    if (weight) {
      const auto w = load(static_cast<const W*>(weight) + x);
      const auto some = w > zero;
      v = xsimd::select(some, v / xsimd::select(some, w, one), zero);
    }
    store_as(static_cast<Out*>(to) + x, v);
  }
}

template <class W>
void valid(const W* coverage, std::uint8_t* to, std::int64_t width) {
  const auto half = broadcast<W>(static_cast<W>(0.5));
  for (std::int64_t x = 0; x < width; x += lanes<W>())
    store_as(to + x, xsimd::select(load(coverage + x) >= half, broadcast<W>(255), broadcast<W>(0)));
}

}  // namespace

extern const WeighingKernels weighing_kernels;
const WeighingKernels weighing_kernels = {
    {&weigh<std::uint8_t, float>, &weigh<std::int8_t, float>, &weigh<std::uint16_t, float>,
     &weigh<std::int16_t, float>, &weigh<std::uint32_t, double>, &weigh<std::int32_t, double>,
     nullptr, nullptr, &weigh<float, float>, &weigh<double, double>},
    &coverage<float>,
    &coverage<double>,
    {&unweigh<float, std::uint8_t>, &unweigh<float, std::int8_t>, &unweigh<float, std::uint16_t>,
     &unweigh<float, std::int16_t>, nullptr, nullptr, nullptr, nullptr, &unweigh<float, float>,
     nullptr},
    {&unweigh<double, std::uint8_t>, &unweigh<double, std::int8_t>, &unweigh<double, std::uint16_t>,
     &unweigh<double, std::int16_t>, &unweigh<double, std::uint32_t>,
     &unweigh<double, std::int32_t>, nullptr, nullptr, &unweigh<double, float>,
     &unweigh<double, double>},
    &valid<float>,
    &valid<double>};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
