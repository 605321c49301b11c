#include "ops/geometry/autorotate.hpp"

#include "engine/declare_step.hpp"
#include "ops/common/node.hpp"
#include "ops/geometry/turn.hpp"

namespace sluice {

Image autorotate(const Image& image, const AutorotateOptions&) {
  if (image.info().orientation == 1) return image;
  return add_node_of("autorotate", image,
                     [](const ImageInfo& in) { return make_turned(in, in.orientation); });
}

StepSpec autorotate_step() {
  return make_step(
      "autorotate", "geometry",
      "Turns or mirrors the image as the orientation says that its file states (EXIF's, "
      "1 to 8), so that its pixels lie as they are shown, and clears the orientation. "
      "An upright image passes. All sample types; the geo-reference goes along. Other "
      "steps leave the stored pixels where they are and carry the orientation along, "
      "but flip and rotate clear it: what is turned by hand is taken to be upright.",
      {}, autorotate);
}

}  // namespace sluice
