// gaussian_blur: a weighted mean with the weights of a Gaussian.
#pragma once

#include <optional>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

/// Either one or both.
struct GaussianBlurOptions {
  std::optional<double> sigma = {};  ///< standard deviation in pixels, 0..1000; 0 changes nothing
  std::optional<std::int64_t> radius = {};  ///< pixels on each side that are taken in, 0..4096;
                                            ///< alone it means sigma = radius / 3
};

/// Blurs by exp(-(x^2 + y^2) / (2 sigma^2)), cut off at `radius` and normalised, with a finite
/// impulse response in two passes. The radius, unless given, is ceil(3.5 sigma) for 8-bit samples,
/// whose error against the untruncated Gaussian then stays within 1 level, and ceil(5 sigma) for
/// others. The cost grows with sigma. Edges are replicated.
///
/// 8-bit images without alpha and validity, sigma from 3.9 to 36, no radius given: every
/// floor(sigma / 1.3)-th row is made with a part of the blur (deviation 0.75 of that step), blurred
/// horizontally, and all rows are interpolated from those with the Gaussian that remains: the same
/// error bound at a third of the cost.
///
/// All sample types but u64 and i64, and no palette indices. Colour is weighted by straight alpha;
/// pixels that are not valid have no weight, and the result is valid where at least half of the
/// weight is. The rounding is stated in ops/resample/separable.hpp. Throws Error (usage) without
/// sigma and radius and outside their ranges.
Image gaussian_blur(const Image& image, const GaussianBlurOptions& options);
StepSpec gaussian_blur_step();

}  // namespace sluice
