// Widening loads and narrowing stores in plain C++, for instruction sets without intrinsics here.
// Included by engine/simd/convert.hpp.
#pragma once

namespace sluice {
namespace SLUICE_KERNEL_ISA {

template <class To, class From>
inline batch<To> load_as(const From* p) {
  To wide[lanes<To>()];
  for (int i = 0; i < lanes<To>(); ++i)
    wide[i] = static_cast<To>(p[i]);
  return load(wide);
}

namespace narrowing {

template <class To>
constexpr double lowest() {
  if (To(-1) > To(0)) return 0;
  double v = -1;
  for (unsigned i = 1; i < sizeof(To) * 8; ++i)
    v *= 2;
  return v;
}
/// The largest value plus one, a power of two and so exact in f64.
template <class To>
constexpr double above_highest() {
  double v = To(-1) > To(0) ? 2 : 1;
  for (unsigned i = 1; i < sizeof(To) * 8; ++i)
    v *= 2;
  return v;
}
template <class To>
inline To rounded(double v) {
  if constexpr (kIsFloat<To>) {
    return static_cast<To>(v);
  } else {
    if (!(v == v)) return 0;
    v = __builtin_nearbyint(v);
    if (v <= lowest<To>()) return static_cast<To>(lowest<To>());
    if (v >= above_highest<To>()) {
      constexpr auto top = ~std::uint64_t{0} >> (64 - sizeof(To) * 8 + (To(-1) > To(0) ? 0 : 1));
      return static_cast<To>(top);
    }
    return static_cast<To>(v);
  }
}

}  // namespace narrowing

template <class To, class From>
inline void store_as(To* p, const batch<From>& v) {
  From wide[lanes<From>()];
  store(wide, v);
  for (int i = 0; i < lanes<From>(); ++i)
    p[i] = narrowing::rounded<To>(static_cast<double>(wide[i]));
}
template <class T>
inline void store_as(T* p, const batch<T>& v) {
  store(p, v);
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
