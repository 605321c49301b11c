// What the operations on bands share.
#pragma once

#include <memory>
#include <vector>

#include "engine/operation.hpp"
#include "ops/bands/band_colour.hpp"

namespace sluice {

/// Sets colour, roles and alpha of `info` from its bands' roles or as asked for. The bands of a
/// colour come first; measurements may follow. Alpha as it is in `info` says how an alpha band
/// counts, of several the last. Throws Error (usage) when the number of bands does not fit.
void set_band_colour(ImageInfo& info, BandColour colour);

/// The bands that make up the colour of an image; of one without colour all but alpha.
std::vector<int> colour_bands(const ImageInfo& info);

/// The image with other colour bands, of these roles, in the place of those it has; alpha and
/// measurements follow as they are. What belongs to the old colour model is dropped.
ImageInfo with_colour(const ImageInfo& info, const std::vector<BandRole>& roles);

/// The bands beside the colour: in the image, and behind `colours` bands of with_colour().
struct KeptBand {
  int from = 0, to = 0;
  bool is_alpha = false;
};
std::vector<KeptBand> bands_beside_colour(const ImageInfo& info, int colours);

/// These bands, by number, as select chooses them.
std::shared_ptr<const Operation> make_select(const ImageInfo& input, std::vector<int> bands,
                                             BandColour colour);

}  // namespace sluice
