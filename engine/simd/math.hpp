// Elementary functions that give the same bits on every instruction set: plain additions,
// multiplications, divisions and square roots of f64, no fma, no library function.
//
// Written once for scalars (V = double) and for vectors of doubles (a batch; Lanes is specialised
// in the kernels). Two accuracies: kFull for f64 results, kSingle with shorter polynomials for
// results that are rounded to f32 afterwards.
//
// Largest errors, in units in the last place (tests/engine/math_test.cpp, against long double): f32
// results 0.51, every function. f64 results: exp 1, log 1.3, log10 2, pow 1.2, asin 2.2, acos 1.2,
// atan 1.8, atan2 2.2; sin and cos 1.5 up to 10^4 in magnitude, 2.5 beyond, tan 3 and 4, where for
// large arguments next to a zero 2^-94 (absolute) is added.
//
// Special values are those of IEEE 754 (C, annex F), except that sin, cos and tan are NaN beyond
// 2^31 in magnitude, where the argument's reduction ends. Sign and payload of a NaN are not
// defined.
//
// Polynomials: exp, sin, cos are Taylor series on the reduced interval, log the series of
// 2 atanh((m - 1) / (m + 1)); atan and asin are Chebyshev interpolations in x^2 computed with 200
// bits.
#pragma once

#include <cstdint>

namespace sluice::math {

enum class Accuracy { single, full };

#define SLUICE_MATH  \
  template <class V> \
  [[gnu::always_inline]] inline
#define SLUICE_MATH_ACC          \
  template <Accuracy A, class V> \
  [[gnu::always_inline]] inline

/// What the functions need beyond + - * / and comparisons: `Mask` combines by & and |, `Bits` is
/// u64 lanes with << >> & | ^.
template <class V>
struct Lanes;

template <>
struct Lanes<double> {
  using Bits = std::uint64_t;
  static double select(bool mask, double yes, double no) { return mask ? yes : no; }
  static Bits bits(double v) { return __builtin_bit_cast(Bits, v); }
  static double from_bits(Bits b) { return __builtin_bit_cast(double, b); }
  static Bits splat(std::uint64_t b) { return b; }
  static double sqrt(double v) { return __builtin_sqrt(v); }
};

namespace detail {

inline constexpr double kInf = __builtin_inf();
inline constexpr double kNan = __builtin_nan("");
inline constexpr double kLn2High = 0x1.62e42fefa38p-1;  // 42 bits: exact times an exponent
inline constexpr double kLn2Low = 0x1.ef35793c7673p-45;
inline constexpr double kLog2E = 1.4426950408889634;
inline constexpr double kPiHalfLow = 6.123233995736766e-17;
inline constexpr double kPiHalf = 1.5707963267948966;
inline constexpr double kPi = 3.141592653589793;
inline constexpr double kPiLow = 1.2246467991473532e-16;

SLUICE_MATH V select(decltype(V() < V()) mask, V yes, V no) {
  return Lanes<V>::select(mask, yes, no);
}

/// c0 + x * (c1 + x * (c2 + ...)).
SLUICE_MATH V poly(V, double c) {
  return V(c);
}
template <class V, class... C>
[[gnu::always_inline]] inline V poly(V x, double c, C... rest) {
  return V(c) + x * poly(x, rest...);
}

/// Nearest integer, ties to even, for |x| < 2^51.
SLUICE_MATH V nearest(V x) {
  const V magic(6755399441055744.0);  // 1.5 * 2^52
  return (x + magic) - magic;
}
SLUICE_MATH V absolute(V x) {
  return Lanes<V>::from_bits(Lanes<V>::bits(x) & Lanes<V>::splat(0x7fffffffffffffffu));
}
SLUICE_MATH V with_sign_of(V magnitude, V sign) {
  using L = Lanes<V>;
  return L::from_bits((L::bits(magnitude) & L::splat(0x7fffffffffffffffu)) |
                      (L::bits(sign) & L::splat(0x8000000000000000u)));
}
SLUICE_MATH V negated(V x) {
  return Lanes<V>::from_bits(Lanes<V>::bits(x) ^ Lanes<V>::splat(0x8000000000000000u));
}
/// True where the sign bit is set, of -0 too (not for NaN).
SLUICE_MATH auto is_negative(V x) {
  return with_sign_of(V(1), x) < V(0);
}

/// 2^k for an integral k in -1022..1023.
SLUICE_MATH V power_of_two(V k) {
  using L = Lanes<V>;
  return L::from_bits(L::bits(k + V(4503599627370496.0 + 1023)) << 52);  // 2^52 + biased exponent
}

/// x = m * 2^e with m in [sqrt(1/2), sqrt(2)], for finite x > 0; inf gives m = 1, e = 1024.
template <class V>
struct Split {
  V m, e;
};
SLUICE_MATH Split<V> split(V x) {
  using L = Lanes<V>;
  const auto tiny = x < V(0x1p-1022);
  const V scaled = select(tiny, x * V(0x1p54), x);
  const auto b = L::bits(scaled);
  V e = L::from_bits((b >> 52) | L::splat(0x4330000000000000u)) - V(4503599627370496.0 + 1023);
  e = select(tiny, e - V(54), e);
  V m = L::from_bits((b & L::splat(0x000fffffffffffffu)) | L::splat(0x3ff0000000000000u));
  const auto upper = m > V(1.4142135623730951);
  return {select(upper, m * V(0.5), m), select(upper, e + V(1), e)};
}

/// 2 / 3 + 2 / 5 z + 2 / 7 z^2 + ... for z = s^2 <= 0.0295.
SLUICE_MATH_ACC V log_series(V z) {
  if constexpr (A == Accuracy::single) {
    return poly(z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13);
  } else {
    return poly(z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17,
                2.0 / 19, 2.0 / 21);
  }
}

/// log(m) for m near 1: with f = m - 1, s = f / (2 + f): 2 atanh(s) = f - s * (f - s^2 * series).
SLUICE_MATH_ACC V log_near_one(V m) {
  const V f = m - V(1);
  const V s = f / (V(2) + f);
  const V z = s * s;
  return f - s * (f - z * log_series<A>(z));
}

/// exp(high + low), |low| far below |high|.
SLUICE_MATH_ACC V exp_sum(V high, V low) {
  const auto over = high > V(710), under = high < V(-746);
  high = select(over, V(710), select(under, V(-746), high));
  low = select(over | under, V(0), low);
  const V k = nearest(high * V(kLog2E));
  const V r = ((high - k * V(kLn2High)) - k * V(kLn2Low)) + low;
  V q;
  if constexpr (A == Accuracy::single) {
    q = poly(r, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320);
  } else {
    q = poly(r, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
             1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0);
  }
  const V p = V(1) + (r + r * r * q);
  const V half = nearest(k * V(0.5));  // in two steps, so that denormal results round once
  return p * power_of_two(half) * power_of_two(k - half);
}

/// An unevaluated sum.
template <class V>
struct Pair {
  V high, low;
};
SLUICE_MATH Pair<V> two_sum(V a, V b) {
  const V s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
/// The exact product after Dekker; |a|, |b| < 2^900.
SLUICE_MATH Pair<V> two_product(V a, V b) {
  const V factor(134217729.0);  // 2^27 + 1
  const V ta = factor * a, tb = factor * b;
  const V ah = ta - (ta - a), bh = tb - (tb - b);
  const V al = a - ah, bl = b - bh;
  const V p = a * b;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

/// log(x) to about 65 bits, x > 0 and finite.
SLUICE_MATH Pair<V> log_pair(V x) {
  const Split<V> x_split = split(x);
  const V m = x_split.m, e = x_split.e;
  const V f = m - V(1);
  const V d = m + V(1), d_low = (V(1) - d) + m;
  const V s = f / d;
  const Pair<V> sd = two_product(s, d);
  const V s_low = (((f - sd.high) - sd.low) - s * d_low) / d;

  Pair<V> z = two_product(s, s);
  z.low = z.low + V(2) * s * s_low;
  // 2 + z * (2 / 3 + z * rest): the first two terms in pairs.
  const V third(0.6666666666666666), third_low(3.700743415417188e-17);
  const Pair<V> t = two_product(third, z.high);
  const V rest = poly(z.high, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17,
                      2.0 / 19, 2.0 / 21);
  const V t_low = t.low + third * z.low + third_low * z.high + z.high * z.high * rest;
  Pair<V> u = two_sum(V(2), t.high);
  u.low = u.low + t_low;
  const Pair<V> l = two_product(s, u.high);
  const V l_low = l.low + s * u.low + s_low * u.high;
  const Pair<V> sum = two_sum(e * V(kLn2High), l.high);
  return {sum.high, sum.low + (l_low + e * V(kLn2Low))};
}

/// x - n * pi / 2 with n the nearest integer; n modulo 4. NaN beyond 2^31.
template <class V>
struct Turned {
  V r, quadrant;
};
SLUICE_MATH Turned<V> reduce(V x) {
  x = select(absolute(x) <= V(0x1p31), x, V(kNan));
  const V n = nearest(x * V(0.6366197723675814));
  // pi / 2 in parts of 22 bits: products with n are exact.
  const V r = (((x - n * V(0x1.921fbp+0)) - n * V(0x1.5110bp-22)) - n * V(0x1.184698p-44)) -
              n * V(0x1.3198a2e037073p-69);
  return {r, n - V(4) * nearest(n * V(0.25) - V(0.375))};
}
SLUICE_MATH_ACC V sin_near_zero(V r) {
  const V z = r * r;
  V q;
  if constexpr (A == Accuracy::single) {
    q = poly(z, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800);
  } else {
    q = poly(z, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800.0,
             -1.0 / 1307674368000.0, 1.0 / 355687428096000.0);
  }
  return select(absolute(r) < V(0x1p-27), r, r + r * (z * q));
}
SLUICE_MATH_ACC V cos_near_zero(V r) {
  const V z = r * r;
  V q;
  if constexpr (A == Accuracy::single) {
    q = poly(z, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600);
  } else {
    q = poly(z, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
             -1.0 / 87178291200.0, 1.0 / 20922789888000.0, -1.0 / 6402373705728000.0);
  }
  // 1 - z / 2 rounds; what it loses is added back.
  const V half = V(0.5) * z, w = V(1) - half;
  return w + (((V(1) - w) - half) + z * z * q);
}

/// atan(t) for t >= 0.
SLUICE_MATH_ACC V atan_positive(V t) {
  const auto large = t > V(2.414213562373095);     // tan(3 pi / 8)
  const auto middle = t > V(0.41421356237309503);  // tan(pi / 8)
  const V numerator = select(large, V(-1), select(middle, t - V(1), t));
  const V denominator = select(large, t, select(middle, t + V(1), V(1)));
  const V u = numerator / denominator;
  const V z = u * u;
  V q;
  if constexpr (A == Accuracy::single) {
    q = poly(z, -0.33333333333265697, 0.19999999949530611, -0.14285708076608974,
             0.11110818413358031, -0.090840781416635374, 0.076045794868523031,
             -0.060262983947018789, 0.032938757974709847);
  } else {
    q = poly(z, -0.33333333333333331, 0.19999999999999998, -0.14285714285714146,
             0.11111111111090245, -0.090909090892769023, 0.076923076156611633,
             -0.066666643284700774, 0.058823043468171798, -0.052624504139477286,
             0.04754591554929332, -0.042941011752807498, 0.037228258677405403,
             -0.027261979750820998, 0.01194761850731371);
  }
  const V base = select(large, V(kPiHalf), select(middle, V(kPiHalf / 2), V(0)));
  const V base_low = select(large, V(kPiHalfLow), select(middle, V(kPiHalfLow / 2), V(0)));
  return base + (u + (base_low + u * (z * q)));
}

/// asin(x) for |x| <= 1/2, z = x * x.
SLUICE_MATH_ACC V asin_small(V x, V z) {
  V q;
  if constexpr (A == Accuracy::single) {
    q = poly(z, 0.1666666666549084, 0.075000006007592157, 0.044642357079391341,
             0.030397671953511674, 0.022131964555376638, 0.019309346189772598,
             0.0054334098872316711, 0.029317325604805419);
  } else {
    q = poly(z, 0.16666666666666669, 0.074999999999984246, 0.04464285714637338,
             0.030381944137085216, 0.022372173002005596, 0.017352391265909227, 0.013971235301124539,
             0.011478952690257387, 0.010324318288744113, 0.0054508781877205502,
             0.017419357964884856, -0.014881409392818066, 0.02877844261259304);
  }
  return x + x * (z * q);
}

}  // namespace detail

SLUICE_MATH_ACC V exp(V x) {
  return detail::exp_sum<A>(x, V(0));
}

SLUICE_MATH_ACC V log(V x) {
  using namespace detail;
  const Split<V> s = split(x);
  const V m_log = log_near_one<A>(s.m);
  V r = s.e * V(kLn2High) + (m_log + s.e * V(kLn2Low));
  r = select(x < V(kInf), r, x);  // inf and NaN
  r = select(x <= V(0), select(x < V(0), V(kNan), V(-kInf)), r);
  return r;
}

SLUICE_MATH_ACC V log10(V x) {
  using namespace detail;
  const Split<V> s = split(x);
  const V m_log = log_near_one<A>(s.m) * V(0.4342944819032518);
  V r = s.e * V(0.30102999566395283) + (m_log + s.e * V(2.8363394551044964e-14));
  r = select(x < V(kInf), r, x);
  r = select(x <= V(0), select(x < V(0), V(kNan), V(-kInf)), r);
  return r;
}

SLUICE_MATH_ACC V pow(V x, V y) {
  using namespace detail;
  const V a = absolute(x), b = absolute(y);
  V r;
  if constexpr (A == Accuracy::single) {
    r = detail::exp_sum<A>(y * log<A>(a), V(0));
  } else {
    const Pair<V> l = log_pair(a);
    // Beyond 2^70 every power of anything but 1 overflows or vanishes; the product stays finite.
    const V bounded = select(b > V(0x1p70), with_sign_of(V(0x1p70), y), y);
    const Pair<V> p = two_product(bounded, l.high);
    r = detail::exp_sum<A>(p.high, p.low + bounded * l.low);
    const auto extreme = (a <= V(0)) | (a >= V(kInf));
    const V limit =
        select(is_negative(y), select(a <= V(0), V(kInf), V(0)), select(a <= V(0), V(0), V(kInf)));
    r = select(extreme, limit, r);
    r = select(b <= V(kInf), r, y);
  }
  // From 2^52 on every value is an integer, from 2^53 on an even one.
  const V big(0x1p52), half = b * V(0.5);
  const auto fraction = (b < big) & (absolute(b - ((b + big) - big)) > V(0));
  const auto odd = (b < V(0x1p53)) & (absolute(half - ((half + big) - big)) == V(0.5));
  r = select(is_negative(x) & odd, negated(r), r);
  r = select(fraction & (x < V(0)) & (a < V(kInf)), V(kNan), r);
  r = select(x == x, r, x);
  r = select((a == V(1)) & (b >= V(kInf)), V(1), r);
  return select((y == V(0)) | (x == V(1)), V(1), r);
}

SLUICE_MATH_ACC V sin(V x) {
  using namespace detail;
  const Turned<V> t = reduce(x);
  const auto odd = (t.quadrant == V(1)) | (t.quadrant == V(3));
  const V r = select(odd, cos_near_zero<A>(t.r), sin_near_zero<A>(t.r));
  return select(t.quadrant > V(1.5), negated(r), r);
}

SLUICE_MATH_ACC V cos(V x) {
  using namespace detail;
  const Turned<V> t = reduce(x);
  const auto odd = (t.quadrant == V(1)) | (t.quadrant == V(3));
  const V r = select(odd, sin_near_zero<A>(t.r), cos_near_zero<A>(t.r));
  return select((t.quadrant == V(1)) | (t.quadrant == V(2)), negated(r), r);
}

SLUICE_MATH_ACC V tan(V x) {
  using namespace detail;
  const Turned<V> t = reduce(x);
  const V s = sin_near_zero<A>(t.r), c = cos_near_zero<A>(t.r);
  const auto odd = (t.quadrant == V(1)) | (t.quadrant == V(3));
  return select(odd, negated(c), s) / select(odd, s, c);
}

SLUICE_MATH_ACC V asin(V x) {
  using namespace detail;
  const V a = absolute(x);
  const auto upper = a > V(0.5);
  const V z = select(upper, (V(1) - a) * V(0.5), a * a);
  const V root = Lanes<V>::sqrt(select(upper, z, V(0)));
  const V s = asin_small<A>(select(upper, root, a), z);
  V r = select(upper, V(kPiHalf) - (V(2) * s - V(kPiHalfLow)), s);
  r = select(a < V(0x1p-27), a, r);
  return select(a <= V(1), with_sign_of(r, x), V(kNan));
}

SLUICE_MATH_ACC V acos(V x) {
  using namespace detail;
  const V a = absolute(x);
  const auto upper = a > V(0.5);
  const V z = select(upper, (V(1) - a) * V(0.5), a * a);
  const V root = Lanes<V>::sqrt(select(upper, z, V(0)));
  const V s = asin_small<A>(select(upper, root, x), z);
  const V outer = select(x > V(0), V(2) * s, V(kPi) - (V(2) * s - V(kPiLow)));
  const V inner = V(kPiHalf) - (s - V(kPiHalfLow));
  return select(a <= V(1), select(upper, outer, inner), V(kNan));
}

SLUICE_MATH_ACC V atan(V x) {
  using namespace detail;
  const V a = absolute(x);
  const V r = select(a < V(0x1p-27), a, atan_positive<A>(a));
  return select(x == x, with_sign_of(r, x), x);
}

SLUICE_MATH_ACC V atan2(V y, V x) {
  using namespace detail;
  const V a = absolute(y), b = absolute(x);
  V t = a / b;
  t = select(a == b, select(a == V(0), V(0), V(1)), t);  // 0 / 0 and inf / inf
  V r = select(t < V(0x1p-27), t, atan_positive<A>(t));
  r = select(is_negative(x), V(kPi) - (r - V(kPiLow)), r);
  r = with_sign_of(r, y);
  r = select(x == x, r, x);
  return select(y == y, r, y);
}

#undef SLUICE_MATH
#undef SLUICE_MATH_ACC

}  // namespace sluice::math
