// What bands are called, in options and in messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/image_info.hpp"

namespace sluice {

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

}  // namespace sluice
