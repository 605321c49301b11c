// Which samples a statistic counts.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "engine/image_info.hpp"

namespace sluice {

/// A band's nodata as a sample; none when the type has no such value. (A NaN as nodata needs no
/// test of its own: NaN is never counted.)
template <class T>
std::optional<T> nodata_sample(const BandInfo& band) {
  if (!band.nodata || std::isnan(*band.nodata)) return std::nullopt;
  const double v = *band.nodata;
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isfinite(v) && std::abs(v) > static_cast<double>(std::numeric_limits<T>::max()))
      return std::nullopt;
    return static_cast<T>(v);
  } else {
    // The upper bound is a power of two, exact as a double, and lies one beyond the range.
    constexpr double above = 2.0 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);
    if (v != std::nearbyint(v) || !(v >= static_cast<double>(std::numeric_limits<T>::lowest())) ||
        !(v < above))
      return std::nullopt;
    return static_cast<T>(v);
  }
}

/// Calls use(sample) for the samples of a row that are valid, not nodata and not NaN.
template <class T, class Use>
void each_valid(const T* row, const std::uint8_t* validity, std::int64_t width,
                std::optional<T> nodata, const Use& use) {
  for (std::int64_t x = 0; x < width; ++x) {
    const T v = row[x];
    if (validity && validity[x] < 128) continue;
    if (nodata && v == *nodata) continue;
    if constexpr (std::is_floating_point_v<T>)
      if (v != v) continue;
    use(v);
  }
}

}  // namespace sluice
