#include "ops/geometry/flip.hpp"

#include "engine/declare_step.hpp"
#include "ops/common/node.hpp"
#include "ops/geometry/turn.hpp"

namespace sluice {

Image flip(const Image& image, const FlipOptions& options) {
  return add_node_of("flip", image, [options](const ImageInfo& in) {
    return make_turned(in, options.axis == FlipAxis::horizontal ? 2 : 4);
  });
}

StepSpec flip_step() {
  return make_step(
      "flip", "geometry",
      "Mirrors the image: horizontal (or x) exchanges left and right, vertical (or y) above and "
      "below. All sample types; the geo-reference goes along. An orientation that the file states "
      "is "
      "cleared: see autorotate.",
      {option("axis", &FlipOptions::axis, "what to exchange").take_bare()}, flip);
}

}  // namespace sluice
