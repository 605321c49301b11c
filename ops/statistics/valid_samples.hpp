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
  if (!band.nodata || band.nodata->is_nan()) return std::nullopt;
  return band.nodata->as<T>();
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
