// convert: another colour model.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

enum class ColourModel : std::uint8_t { srgb, linear, grey, cmyk };
template <>
struct EnumNames<ColourModel> {
  static constexpr std::pair<std::string_view, ColourModel> names[] = {
      {"srgb", ColourModel::srgb},
      {"linear", ColourModel::linear},
      {"grey", ColourModel::grey},
      {"cmyk", ColourModel::cmyk}};
};

struct ConvertOptions {
  ColourModel to = ColourModel::srgb;
  std::optional<ColourModel> from = {};  ///< what the bands are; what the image says when not given
};

Image convert(const Image& image, const ConvertOptions& options = {});
StepSpec convert_step();

}  // namespace sluice
