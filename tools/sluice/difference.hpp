// Pixel differences of two images, gathered by the engine in bounded memory.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/graph.hpp"

namespace sluice::tool {

/// Both images' bands in one: those of `a`, then those of `b`. They have one size, type and number
/// of channels.
Image paired(const Image& a, const Image& b);

/// Over a paired image; arrays of one element, a value per channel of the first half:
/// max (largest |a - b|), over (pixels that differ by more than `tolerance`), squares (sum of
/// (a - b)^2), low and high (range of a). Two NaN are equal; a NaN and a number differ by infinity
/// and do not enter `squares`.
std::shared_ptr<const Reduction> difference_of(const ImageInfo& paired, double tolerance);

}  // namespace sluice::tool
