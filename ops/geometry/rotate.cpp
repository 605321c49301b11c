#include "ops/geometry/rotate.hpp"

#include <fmt/format.h>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/geometry/turn.hpp"

namespace sluice {
namespace {

std::shared_ptr<const Operation> make_rotate(const ImageInfo& in, int degrees) {
  switch (degrees) {
    case 90:
      return make_turned(in, 6);
    case 180:
      return make_turned(in, 3);
    case 270:
      return make_turned(in, 8);
    default:
      throw refused(
          fmt::format("degrees is {}; 90, 180 and 270 (clockwise) are possible", degrees));
  }
}

}  // namespace

Image rotate(const Image& image, const RotateOptions& options) {
  return add_node_of("rotate", image,
                     [options](const ImageInfo& in) { return make_rotate(in, options.degrees); });
}

StepSpec rotate_step() {
  return make_step(
      "rotate", "geometry",
      "Turns the image clockwise by 90, 180 or 270 degrees. All sample types; the geo-reference "
      "goes along. An orientation that the file states is cleared: see autorotate.",
      {option("degrees", &RotateOptions::degrees, "clockwise: 90, 180 or 270")
           .min(90)
           .max(270)
           .take_bare()},
      rotate);
}

}  // namespace sluice
