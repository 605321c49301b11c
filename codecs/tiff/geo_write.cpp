#include "codecs/tiff/geo_write.hpp"

#include <array>

namespace sluice::tiff {
namespace {

/// GTRasterTypeGeoKey = RasterPixelIsPoint. The directory is rows of four: key, where the value
/// lies (0: in the row), count, value; the first row is a header.
bool pixel_is_point(const GeoKeys& keys) {
  for (std::size_t i = 4; i + 3 < keys.directory.size(); i += 4)
    if (keys.directory[i] == geo_key::kRasterType && keys.directory[i + 1] == 0)
      return keys.directory[i + 3] == geo_key::kPixelIsPoint;
  return false;
}

}  // namespace

void add_geo_tags(const ImageInfo& info, DirectoryBuilder& directory) {
  const GeoKeys& keys = info.meta().geo_keys;
  if (info.geo) {
    Affine map = *info.geo;
    if (pixel_is_point(keys)) map = map.after(0.5, 1, 0, 0.5, 0, 1);
    const auto& a = map.a;
    if (a[2] == 0 && a[4] == 0 && a[1] > 0 && a[5] < 0) {
      directory.set_doubles(tag::kModelPixelScale, std::array{a[1], -a[5], 0.0});
      directory.set_doubles(tag::kModelTiepoint, std::array{0.0, 0.0, 0.0, a[0], a[3], 0.0});
    } else {  // a pixel scale holds neither a rotation nor a negative step
      directory.set_doubles(tag::kModelTransformation,
                            std::array{a[1], a[2], 0.0, a[0], a[4], a[5], 0.0, a[3],  //
                                       0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0});
    }
  }
  if (!keys.empty()) {
    directory.set_shorts(tag::kGeoKeyDirectory, keys.directory);
    if (!keys.doubles.empty()) directory.set_doubles(tag::kGeoDoubleParams, keys.doubles);
    if (!keys.ascii.empty()) directory.set_text(tag::kGeoAsciiParams, keys.ascii);
  }
}

}  // namespace sluice::tiff
