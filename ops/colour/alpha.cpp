#include "ops/colour/alpha.hpp"

#include <fmt/format.h>

#include <limits>

#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"

namespace sluice {

Formulas colour_formulas(const ImageInfo& input, const ColourText& text) {
  refuse_palette_indices(input, "put `convert to=srgb` before");
  const std::string alpha = fmt::format("a[{}]", input.alpha_band());
  std::vector<std::string> formulas;
  for (int c = 0; c < input.channels(); ++c) {
    const std::string band = fmt::format("a[{}]", c);
    formulas.push_back(input.under_alpha(c) ? text(band, alpha) : band);
  }
  const bool sixteen_bits = !is_float(input.type) && size_of(input.type) == 2;
  return make_formulas(formulas, {&input, 1},
                       {.type = input.type,
                        .f64 = needs_f64(input.type) || sixteen_bits,
                        .most_nodes = std::numeric_limits<std::size_t>::max()});
}

ImageInfo with_other_colours(ImageInfo info) {
  for (int c = 0; c < info.channels(); ++c)
    if (info.under_alpha(c)) change_values(info.bands[static_cast<std::size_t>(c)]);
  change_samples(info);
  return info;
}

}  // namespace sluice
