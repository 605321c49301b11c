// rotate: turns an image by quarter turns.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct RotateOptions {
  int degrees = 90;  ///< clockwise: 90, 180 or 270
};

/// The image turned clockwise, all sample types; validity and geo-reference go along. Throws Error
/// (usage) for other angles.
Image rotate(const Image& image, const RotateOptions& options = {});
StepSpec rotate_step();

}  // namespace sluice
