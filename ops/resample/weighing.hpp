// Samples times alpha and validity before a filter, and divided by them after it. Pointwise,
// private to filter_separably() and shrink.
#pragma once

#include <memory>

#include "engine/operation.hpp"

namespace sluice {

/// f32 for 8- and 16-bit samples and f32, f64 for the others.
SampleType weighed_type(SampleType type);

/// From `image` to weighed samples: colour times straight alpha, 0 where a pixel is not valid, with
/// a last channel "coverage" of 1 and 0 when the image has a validity plane. Without alpha and
/// validity a plain conversion.
std::shared_ptr<const Operation> make_weigh(const ImageInfo& image);

/// Back from the filtered samples, f32 or f64, to `image` (of the size after the filter).
std::shared_ptr<const Operation> make_unweigh(const ImageInfo& image, SampleType filtered);

}  // namespace sluice
