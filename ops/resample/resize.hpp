// resize: another size, by convolution.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class ResizeKernel : std::uint8_t {
  nearest,
  box,
  linear,
  cubic,
  mitchell,
  lanczos2,
  lanczos3
};

template <>
struct EnumNames<ResizeKernel> {
  static constexpr std::pair<std::string_view, ResizeKernel> names[] = {
      {"nearest", ResizeKernel::nearest},   {"box", ResizeKernel::box},
      {"linear", ResizeKernel::linear},     {"cubic", ResizeKernel::cubic},
      {"mitchell", ResizeKernel::mitchell}, {"lanczos2", ResizeKernel::lanczos2},
      {"lanczos3", ResizeKernel::lanczos3}};
};

/// The new size, in one of three ways.
struct ResizeOptions {
  std::optional<double> scale = {};  ///< > 0: of both axes; halves of a pixel are rounded up
  std::optional<std::int64_t> width = {},
                              height = {};  ///< pixels; one alone keeps the aspect ratio
  std::vector<std::int64_t> fit = {};  ///< the largest size with this aspect ratio inside [width,
                                       ///< height], or inside a square of one number
  bool enlarge = true;                 ///< with fit: false leaves a smaller image as it is
  ResizeKernel kernel = ResizeKernel::lanczos3;
};

/// Resamples, pixel centres aligned: output pixel x has its centre at (x + 1/2) in / out of the
/// input, and the kernel is widened by in / out where that shrinks. Size at least 1 x 1. Weights
/// are normalised, edges replicated. Kernels: `cubic` is Keys' with a = -1/2, `mitchell` B = C =
/// 1/3.
///
/// All sample types but u64 and i64, which only `nearest` takes; that, too, is the one for labels
/// and palette indices. Colour is weighted by straight alpha, and pixels that are not valid have no
/// weight; the result is valid where at least half of the weight is (`nearest`: where the picked
/// pixel is). A nodata value without a validity plane is a number like any other. The rounding is
/// stated in ops/resample/separable.hpp: 8-bit images by 14-bit weights in integers, one rounding
/// to 8 bits. Geo-reference and resolution go along.
///
/// An axis that shrinks by more than 32 (kCellFactor in ops/resample/cells.hpp) is cut into 20
/// cells for each output pixel; the samples of a cell are summed, and the kernel weighs the sums by
/// its value at the cell's middle. `box` stays exact, its windows being made of whole cells; the
/// others are at most one 8-bit level away from the kernel over all pixels. So memory does not grow
/// with the factor: the sums are kept in small tiles (Traits::always_kept), whatever
/// RunOptions::keep says.
///
/// Throws Error (usage) for an unknown size and for a scale that gives more than 2^40 pixels a
/// side.
Image resize(const Image& image, const ResizeOptions& options);
StepSpec resize_step();

}  // namespace sluice
