// crop: cuts out a rectangle.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

/// The rectangle, in one of three ways: by `x`, `y`, `width`, `height` in pixels (the rest of the
/// image where left out), by a `margin` to take off on all sides, or by `bounds` in units of the
/// geo-reference.
struct CropOptions {
  std::optional<std::int64_t> x = std::nullopt, y = std::nullopt, width = std::nullopt,
                              height = std::nullopt;
  std::optional<std::int64_t> margin = std::nullopt;
  std::vector<double> bounds = {};  ///< xmin, ymin, xmax, ymax
};

/// The pixels of a rectangle, all sample types, unchanged. Geo-reference and validity go along.
/// `bounds` are rounded to the nearest edges of pixels. Throws Error (usage) when the rectangle is
/// empty or not inside the image, and for `bounds` without a geo-reference or on one that is
/// rotated or sheared.
Image crop(const Image& image, const CropOptions& options);
StepSpec crop_step();

}  // namespace sluice
