// Samples times alpha and validity before a filter, and divided by them after it. Pointwise,
// private to filter_separably() and shrink.
#pragma once

#include <memory>

#include "engine/operation.hpp"

namespace sluice {

/// From `image` to weighed samples: what is under a straight alpha times it, 0 where a pixel is not
/// valid. Behind them a channel "coverage" of 1 and 0 for each validity plane and, where these are
/// one a band, for each band under alpha a channel "weight": alpha where that band is valid.
/// Without alpha and validity a plain conversion.
std::shared_ptr<const Operation> make_weigh(const ImageInfo& image);

/// Back from the filtered samples, f32 or f64, to `image` (of the size after the filter).
std::shared_ptr<const Operation> make_unweigh(const ImageInfo& image, SampleType filtered);

}  // namespace sluice
