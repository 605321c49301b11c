// The most frequent sample of boxes. Private to shrink.
#pragma once

#include "engine/graph.hpp"

namespace sluice {

/// Adds the nodes; see ShrinkMode::mode. Boxes of at most 65536 pixels are sorted; of larger ones
/// u8 and i8 samples are counted, cell by cell, in tables of 256 counts. Throws Error (usage) for
/// larger boxes of other types and where an image is more than 2^32 columns wide.
Image most_frequent_of_boxes(const Image& image, std::int64_t x, std::int64_t y);

}  // namespace sluice
