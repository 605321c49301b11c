#include "codecs/tiff/geo_write.hpp"

#include <array>
#include <vector>

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

void add_ground_points(const std::vector<GroundPoint>& points, bool centres,
                       DirectoryBuilder& directory) {
  const double less = centres ? 0.5 : 0;
  std::vector<double> ties;
  for (const GroundPoint& point : points)
    for (const double value :
         {point.column - less, point.row - less, 0.0, point.x, point.y, point.z})
      ties.push_back(value);
  directory.set_doubles(tag::kModelTiepoint, ties);
}

void add_camera(const RationalCamera& camera, DirectoryBuilder& directory) {
  std::vector<double> values{camera.error_bias,     camera.error_random,    camera.line_offset,
                             camera.sample_offset,  camera.latitude_offset, camera.longitude_offset,
                             camera.height_offset,  camera.line_scale,      camera.sample_scale,
                             camera.latitude_scale, camera.longitude_scale, camera.height_scale};
  for (const auto* terms : {&camera.line_numerator, &camera.line_denominator,
                            &camera.sample_numerator, &camera.sample_denominator})
    values.insert(values.end(), terms->begin(), terms->end());
  directory.set_doubles(tag::kRationalCamera, values);
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
  if (info.ground_points && !info.geo)
    add_ground_points(*info.ground_points, pixel_is_point(keys), directory);
  if (info.camera) add_camera(*info.camera, directory);
  if (!keys.empty()) {
    directory.set_shorts(tag::kGeoKeyDirectory, keys.directory);
    if (!keys.doubles.empty()) directory.set_doubles(tag::kGeoDoubleParams, keys.doubles);
    if (!keys.ascii.empty()) directory.set_text(tag::kGeoAsciiParams, keys.ascii);
  }
}

}  // namespace sluice::tiff
