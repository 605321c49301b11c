// What the operations on bands share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/image_info.hpp"
#include "ops/bands/band_colour.hpp"

namespace sluice {

/// Sets colour, roles and alpha of `info` from its bands' roles or as asked for. Alpha as it is in
/// `info` says how an alpha band at the end counts. Throws Error (usage) when the number of bands
/// does not fit.
void set_band_colour(ImageInfo& info, BandColour colour);

/// What a band means: "red", "alpha", "palette"; "data" for one without a meaning.
std::string_view role_name(BandRole role);

/// What a band may be called: its name, else what it means; "" for neither.
std::string band_word(const BandInfo& band);

/// Words for the bands of `info`, for did_you_mean(): their names and what they mean.
std::vector<std::string> band_words(const ImageInfo& info);

/// The band called `word`: by its name, else by what it means. -1 where there is none. Throws Error
/// (usage) where several are called so.
int band_called(const ImageInfo& info, std::string_view word);

/// "0 'nir', 1 'red', 2": for messages.
std::string list_bands(const ImageInfo& info);

/// Copies plane `from` of `input` to plane `to` of `output`; both have the same rectangle and type.
void copy_plane(const struct TileView& input, int from, const struct TileView& output, int to);

}  // namespace sluice
