#include "ops/resample/resize.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/resample/nearest.hpp"
#include "ops/resample/separable.hpp"

namespace sluice {

namespace {

struct Size {
  std::int64_t width, height;
};

/// round(a * b / c), halves up, at least 1; a, b, c > 0.
std::int64_t in_proportion(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ using Wide = __int128;
  const Wide r = (2 * Wide(a) * b + c) / (2 * Wide(c));
  return static_cast<std::int64_t>(r < 1 ? Wide(1) : r > kMaxDimension + 1 ? kMaxDimension + 1 : r);
}

std::int64_t scaled(std::int64_t size, double scale) {
  const double r = std::floor(static_cast<double>(size) * scale + 0.5);
  if (r > static_cast<double>(kMaxDimension)) return kMaxDimension + 1;
  return r < 1 ? 1 : static_cast<std::int64_t>(r);
}

Size fitted(const ImageInfo& info, const std::vector<std::int64_t>& fit, bool enlarge) {
  if (fit.size() > 2 || fit.front() < 1 || fit.back() < 1)
    throw refused("fit is one size or [width, height], each at least 1");
  const std::int64_t width = fit.front(), height = fit.back();
  if (!enlarge && info.width <= width && info.height <= height) return {info.width, info.height};
  __extension__ using Wide = __int128;
  if (Wide(width) * info.height <= Wide(height) * info.width)
    return {width, in_proportion(info.height, width, info.width)};
  return {in_proportion(info.width, height, info.height), height};
}

Size new_size(const ImageInfo& info, const ResizeOptions& o) {
  const int ways = int{o.scale.has_value()} + int{o.width || o.height} + int{!o.fit.empty()};
  if (ways != 1)
    throw refused(ways == 0 ? "give the new size as scale, as width and height, or as fit"
                            : "scale, width and height, and fit exclude each other");
  if (!o.enlarge && o.fit.empty()) throw refused("enlarge: false goes with fit alone");
  if (o.scale) {
    if (!(*o.scale > 0))
      throw refused(fmt::format("scale must be above 0, {} was asked for", *o.scale));
    return {scaled(info.width, *o.scale), scaled(info.height, *o.scale)};
  }
  if (!o.fit.empty()) return fitted(info, o.fit, o.enlarge);
  if (o.width.value_or(1) < 1 || o.height.value_or(1) < 1)
    throw refused("width and height must be at least 1");
  return {o.width ? *o.width : in_proportion(info.width, *o.height, info.height),
          o.height ? *o.height : in_proportion(info.height, *o.width, info.width)};
}

TapKernel tap_kernel(ResizeKernel kernel) {
  switch (kernel) {
    case ResizeKernel::box:
      return TapKernel::box;
    case ResizeKernel::linear:
      return TapKernel::linear;
    case ResizeKernel::cubic:
      return TapKernel::cubic;
    case ResizeKernel::mitchell:
      return TapKernel::mitchell;
    case ResizeKernel::lanczos2:
      return TapKernel::lanczos2;
    default:
      return TapKernel::lanczos3;
  }
}

AxisFilter axis(std::int64_t in, std::int64_t out, ResizeKernel kernel) {
  if (in == out) return {};
  if (in <= kCellFactor * out) return {resampling_taps(in, out, tap_kernel(kernel)), out};
  return {cell_taps(in, out, tap_kernel(kernel)), out, resize_cells(in, out)};
}

Image resized(const Image& image, const ResizeOptions& options) {
  const ImageInfo& info = image.info();
  const Size size = new_size(info, options);
  if (size.width > kMaxDimension || size.height > kMaxDimension)
    throw refused(fmt::format("the new size passes {} pixels a side", kMaxDimension));
  if (options.kernel == ResizeKernel::nearest) {
    if (size.width == info.width && size.height == info.height) return image;
    return add_operation("resize", image, make_nearest(info, size.width, size.height));
  }
  return filter_separably("resize", image, axis(info.height, size.height, options.kernel),
                          axis(info.width, size.width, options.kernel), "use kernel: nearest");
}

}  // namespace

Image resize(const Image& image, const ResizeOptions& options) {
  return build_step("resize", image, [&] { return resized(image, options); });
}

StepSpec resize_step() {
  return make_step(
      "resize", "resample",
      "Resamples to another size, given as scale, as width and height (one alone keeps the aspect "
      "ratio), or as fit; at least 1 x 1. A convolution, pixel centres aligned, the kernel widened "
      "when shrinking, edges replicated. All sample types, u64, i64, labels and palettes with "
      "kernel "
      "nearest only. Colour is weighted by alpha; skips pixels that are not valid. 8-bit images "
      "are "
      "computed with 14-bit weights and rounded once, to nearest even. An axis that shrinks by "
      "more "
      "than 32 is summed over cells first, 20 to an output pixel, which the kernel then weighs: "
      "any "
      "factor takes little memory and about the time of reading the image; at most one 8-bit level "
      "from the kernel over all pixels.",
      {option("scale", &ResizeOptions::scale, "factor of both axes; halves of a pixel round up")
           .above(0)
           .take_bare(),
       option("width", &ResizeOptions::width, "columns").min(1),
       option("height", &ResizeOptions::height, "rows").min(1),
       option("fit", &ResizeOptions::fit,
              "largest size of the same aspect ratio inside [width, height] or a square"),
       option("enlarge", &ResizeOptions::enlarge,
              "with fit: whether an image that is smaller than it grows to it"),
       option("kernel", &ResizeOptions::kernel, "how samples are weighted")},
      resize);
}

}  // namespace sluice
