// flatten: an image with alpha laid on a background.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct FlattenOptions {
  Numbers background = {};  ///< white when not given
};

Image flatten(const Image& image, const FlattenOptions& options = {});
StepSpec flatten_step();

}  // namespace sluice
