// select: some bands, in any order.
#pragma once

#include <string>
#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"
#include "band_colour.hpp"

namespace sluice {

struct SelectOptions {
  /// Numbers from 0, from -1 backwards (-1: the last band), names of bands, or what bands mean
  /// ("red", "alpha") where no name is so; may repeat. Required.
  std::vector<std::string> bands = {};
  BandColour colour = BandColour::automatic;
};

/// The chosen bands in the given order, samples unchanged, any type.
/// Colour by the chosen bands' roles: red, green, blue make RGB, one grey band makes grey, an alpha
/// band chosen last stays alpha; anything else is multiband. Throws Error (usage) naming the bands
/// there are.
Image select(const Image& image, const SelectOptions& options);

StepSpec select_step();

}  // namespace sluice
