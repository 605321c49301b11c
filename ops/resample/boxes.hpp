// Boxes of pixels that become one each: what the modes of shrink share. Private to shrink.
#pragma once

#include <algorithm>

#include "engine/operation.hpp"

namespace sluice {

/// The image after boxes of x columns and y rows have become one pixel each.
inline ImageInfo shrunk_info(ImageInfo info, std::int64_t x, std::int64_t y) {
  change_geometry(info, ceil_div(info.width, x), ceil_div(info.height, y), 0,
                  static_cast<double>(x), 0, 0, 0, static_cast<double>(y));
  return info;
}

/// Which boxes a region is made of.
class BoxOperation : public Operation {
 public:
  Rect needs(int, const Rect& out) const override {
    return intersect({out.x * x_, out.y * y_, out.width * x_, out.height * y_}, image_);
  }
  Traits traits() const override { return {.cost = 0.5 + 0.5 * static_cast<double>(x_ * y_)}; }

 protected:
  BoxOperation(const ImageInfo& image, std::int64_t x, std::int64_t y)
      : Operation(shrunk_info(image, x, y)), x_(x), y_(y), image_(image.rect()) {}

  /// Columns and rows of the boxes of output column x and row y.
  int box_width(std::int64_t x) const {
    return static_cast<int>(std::min(x_, image_.width - x * x_));
  }
  int box_height(std::int64_t y) const {
    return static_cast<int>(std::min(y_, image_.height - y * y_));
  }

  std::int64_t x_, y_;
  Rect image_;
};

}  // namespace sluice
