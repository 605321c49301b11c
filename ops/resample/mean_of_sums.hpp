// Means of boxes from their sums: the end of a strong shrink. Private to shrink.
#pragma once

#include <memory>

#include "engine/operation.hpp"

namespace sluice {

/// From the sums (CellSums::exact) over the boxes of x columns and y rows of `image` to their means
/// in its sample type: integers exactly, rounded to nearest, ties to even; floats divided in f64.
std::shared_ptr<const Operation> make_mean_of_sums(const ImageInfo& image, std::int64_t x,
                                                   std::int64_t y);

}  // namespace sluice
