// Which samples a statistic counts.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include "engine/image_info.hpp"

namespace sluice {

/// A band's nodata as a sample that is not to be counted; none when the type has no such value, and
/// where validity says which samples count: in computed images a valid sample may be equal to it.
/// (A NaN as nodata needs no test of its own: NaN is never counted.)
template <class T>
std::optional<T> nodata_sample(const ImageInfo& info, std::size_t band) {
  const auto& nodata = info.bands[band].nodata;
  if (!nodata || nodata->is_nan() || info.has_validity()) return std::nullopt;
  return nodata->as<T>();
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
