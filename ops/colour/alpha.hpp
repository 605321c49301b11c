// What the operations on alpha share.
#pragma once

#include <functional>
#include <string>

#include "engine/image_info.hpp"
#include "ops/common/formula_operation.hpp"

namespace sluice {

/// What text(colour, alpha), called for one after the other, says for each band under the alpha of
/// the image; `colour` and `alpha` stand for the samples. Other bands are copied. Products of 8-
/// and 16-bit samples are exact: these are computed in f32 and f64, others in the arithmetic of
/// their type.
using ColourText = std::function<std::string(const std::string& colour, const std::string& alpha)>;
Formulas colour_formulas(const ImageInfo& input, const ColourText& text);

/// The image with other samples in the bands under its alpha.
ImageInfo with_other_colours(ImageInfo info);

}  // namespace sluice
