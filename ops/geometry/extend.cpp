#include "ops/geometry/extend.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/geometry/moved.hpp"

namespace sluice {
namespace {

// Pixels added on one axis.
struct Sides {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

Sides by_size(std::int64_t size, std::optional<std::int64_t> wanted, int gravity,
              const char* option) {
  const std::int64_t target = wanted.value_or(size);
  if (target < size || target > kMaxDimension)
    throw refused(
        fmt::format("{} is {}; it must lie between that of the image, {}, and 2^40 (crop makes an "
                    "image smaller)",
                    option, target, size));
  const std::int64_t added = target - size;
  const std::int64_t before = gravity < 0 ? 0 : gravity > 0 ? added : added / 2;
  return {before, added - before};
}

Sides by_side(std::int64_t size, std::optional<std::int64_t> before,
              std::optional<std::int64_t> after, const char* names) {
  const Sides sides{before.value_or(0), after.value_or(0)};
  const std::int64_t room = kMaxDimension - size;
  if (sides.before < 0 || sides.after < 0 || sides.before > room ||
      sides.after > room - sides.before)
    throw refused(fmt::format(
        "{} are {} and {}; they must be at least 0 and the sum with the image's {} at most 2^40",
        names, sides.before, sides.after, size));
  return sides;
}

// -1: image first, 0: in the middle, 1: image last.
int horizontal(Gravity g) {
  switch (g) {
    case Gravity::west:
    case Gravity::north_west:
    case Gravity::south_west:
      return -1;
    case Gravity::east:
    case Gravity::north_east:
    case Gravity::south_east:
      return 1;
    default:
      return 0;
  }
}
int vertical(Gravity g) {
  switch (g) {
    case Gravity::north:
    case Gravity::north_west:
    case Gravity::north_east:
      return -1;
    case Gravity::south:
    case Gravity::south_west:
    case Gravity::south_east:
      return 1;
    default:
      return 0;
  }
}

std::shared_ptr<const Operation> make_extend(const ImageInfo& in, const ExtendOptions& o) {
  const bool sides = o.left || o.right || o.top || o.bottom, size = o.width || o.height;
  if (sides == size) throw refused("give either left, right, top, bottom, or width and height");
  const Sides x = sides ? by_side(in.width, o.left, o.right, "left and right")
                        : by_size(in.width, o.width, horizontal(o.gravity), "width");
  const Sides y = sides ? by_side(in.height, o.top, o.bottom, "top and bottom")
                        : by_size(in.height, o.height, vertical(o.gravity), "height");
  if (o.mode == Edge::constant) check_sample("value", o.value, in.type);
  return std::make_shared<MovedImage>(in, -x.before, -y.before, x.before + in.width + x.after,
                                      y.before + in.height + y.after, o.mode, o.value);
}

}  // namespace

Image extend(const Image& image, const ExtendOptions& options) {
  return add_node_of("extend", image,
                     [options](const ImageInfo& in) { return make_extend(in, options); });
}

StepSpec extend_step() {
  return make_step(
      "extend", "geometry",
      "Adds pixels around the image: per side, or up to a size with the image at a gravity. They "
      "repeat the nearest pixel (replicate), mirror the image with its edge pixel repeated "
      "(mirror), have one value (constant) or continue it periodically (wrap). All sample types.",
      {option("left", &ExtendOptions::left, "columns to add on the left").min(0),
       option("right", &ExtendOptions::right, "columns to add on the right").min(0),
       option("top", &ExtendOptions::top, "rows to add above").min(0),
       option("bottom", &ExtendOptions::bottom, "rows to add below").min(0),
       option("width", &ExtendOptions::width,
              "width of the result; that of the image when left out")
           .min(1),
       option("height", &ExtendOptions::height,
              "height of the result; that of the image when left out")
           .min(1),
       option("gravity", &ExtendOptions::gravity, "where the image lies on the result")
           .only_with({{"width", ""}, {"height", ""}}),
       option("mode", &ExtendOptions::mode, "what the new pixels are"),
       option("value", &ExtendOptions::value,
              "the new samples of every band, within the sample type's range")
           .only_with({{"mode", "constant"}})},
      extend);
}

}  // namespace sluice
