// Geo-reference as GeoTIFF tags.
#pragma once

#include "codecs/tiff/write_directory.hpp"
#include "engine/image_info.hpp"

namespace sluice::tiff {

/// Adds the affine map (33550 and 33922 for north-up images, else 34264) and the GeoKeys, verbatim.
/// Where the keys say PixelIsPoint, the map is of pixel centres in the file.
void add_geo_tags(const ImageInfo& info, DirectoryBuilder& directory);

}  // namespace sluice::tiff
