#include "engine/image_info.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/checked_size.hpp"

namespace sluice {

std::int64_t ImageInfo::bytes() const {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::data,
                 fmt::format("an image of {} x {} pixels with {} channels of {}: {}", width, height,
                             channels(), name_of(type), why));
  };
  if (width <= 0 || height <= 0 || channels() <= 0) throw refuse("every size must be at least 1");
  if (width > kMaxDimension || height > kMaxDimension)
    throw refuse("width and height may be 2^40 at most");
  const CheckedSize total =
      CheckedSize(width) * height * channels() * static_cast<std::int64_t>(size_of(type));
  if (!total.at_most(std::int64_t{1} << 62)) throw refuse("more than 2^62 bytes");
  return *total.get();
}

std::int64_t Metadata::bytes() const {
  constexpr std::size_t kMapNode = 64;  // links of the tree, malloc's own
  std::size_t sum = sizeof(Metadata) + icc.capacity() + exif.capacity() +
                    geo_keys.directory.capacity() * sizeof(std::uint16_t) +
                    geo_keys.doubles.capacity() * sizeof(double) + geo_keys.ascii.capacity() +
                    palette.capacity() * sizeof(std::uint16_t) + description.capacity() +
                    gdal_metadata.capacity();
  for (const auto& [name, value] : items)
    sum += kMapNode + 2 * sizeof(std::string) + name.capacity() + value.capacity();
  return static_cast<std::int64_t>(sum);
}

const Metadata& ImageInfo::meta() const {
  static const Metadata none;
  return metadata ? *metadata : none;
}

ImageInfo make_info(std::int64_t width, std::int64_t height, SampleType type, int channels,
                    Colour colour) {
  ImageInfo info;
  info.width = width;
  info.height = height;
  info.type = type;
  info.bands.resize(static_cast<std::size_t>(channels));
  const bool rgb = colour == Colour::rgb && (channels == 3 || channels == 4);
  const bool grey = colour == Colour::grey && (channels == 1 || channels == 2);
  if (rgb || grey) {
    info.colour = colour;
    constexpr BandRole roles[] = {BandRole::red, BandRole::green, BandRole::blue};
    const int colours = rgb ? 3 : 1;
    for (int c = 0; c < colours; ++c)
      info.bands[static_cast<std::size_t>(c)].role = rgb ? roles[c] : BandRole::grey;
    if (channels > colours) {
      info.bands.back().role = BandRole::alpha;
      info.alpha = Alpha::straight;
    }
  }
  return info;
}

void change_geometry(ImageInfo& info, std::int64_t width, std::int64_t height, double x0, double xx,
                     double xy, double y0, double yx, double yy) {
  info.width = width;
  info.height = height;
  if (info.geo) info.geo = info.geo->after(x0, xx, xy, y0, yx, yy);
  // A step along the new x axis is hypot(xx, yx) old pixels, most often along one axis.
  const auto scaled = [&](double on_x, double on_y, double along_x, double along_y) {
    return along_y == 0 ? on_x * std::abs(along_x) : on_y * std::abs(along_y);
  };
  const Resolution old = info.resolution;
  const auto per_mm = [&](double along_x, double along_y) {
    const double step = scaled(1, 1, along_x, along_y);
    return step > 0 ? (along_y == 0 ? old.x : old.y) / step : 0;
  };
  info.resolution = {per_mm(xx, yx), per_mm(xy, yy)};
  const double mpp_x = scaled(info.mpp_x, info.mpp_y, xx, yx);
  info.mpp_y = scaled(info.mpp_x, info.mpp_y, xy, yy);
  info.mpp_x = mpp_x;
  if (info.magnification > 0) {
    const double step = xx != 0 ? std::abs(xx) : std::abs(yx);
    if (step > 0) info.magnification /= step;
  }
  info.levels.clear();
  info.block_width = info.block_height = 0;
}

}  // namespace sluice
