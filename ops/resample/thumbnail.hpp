// thumbnail: a small upright image.
#pragma once

#include <cstdint>
#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"
#include "resize.hpp"

namespace sluice {

struct ThumbnailOptions {
  std::vector<std::int64_t> fit = {};
  bool enlarge = false;
  ResizeKernel kernel = ResizeKernel::lanczos3;
};

Image thumbnail(const Image& image, const ThumbnailOptions& options);
StepSpec thumbnail_step();

}  // namespace sluice
