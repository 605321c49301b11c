#include "ops/geometry/flip.hpp"

#include "engine/declare_step.hpp"
#include "ops/geometry/turn.hpp"

namespace sluice {

Image flip(const Image& image, const FlipOptions& options) {
  const bool columns = options.axis == FlipAxis::horizontal;
  return add_operation("flip", image,
                       std::make_shared<MirroredImage>(image.info(), columns, !columns));
}

StepSpec flip_step() {
  return make_step<FlipOptions>(
      "flip", "geometry",
      "Mirrors the image: horizontal (or x) exchanges left and right, vertical (or y) above and "
      "below. All sample types; the geo-reference goes along.",
      inputs(1), {option("axis", &FlipOptions::axis, "what to exchange").take_bare()},
      [](std::span<const Image> in, const FlipOptions& o) { return flip(in[0], o); });
}

}  // namespace sluice
