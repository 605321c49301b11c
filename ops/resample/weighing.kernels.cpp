#include "ops/resample/weighing.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class In>
void weigh(const void* from, const void* alpha, const std::uint8_t* validity, void* to,
           std::int64_t width) {
  using W = Arithmetic<In>;
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
    SLUICE_ARITHMETIC_TYPES(weigh),
    &coverage<f32>,
    &coverage<f64>,
    {&unweigh<f32, u8>, &unweigh<f32, i8>, &unweigh<f32, u16>, &unweigh<f32, i16>, nullptr, nullptr,
     nullptr, nullptr, &unweigh<f32, f32>, nullptr},
    {&unweigh<f64, u8>, &unweigh<f64, i8>, &unweigh<f64, u16>, &unweigh<f64, i16>,
     &unweigh<f64, u32>, &unweigh<f64, i32>, nullptr, nullptr, &unweigh<f64, f32>,
     &unweigh<f64, f64>},
    &valid<float>,
    &valid<double>};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
