#include "codecs/unheld.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice {

std::vector<std::string> unheld_facts(const ImageInfo& info, const HeldFacts& held,
                                      const std::string& file, const std::string& format) {
  const auto any_band = [&](auto&& has) {
    return std::any_of(info.bands.begin(), info.bands.end(), has);
  };
  const Metadata& meta = info.meta();
  std::vector<std::string> lost;
  const auto check = [&](bool holds, bool has, const char* fact) {
    if (has && !holds) lost.emplace_back(fact);
  };
  check(held.place, info.geo.has_value(), "the place on the ground");
  check(held.place, !meta.geo_keys.empty(), "the reference system");
  check(held.place, info.ground_points != nullptr, "the ground control points");
  check(held.place, info.camera != nullptr, "the camera's polynomials (RPC)");
  check(held.nodata, any_band([](const BandInfo& b) { return b.nodata.has_value(); }),
        "nodata values");
  check(held.physical, any_band([](const BandInfo& b) {
          return b.scale != 1 || b.offset != 0 || !b.unit.empty();
        }),
        "scale, offset and unit of the bands");
  check(held.band_texts,
        any_band([](const BandInfo& b) { return !b.name.empty() || b.items != nullptr; }),
        "names and texts of the bands");
  check(held.domain_items, !meta.domain_items.empty(), "GDAL's metadata items");
  check(held.slide, info.magnification > 0, "the magnification");
  check(held.exif, !meta.exif.empty(), "the EXIF data");
  check(held.palette_opacity, !meta.palette_opacity.empty(), "the opacity of the palette");
  if (lost.empty()) return {};
  return {fmt::format("{}: {} does not hold {}", file, format, fmt::join(lost, ", "))};
}

}  // namespace sluice
