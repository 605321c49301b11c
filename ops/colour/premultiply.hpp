// premultiply: colour times alpha.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct PremultiplyOptions {};

Image premultiply(const Image& image, const PremultiplyOptions& options = {});
StepSpec premultiply_step();

}  // namespace sluice
