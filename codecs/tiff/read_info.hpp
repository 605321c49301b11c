// From a directory's fields to an ImageInfo.
#pragma once

#include <functional>
#include <string>

#include "codecs/tiff/directory.hpp"
#include "codecs/tiff/read_layout.hpp"
#include "engine/image_info.hpp"

namespace sluice::tiff {

using Warning = std::function<void(const std::string&)>;

/// The image of a directory: bands, colour, geo-reference, resolution, metadata. What its levels
/// and blocks are is not filled in. Broken metadata is left out and told to `warning`.
ImageInfo read_info(const TiffFile& file, const Directory& directory, const ImageLayout& layout,
                    const Warning& warning);

/// Whether the description is that of an Aperio or Philips slide.
bool is_aperio(const Metadata& metadata);
bool is_philips(const Metadata& metadata);

/// Fills mpp, magnification and the items "aperio.KEY" from an Aperio description: its parts are
/// split at '|', then at the first '='; a key that repeats keeps its first value; numbers may have
/// a decimal comma.
void read_aperio(const std::string& description, ImageInfo& info, Metadata& metadata);

/// The description of an image made from an Aperio slide: as it was where size, mpp and
/// magnification are still those; else written anew from what is known now, without what told of
/// the place on the slide.
std::string aperio_description(const ImageInfo& info);

/// OME-XML of the image as the only one of its file; "" where OME has no such sample type.
std::string ome_description(const ImageInfo& info);
/// The item that images read from OME-TIFF have, so that they are written as such.
inline constexpr const char* kOmeItem = "ome.schema";

/// Fills mpp from ImageJ's description, whose unit is that of the resolution's tags, in pixels.
void read_imagej(std::string_view description, const std::vector<double>& per_unit_x,
                 const std::vector<double>& per_unit_y, ImageInfo& info);

/// Fills mpp from PhysicalSizeX and PhysicalSizeY of an OME-XML description. Returns why it could
/// not be read as far as that, "" when it could.
std::string read_ome(const std::string& description, ImageInfo& info);

/// Fills names, scales and offsets of bands from GDAL's XML (tag 42112). Returns why it could not
/// be read to its end, "" when it could; what stands before that place is taken.
std::string read_gdal_metadata(const std::string& xml, ImageInfo& info);

/// The number at the start of a text (blanks skipped, decimal comma understood), nullopt when
/// there is none. Does not depend on the locale.
std::optional<double> parse_number(std::string_view text);

}  // namespace sluice::tiff
