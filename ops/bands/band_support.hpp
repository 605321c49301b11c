// What the operations on bands share.
#pragma once

#include "engine/image_info.hpp"
#include "ops/bands/band_colour.hpp"

namespace sluice {

/// Sets colour, roles and alpha of `info` from its bands' roles or as asked for. Alpha as it is in
/// `info` says how an alpha band at the end counts. Throws Error (usage) when the number of bands
/// does not fit.
void set_band_colour(ImageInfo& info, BandColour colour);

/// "0 'red', 1 'green', 2": for messages.
std::string list_bands(const ImageInfo& info);

/// Copies plane `from` of `input` to plane `to` of `output`; both have the same rectangle and type.
void copy_plane(const struct TileView& input, int from, const struct TileView& output, int to);

}  // namespace sluice
