#include "engine/image_info.hpp"

#include <fmt/format.h>

#include <cmath>
#include <tuple>
#include <utility>

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

bool operator==(const BandInfo& a, const BandInfo& b) {
  const bool same_items = a.items == b.items || (a.items && b.items && *a.items == *b.items);
  return same_items && a.name == b.name && a.role == b.role && a.nodata == b.nodata &&
         a.scale == b.scale && a.offset == b.offset && a.unit == b.unit;
}

std::int64_t bytes_of(const Items& items) {
  std::size_t sum = items.capacity() * sizeof(Item);
  for (const Item& item : items)
    sum += item.domain.capacity() + item.name.capacity() + item.value.capacity();
  return static_cast<std::int64_t>(sum);
}

std::int64_t bytes_of(const std::map<std::string, std::string>& items) {
  constexpr std::size_t kMapNode = 64;  // links of the tree, malloc's own
  std::size_t sum = 0;
  for (const auto& [name, value] : items)
    sum += kMapNode + 2 * sizeof(std::string) + name.capacity() + value.capacity();
  return static_cast<std::int64_t>(sum);
}

std::int64_t Metadata::bytes() const {
  const std::size_t sum =
      sizeof(Metadata) + icc.capacity() + exif.capacity() + xmp.capacity() +
      geo_keys.directory.capacity() * sizeof(std::uint16_t) +
      geo_keys.doubles.capacity() * sizeof(double) + geo_keys.ascii.capacity() +
      (palette.capacity() + palette_opacity.capacity()) * sizeof(std::uint16_t) +
      description.capacity() + gdal_metadata.capacity();
  return static_cast<std::int64_t>(sum) + bytes_of(items) + bytes_of(domain_items);
}

int ImageInfo::alpha_band() const {
  if (alpha == Alpha::none) return -1;
  for (int c = channels(); c-- > 0;)
    if (bands[static_cast<std::size_t>(c)].role == BandRole::alpha) return c;
  return -1;
}

bool ImageInfo::under_alpha(int c) const {
  if (alpha == Alpha::none) return false;
  const BandRole role = bands[static_cast<std::size_t>(c)].role;
  return role != BandRole::alpha && (colour == Colour::multiband || role != BandRole::data);
}

int ImageInfo::validity_planes() const {
  switch (validity) {
    case Validity::none:
      return 0;
    case Validity::common:
      return 1;
    case Validity::per_band:
      return channels();
  }
  return 0;
}

const Metadata& ImageInfo::meta() const {
  static const Metadata none;
  return metadata ? *metadata : none;
}

void drop_colour(ImageInfo& info) {
  info.colour = Colour::multiband;
  info.linear_light = false;
  info.white_is_zero = false;
  for (BandInfo& band : info.bands)
    if (band.role != BandRole::alpha) band.role = BandRole::data;
  const Metadata& old = info.meta();
  if (old.icc.empty() && old.palette.empty() && old.palette_opacity.empty()) return;
  auto changed = std::make_shared<Metadata>(old);
  changed->icc.clear();
  changed->palette.clear();
  changed->palette_opacity.clear();
  info.metadata = std::move(changed);
}

void leave_palette(ImageInfo& info) {
  if (info.colour == Colour::palette) drop_colour(info);
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

namespace {

/// Where a point of the old image lies in the new one.
struct Placed {
  double x0, xx, xy, y0, yx, yy;
  bool singular() const { return xx * yy - xy * yx == 0; }
  std::pair<double, double> operator()(double x, double y) const {
    const double dx = x - x0, dy = y - y0, determinant = xx * yy - xy * yx;
    return {(dx * yy - dy * xy) / determinant, (dy * xx - dx * yx) / determinant};
  }
};

void move_ground_points(ImageInfo& info, const Placed& placed) {
  if (!info.ground_points) return;
  if (placed.singular()) return info.ground_points.reset();
  auto moved = std::make_shared<std::vector<GroundPoint>>(*info.ground_points);
  for (GroundPoint& point : *moved)
    std::tie(point.column, point.row) = placed(point.column, point.row);
  info.ground_points = std::move(moved);
}

/// Line and sample count centres of pixels: sample s lies at s + 0.5 from the corner.
void move_camera(ImageInfo& info, const Placed& placed) {
  if (!info.camera) return;
  if (placed.xy != 0 || placed.yx != 0 || placed.xx <= 0 || placed.yy <= 0)
    return info.camera.reset();
  auto moved = std::make_shared<RationalCamera>(*info.camera);
  moved->sample_offset = (moved->sample_offset + 0.5 - placed.x0) / placed.xx - 0.5;
  moved->line_offset = (moved->line_offset + 0.5 - placed.y0) / placed.yy - 0.5;
  moved->sample_scale /= placed.xx;
  moved->line_scale /= placed.yy;
  info.camera = std::move(moved);
}

}  // namespace

void change_samples(ImageInfo& info) {
  info.sample_items.reset();
}

void change_bands(ImageInfo& info) {
  change_samples(info);
  info.bits = 0;
  info.white_is_zero = false;
}

void change_geometry(ImageInfo& info, std::int64_t width, std::int64_t height, double x0, double xx,
                     double xy, double y0, double yx, double yy) {
  info.width = width;
  info.height = height;
  if (info.geo) info.geo = info.geo->after(x0, xx, xy, y0, yx, yy);
  move_ground_points(info, {x0, xx, xy, y0, yx, yy});
  move_camera(info, {x0, xx, xy, y0, yx, yy});
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
  info.place_items.reset();
  change_samples(info);
}

}  // namespace sluice
