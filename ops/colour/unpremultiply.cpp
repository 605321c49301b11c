#include "ops/colour/unpremultiply.hpp"

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
        return fmt::format("{1} == 0 ? 0 : {0} * {2} / {1}", colour, alpha, full);
      });
}

ImageInfo described(const ImageInfo& input) {
  ImageInfo info = with_other_colours(input);
  info.alpha = Alpha::straight;
  return info;
}

class Unpremultiply final : public FormulaOperation {
 public:
  Unpremultiply(const ImageInfo& input, const UnpremultiplyOptions&)
      : FormulaOperation(described(input), formulas_of(input)) {}
};

}  // namespace

Image unpremultiply(const Image& image, const UnpremultiplyOptions& options) {
  if (image.info().alpha != Alpha::premultiplied) return image;
  return add_node<Unpremultiply>("unpremultiply", image, options);
}

StepSpec unpremultiply_step() {
  return make_step(
      "unpremultiply", "colour",
      "Divides premultiplied colour by its alpha: colour * full / alpha, full being the type's "
      "largest value (of the bits that the file has), 1 for f32 and f64; 0 where alpha is 0. 8- "
      "and 16-bit samples by exact "
      "products, f32 in f32, others in f64; integers are rounded to nearest, ties to even, and "
      "clamped. An image without alpha, or with straight alpha already, passes. Colour is valid "
      "where "
      "alpha is too. Not for u64 and i64.",
      {}, unpremultiply);
}

}  // namespace sluice
