#include "ops/geometry/crop.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/geometry/moved.hpp"

namespace sluice {
namespace {

Rect inside_margin(const ImageInfo& info, std::int64_t margin) {
  if (margin < 0) throw refused(fmt::format("margin must be at least 0, {} was asked for", margin));
  if (margin > (std::min(info.width, info.height) - 1) / 2)
    throw refused(fmt::format("a margin of {} leaves nothing of an image of {} x {} pixels", margin,
                              info.width, info.height));
  return {margin, margin, info.width - 2 * margin, info.height - 2 * margin};
}

// Begin and size, in pixels, of the part of an axis between two model coordinates.
Interval between(double origin, double step, double a, double b, std::int64_t size) {
  const double first = std::nearbyint((a - origin) / step);
  const double last = std::nearbyint((b - origin) / step);
  const double low = std::min(first, last), high = std::max(first, last);
  if (!(low >= 0 && high <= static_cast<double>(size))) return {-1, -1};
  return {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)};
}

Rect inside_bounds(const ImageInfo& info, const std::vector<double>& b) {
  if (b.size() != 4)
    throw refused(
        fmt::format("bounds are four numbers, xmin, ymin, xmax, ymax; {} given", b.size()));
  if (!info.geo) throw refused("bounds need an image with a geo-reference; this one has none");
  const auto& a = info.geo->a;
  if (a[2] != 0 || a[4] != 0 || a[1] == 0 || a[5] == 0)
    throw refused(
        "bounds need an image whose rows run along the model's x axis; this one is rotated or "
        "sheared: use x, y, width, height");
  if (!(b[0] < b[2] && b[1] < b[3]))
    throw refused(fmt::format("bounds [{}, {}, {}, {}] are empty: xmin < xmax and ymin < ymax",
                              b[0], b[1], b[2], b[3]));
  const Interval columns = between(a[0], a[1], b[0], b[2], info.width);
  const Interval rows = between(a[3], a[5], b[1], b[3], info.height);
  if (columns.begin < 0 || rows.begin < 0) {
    const double right = a[0] + a[1] * static_cast<double>(info.width);
    const double bottom = a[3] + a[5] * static_cast<double>(info.height);
    throw refused(
        fmt::format("bounds [{}, {}, {}, {}] are not inside the image of {} x {} pixels, which "
                    "covers [{}, {}, {}, {}]",
                    b[0], b[1], b[2], b[3], info.width, info.height, std::min(a[0], right),
                    std::min(a[3], bottom), std::max(a[0], right), std::max(a[3], bottom)));
  }
  if (columns.size() == 0 || rows.size() == 0) throw refused("bounds hold less than half a pixel");
  return {columns.begin, rows.begin, columns.size(), rows.size()};
}

Rect inside_pixels(const ImageInfo& info, const CropOptions& o) {
  const std::int64_t x = o.x.value_or(0), y = o.y.value_or(0);
  const bool origin_inside = x >= 0 && y >= 0 && x < info.width && y < info.height;
  const std::int64_t width = o.width.value_or(origin_inside ? info.width - x : 1);
  const std::int64_t height = o.height.value_or(origin_inside ? info.height - y : 1);
  // Compared without sums, which a huge option would overflow.
  if (!origin_inside || width < 1 || height < 1 || width > info.width - x ||
      height > info.height - y)
    throw refused(fmt::format(
        "the rectangle of {} x {} pixels at ({}, {}) is not inside the image of {} x {} pixels",
        width, height, x, y, info.width, info.height));
  return {x, y, width, height};
}

Rect rectangle(const ImageInfo& info, const CropOptions& o) {
  const bool pixels = o.x || o.y || o.width || o.height;
  const int ways = int{pixels} + int{o.margin.has_value()} + int{!o.bounds.empty()};
  if (ways != 1) throw refused("give either x, y, width, height, or margin, or bounds");
  if (o.margin) return inside_margin(info, *o.margin);
  if (!o.bounds.empty()) return inside_bounds(info, o.bounds);
  return inside_pixels(info, o);
}

}  // namespace

Image crop(const Image& image, const CropOptions& options) {
  return add_node_of("crop", image, [options](const ImageInfo& in) {
    const Rect r = rectangle(in, options);
    return std::make_shared<MovedImage>(in, r.x, r.y, r.width, r.height);
  });
}

StepSpec crop_step() {
  return make_step(
      "crop", "geometry",
      "Cuts out a rectangle, which must lie inside the image: by x, y, width, height in pixels, by "
      "a margin, or by bounds in units of the geo-reference (rounded to the nearest pixel edges). "
      "All sample types, pixels unchanged.",
      {option("x", &CropOptions::x, "left column; 0 when left out").min(0),
       option("y", &CropOptions::y, "top row; 0 when left out").min(0),
       option("width", &CropOptions::width, "columns; up to the right edge when left out").min(1),
       option("height", &CropOptions::height, "rows; down to the bottom when left out").min(1),
       option("margin", &CropOptions::margin, "pixels to take off on all four sides").min(0),
       option("bounds", &CropOptions::bounds,
              "[xmin, ymin, xmax, ymax] in units of the geo-reference")},
      crop);
}

}  // namespace sluice
