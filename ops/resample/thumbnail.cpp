#include "ops/resample/thumbnail.hpp"

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/geometry/autorotate.hpp"

namespace sluice {

Image thumbnail(const Image& image, const ThumbnailOptions& options) {
  return build_step("thumbnail", image, [&] {
    if (options.fit.empty())
      throw refused("fit is required: one size or [width, height], in pixels");
    return resize(autorotate(image),
                  {.fit = options.fit, .enlarge = options.enlarge, .kernel = options.kernel});
  });
}

StepSpec thumbnail_step() {
  using O = ThumbnailOptions;
  return make_step(
      "thumbnail", "resample",
      "Turns the image upright (autorotate), then reduces it to the largest size of the "
      "same aspect ratio inside fit (resize, whose sample types, rounding and care for "
      "alpha and validity hold here too). An image that is smaller stays as it is.",
      {option("fit", &O::fit, "[width, height] in pixels as shown, or a square's side")
           .require()
           .take_bare(),
       option("enlarge", &O::enlarge, "whether a smaller image grows to fit"),
       option("kernel", &O::kernel, "how samples are weighted")},
      thumbnail);
}

}  // namespace sluice
