// What is known of an image from its header, for `sluice info`.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/image_info.hpp"
#include "engine/source.hpp"

namespace sluice::tool {

/// Facts under stable names; absent ones are left out. `page`: the image of the file that is open.
nlohmann::ordered_json image_facts(const std::string& file, const Source& source, int page);

/// The EPSG code in GeoTIFF keys: of the projected system, else of the geographic one.
std::optional<int> crs_code(const GeoKeys& keys);

}  // namespace sluice::tool
