// stack: the bands of several images in one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"
#include "band_colour.hpp"

namespace sluice {

struct StackOptions {
  /// One per input: the name of its band when it has only one. "" or missing: as it is.
  std::vector<std::string> names = {};
  BandColour colour = BandColour::automatic;
};

/// All bands of the inputs, in order, samples unchanged, any type. A pixel is valid where it is in
/// all inputs. Colour by roles as in select; metadata and place are the first input's. Throws Error
/// (usage) when sizes, places or sample types differ.
Image stack(std::span<const Image> images, const StackOptions& options = {});

StepSpec stack_step();

}  // namespace sluice
