// What an image is, as TIFF tags.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "codecs/tiff/write_directory.hpp"
#include "codecs/tiff/write_plan.hpp"

namespace sluice::tiff {

/// All tags but those of the blocks' offsets and sizes. `jpeg_tables`: empty unless compression is
/// JPEG.
DirectoryBuilder tags_of(const WritePlan& plan, std::span<const std::byte> jpeg_tables);

/// GDAL's XML without what a changed image makes untrue: STATISTICS_* items, and the items that
/// `bands` now say better (scale, offset, description), which are written from them.
std::string gdal_metadata(const std::string& xml, const std::vector<BandInfo>& bands);

}  // namespace sluice::tiff
