// The sRGB transfer function (IEC 61966-2-1) for scalars and vectors of f64; see
// engine/simd/math.hpp.
#pragma once

#include "engine/simd/math.hpp"

namespace sluice::srgb {

inline constexpr double kRed = 0.2126, kGreen = 0.7152, kBlue = 0.0722;

/// v^exponent for v > 0, half the work of math::pow: exp(exponent * log(v)).
template <math::Accuracy A, class V>
[[gnu::always_inline]] inline V power(V v, double exponent) {
  return math::exp<A>(V(exponent) * math::log<A>(v));
}

/// Encoded to linear, 0..1; beyond by the same curve, negative values mirrored.
template <math::Accuracy A, class V>
[[gnu::always_inline]] inline V decoded(V v) {
  const V a = math::detail::absolute(v);
  const V curve = power<A>((a + V(0.055)) / V(1.055), 2.4);
  return math::detail::with_sign_of(math::detail::select(a <= V(0.04045), a / V(12.92), curve), v);
}

/// Linear to encoded.
template <math::Accuracy A, class V>
[[gnu::always_inline]] inline V encoded(V v) {
  const V a = math::detail::absolute(v);
  const V curve = V(1.055) * power<A>(a, 1 / 2.4) - V(0.055);
  return math::detail::with_sign_of(math::detail::select(a <= V(0.0031308), a * V(12.92), curve),
                                    v);
}

}  // namespace sluice::srgb
