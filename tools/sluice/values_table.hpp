// Results of reductions as text.
#pragma once

#include <string>

#include "pipelines/pipeline.hpp"

namespace sluice::tool {

/// A table for each result that no other step consumed: a row for each value, a column for each
/// channel. "" when there is none.
std::string values_table(const Pipeline& pipeline);

/// What to call channel `c` in a listing: its name, its role in the colour, or its number.
std::string channel_name(const ImageInfo& info, int c);

/// "red", "data", ...
std::string role_name(BandRole role);

}  // namespace sluice::tool
