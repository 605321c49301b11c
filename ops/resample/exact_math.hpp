// sin and exp for weights: plain multiplications and additions, so that every machine and build
// gets the same bits. Accurate to a few units in the last place.
#pragma once

#include <cmath>

namespace sluice {

/// sin(pi * x), by the Taylor series on |x| <= 1/2.
inline double sin_pi(double x) {
  double r = x - 2 * std::nearbyint(x / 2);  // exact; in [-1, 1]
  if (r > 0.5) r = 1 - r;
  if (r < -0.5) r = -1 - r;
  const double t = r * 3.14159265358979323846, t2 = t * t;
  double sum = 1;
  for (int k = 23; k >= 3; k -= 2)
    sum = 1 - t2 / (k * (k - 1)) * sum;
  return t * sum;
}

/// exp(x) for x <= 0; 0 below -700.
inline double exp_of_negative(double x) {
  if (x < -700) return 0;
  const double k = std::nearbyint(x * 1.44269504088896340736);
  // ln 2 in two parts, the first with few enough bits that k times it is exact.
  const double r = (x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
  double sum = 1;
  for (int i = 16; i >= 1; --i)
    sum = 1 + r / i * sum;
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace sluice
