// For the plain code of steps on colour and alpha.
#pragma once

#include <cmath>

#include "random_graphs/rules.hpp"

namespace sluice::test {

using ChosenOptions = std::optional<std::vector<GivenOption>>;

/// The sample of full light, ink or opacity.
inline double full_of(const ImageInfo& info) {
  if (is_float(info.type)) return 1;
  return info.bits > 0 ? std::ldexp(1, info.bits) - 1 : range_of(info.type).second;
}

/// A quotient of integers to nearest, ties to even; any signs.
inline double rounded_quotient(__int128 n, __int128 d) {
  if (d < 0) n = -n, d = -d;
  __int128 q = n / d, r = n % d;
  if (r < 0) r += d, --q;
  if (2 * r > d || (2 * r == d && q % 2 != 0)) ++q;
  return static_cast<double>(q);
}

/// Stores a computed value as the operations do: integers rounded and clamped, one NaN.
inline void put(Picture& out, int c, std::int64_t x, std::int64_t y, double v) {
  if (is_float(out.info.type) && std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
  out.set(c, x, y, rounded(v, out.info.type));
}

/// Bands that make up the colour, of images without one all but alpha, and those beside them.
struct BandsOf {
  std::vector<int> colour, beside;
  explicit BandsOf(const ImageInfo& info) {
    for (int c = 0; c < info.channels(); ++c) {
      const BandRole role = info.bands[static_cast<std::size_t>(c)].role;
      const bool is_colour =
          c != info.alpha_band() && (info.colour == Colour::multiband || role != BandRole::data);
      (is_colour ? colour : beside).push_back(c);
    }
  }
};

/// Calls each(c, x, y) for the samples of the bands 0 to count - 1 of `out`.
template <class Each>
void each_sample(const Picture& out, int count, const Each& each) {
  for (int c = 0; c < count; ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x)
        each(c, x, y);
}

/// Samples whose products f32 or f64 hold exactly.
inline bool is_short_integer(SampleType type) {
  return !is_float(type) && size_of(type) <= 2;
}

}  // namespace sluice::test
