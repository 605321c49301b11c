// Results of reductions as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "pipelines/pipeline.hpp"

namespace sluice::tool {

/// A table for each result that no other step consumed: a row for each value, a column for each
/// channel. "" when there is none.
std::string values_table(const Pipeline& pipeline);

/// An object with a member for each result, by its name (that of `as`, else the step's; "stats-2"
/// for the second unnamed one of a kind, whether the first is shown or not):
///   {"stats": {"channels": ["red", "green"], "min": [[0, 3]], "max": [[255, 250]], ...}}
/// Each array is a list of elements, each a list of one number a channel. Whole numbers up to 2^53
/// are written as such, all others with as many digits as it takes to read the same double; NaN and
/// the infinities, which JSON lacks, are null. `consumed`: those that feed other steps, too.
nlohmann::ordered_json values_json(const Pipeline& pipeline, bool consumed);

/// Memory that the texts of all results of a graph take while they are put together and written.
std::int64_t values_text_bytes(const Graph& graph);

/// What to call channel `c` in a listing: its name, its role in the colour, or its number.
std::string channel_name(const ImageInfo& info, int c);

}  // namespace sluice::tool
