// Rectangles, block grids and affine maps. All coordinates are 64-bit pixels of the full image.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice {

/// Half-open interval [begin, end) on one axis.
struct Interval {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// A rectangle of pixels: columns [x, x + width), rows [y, y + height). May lie outside an image.
struct Rect {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;

  std::int64_t right() const { return x + width; }
  std::int64_t bottom() const { return y + height; }
  bool empty() const { return width <= 0 || height <= 0; }
  bool contains(const Rect& r) const {
    return r.x >= x && r.y >= y && r.right() <= right() && r.bottom() <= bottom();
  }
  /// The rectangle grown by a halo on each side.
  Rect grown(std::int64_t left, std::int64_t top, std::int64_t right_by,
             std::int64_t bottom_by) const {
    return {x - left, y - top, width + left + right_by, height + top + bottom_by};
  }
  friend bool operator==(const Rect&, const Rect&) = default;
};

inline Rect intersect(const Rect& a, const Rect& b) {
  const std::int64_t x = std::max(a.x, b.x), y = std::max(a.y, b.y);
  return {x, y, std::max<std::int64_t>(0, std::min(a.right(), b.right()) - x),
          std::max<std::int64_t>(0, std::min(a.bottom(), b.bottom()) - y)};
}

/// Division rounding towards minus infinity and plus infinity; `b` > 0.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return -floor_div(-a, b);
}
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) {
  return ceil_div(a, b) * b;
}

/// How a source stores, or a sink writes, its pixels: blocks of one size in row-major order, the
/// last column and row cut off by the image's edge.
struct BlockGrid {
  std::int64_t image_width = 0;
  std::int64_t image_height = 0;
  std::int64_t block_width = 0;
  std::int64_t block_height = 0;

  std::int64_t columns() const { return ceil_div(image_width, block_width); }
  std::int64_t rows() const { return ceil_div(image_height, block_height); }
  std::int64_t count() const { return columns() * rows(); }
  /// The pixels of block `index` that lie inside the image.
  Rect rect(std::int64_t index) const {
    const std::int64_t column = index % columns(), row = index / columns();
    return intersect({column * block_width, row * block_height, block_width, block_height},
                     {0, 0, image_width, image_height});
  }
  friend bool operator==(const BlockGrid&, const BlockGrid&) = default;
};

/// Maps pixel corners (column, row) to model coordinates:
/// X = a[0] + a[1] * column + a[2] * row, Y = a[3] + a[4] * column + a[5] * row.
struct Affine {
  std::array<double, 6> a{0, 1, 0, 0, 0, 1};

  /// The map of an image whose pixel (x, y) is this image's point
  /// (x0 + xx * x + xy * y, y0 + yx * x + yy * y).
  Affine after(double x0, double xx, double xy, double y0, double yx, double yy) const {
    return {{a[0] + a[1] * x0 + a[2] * y0, a[1] * xx + a[2] * yx, a[1] * xy + a[2] * yy,
             a[3] + a[4] * x0 + a[5] * y0, a[4] * xx + a[5] * yx, a[4] * xy + a[5] * yy}};
  }
  friend bool operator==(const Affine&, const Affine&) = default;
};

/// Largest width and height of an image, 2^40: keeps every area and byte count inside 64 bits
/// together with the check in ImageInfo::bytes().
inline constexpr std::int64_t kMaxDimension = std::int64_t{1} << 40;

}  // namespace sluice
