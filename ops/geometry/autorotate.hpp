// autorotate: an image turned upright.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct AutorotateOptions {};

Image autorotate(const Image& image, const AutorotateOptions& options = {});
StepSpec autorotate_step();

}  // namespace sluice
