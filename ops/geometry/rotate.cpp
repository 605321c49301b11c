#include "ops/geometry/rotate.hpp"

#include <fmt/format.h>

#include "engine/declare_step.hpp"
#include "ops/geometry/turn.hpp"

namespace sluice {
namespace {

std::shared_ptr<const Operation> make_rotate(const ImageInfo& in, int degrees) {
  switch (degrees) {
    case 90:
      return std::make_shared<TurnedImage>(in, true);
    case 180:
      return std::make_shared<MirroredImage>(in, true, true);
    case 270:
      return std::make_shared<TurnedImage>(in, false);
    default:
      throw Error(ErrorKind::usage,
                  fmt::format("degrees is {}; 90, 180 and 270 (clockwise) are possible", degrees));
  }
}

}  // namespace

Image rotate(const Image& image, const RotateOptions& options) {
  return add_operation(
      "rotate", std::span(&image, 1), {},
      [degrees = options.degrees](std::span<const ImageInfo> in, const LateValues&) {
        return make_rotate(in[0], degrees);
      });
}

StepSpec rotate_step() {
  return make_step<RotateOptions>(
      "rotate", "geometry",
      "Turns the image clockwise by 90, 180 or 270 degrees. All sample types; the geo-reference "
      "goes along.",
      inputs(1),
      {option("degrees", &RotateOptions::degrees, "clockwise: 90, 180 or 270")
           .min(90)
           .max(270)
           .take_bare()},
      [](std::span<const Image> in, const RotateOptions& o) { return rotate(in[0], o); });
}

}  // namespace sluice
