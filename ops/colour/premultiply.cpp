#include "ops/colour/premultiply.hpp"

#include <fmt/format.h>

#include "engine/declare_step.hpp"
#include "ops/colour/alpha.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"

namespace sluice {

namespace {

Formulas formulas_of(const ImageInfo& input) {
  return colour_formulas(
      input, [full = full_sample(input)](const std::string& colour, const std::string& alpha) {
        return fmt::format("{} * {} / {}", colour, alpha, full);
      });
}

ImageInfo described(const ImageInfo& input) {
  ImageInfo info = with_other_colours(input);
  info.alpha = Alpha::premultiplied;
  return info;
}

class Premultiply final : public FormulaOperation {
 public:
  Premultiply(const ImageInfo& input, const PremultiplyOptions&)
      : FormulaOperation(described(input), formulas_of(input)) {}
};

}  // namespace

Image premultiply(const Image& image, const PremultiplyOptions& options) {
  if (image.info().alpha != Alpha::straight) return image;
  return add_node<Premultiply>("premultiply", image, options);
}

StepSpec premultiply_step() {
  return make_step(
      "premultiply", "colour",
      "Multiplies colour by its straight alpha: colour * alpha / full, full being the type's "
      "largest value (of the bits that the file has), 1 for f32 and f64. 8- and 16-bit samples "
      "exactly, f32 in f32, others in f64; "
      "integers are rounded to nearest, ties to even. An image without alpha, or premultiplied "
      "already, passes. Colour is valid where alpha is too. Not for u64 and i64.",
      {}, premultiply);
}

}  // namespace sluice
