// What is known of an image and a file format does not hold.
#pragma once

#include <string>
#include <vector>

#include "engine/image_info.hpp"

namespace sluice {

/// What files of a format say of an image beside its pixels, size and resolution.
struct HeldFacts {
  bool place = false;         ///< geo-reference, reference system, ground control points, camera
  bool nodata = false;        ///< of all bands
  bool physical = false;      ///< scale, offset and unit of bands
  bool band_texts = false;    ///< names of bands, and texts of their own
  bool domain_items = false;  ///< texts in GDAL's name spaces
  bool slide = false;         ///< micrometres per pixel, magnification
  bool exif = false;
  bool palette_opacity = false;  ///< of each index
};

/// A sentence that names the file and all facts that are lost; none when there are none.
std::vector<std::string> unheld_facts(const ImageInfo& info, const HeldFacts& held,
                                      const std::string& file, const std::string& format);

}  // namespace sluice
