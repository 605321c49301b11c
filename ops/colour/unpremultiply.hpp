// unpremultiply: colour divided by alpha.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct UnpremultiplyOptions {};

Image unpremultiply(const Image& image, const UnpremultiplyOptions& options = {});
StepSpec unpremultiply_step();

}  // namespace sluice
