// The checksum that GDAL reports for a band (GDALChecksumImage), so that pixels can be compared
// with figures that GDAL has computed.
#pragma once

#include <cmath>
#include <cstdint>

#include "support/picture.hpp"

namespace sluice::test {

/// What one sample adds, before the modulus: its value as a 32-bit integer. Floating samples round
/// half up; NaN and infinities count as the smallest integer.
inline std::int64_t checksum_value(double v, bool floating) {
  constexpr double kMost = 2147483647;
  if (!floating) return static_cast<std::int64_t>(std::fmin(std::fmax(v, -kMost - 1), kMost));
  if (!std::isfinite(v)) return INT32_MIN;
  v += 0.5;
  return static_cast<std::int64_t>(std::floor(std::fmin(std::fmax(v, -kMost), kMost)));
}

/// The checksum of band `c`. GDAL before 3.7 has no signed bytes and sums them as unsigned ones.
inline int gdal_checksum(const Picture& picture, int c) {
  constexpr int primes[] = {7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43};
  const bool floating = is_float(picture.info.type);
  std::uint32_t sum = 0;
  int prime = 0;
  for (std::int64_t y = 0; y < picture.height(); ++y) {
    for (std::int64_t x = 0; x < picture.width(); ++x) {
      double v = picture.get(c, x, y);
      if (picture.info.type == SampleType::i8 && v < 0) v += 256;
      sum =
          (sum + static_cast<std::uint32_t>(checksum_value(v, floating) % primes[prime])) & 0xFFFF;
      prime = (prime + 1) % 11;
    }
  }
  return static_cast<int>(sum);
}

}  // namespace sluice::test
