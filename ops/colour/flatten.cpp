#include "ops/colour/flatten.hpp"

#include <fmt/format.h>

#include <vector>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/colour/alpha.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"

namespace sluice {

namespace {

/// A sample for each band under alpha.
std::vector<double> background_of(const ImageInfo& input, const FlattenOptions& options,
                                  const LateValues& late) {
  int bands = 0;
  for (int c = 0; c < input.channels(); ++c)
    bands += input.under_alpha(c) ? 1 : 0;
  const double white = input.colour == Colour::cmyk || input.white_is_zero ? 0 : full_sample(input);
  if (options.background.empty())
    return std::vector<double>(static_cast<std::size_t>(bands), white);
  std::vector<double> values = late.resolve(options.background, bands, "background");
  for (const double v : values)
    check_sample("background", v, input.type);
  return values;
}

/// The alpha band is still there.
class Blend final : public FormulaOperation {
 public:
  Blend(const ImageInfo& input, const FlattenOptions& options, const LateValues& late)
      : FormulaOperation(with_other_colours(input),
                         formulas_of(input, background_of(input, options, late))) {}

 private:
  static Formulas formulas_of(const ImageInfo& input, const std::vector<double>& background) {
    const double full = full_sample(input);
    const bool straight = input.alpha == Alpha::straight;
    auto next = background.begin();
    return colour_formulas(input, [&](const std::string& colour, const std::string& alpha) {
      return fmt::format("{2} == 0 ? {3} : ({0} * {1} + {3} * ({4} - {2})) / {4}", colour,
                         straight ? alpha : fmt::format("{}", full), alpha, *next++, full);
    });
  }
};

/// The bands but alpha.
std::vector<int> opaque_bands(const ImageInfo& info) {
  std::vector<int> bands;
  for (int c = 0; c < info.channels(); ++c)
    if (c != info.alpha_band()) bands.push_back(c);
  return bands;
}

}  // namespace

Image flatten(const Image& image, const FlattenOptions& options) {
  return build_step("flatten", image, [&] {
    if (image.info().alpha == Alpha::none) return image;
    const Image blended = add_node<Blend>("flatten", image, options, {&options.background});
    const ImageInfo& info = blended.info();
    return add_operation("flatten", blended,
                         make_select(info, opaque_bands(info), BandColour::automatic));
  });
}

StepSpec flatten_step() {
  using O = FlattenOptions;
  return make_step(
      "flatten", "colour",
      "Lays the image on a background and drops its alpha band: (colour * alpha + background * "
      "(full - alpha)) / full, full being the type's largest value, 1 for f32 and f64; the "
      "background where alpha is 0; of premultiplied samples colour * full takes the place of "
      "colour * alpha. 8- and 16-bit samples exactly, f32 in f32, others in f64; integers are "
      "rounded to nearest, ties to even. An image without alpha passes. Mixes the samples as they "
      "are stored. A pixel is valid where colour and alpha are. Not for u64 and i64.",
      {option("background", &O::background,
              "samples as the image has them: one number, or one per colour band; white when not "
              "given")
           .take_bare()},
      flatten);
}

}  // namespace sluice
