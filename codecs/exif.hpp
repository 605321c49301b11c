// The few facts that Sluice takes from EXIF data, and ICC profiles' one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "../engine/image_info.hpp"

namespace sluice {

/// What the first directory of EXIF data says. `exif` begins with its TIFF header ("II*" or "MM*").
struct ExifFacts {
  int orientation = 1;    ///< 1..8; 1 when absent or out of range
  Resolution resolution;  ///< 0 where absent or senseless
};
/// Never fails: broken data gives the defaults.
ExifFacts exif_facts(std::span<const std::byte> exif);

/// The EXIF data to write for an image: that of its metadata, brought in line with what is known of
/// it now. The first directory gets the image's orientation (made where there is no EXIF data and
/// the image is not upright), and loses resolution and size, which files state themselves; the
/// camera's directory gets the size; the thumbnail, which shows the image as it was, is left out.
/// Data that is no EXIF is left out, too.
std::vector<std::byte> exif_of(const ImageInfo& info);

/// The XMP packet to write for an image, which says its orientation where the metadata's said one.
std::vector<std::byte> xmp_of(const ImageInfo& info);

/// True when an ICC profile describes pixels of so many colour bands (1 grey, 3 RGB, 4 CMYK); false
/// for a profile of another colour space, which a file of theirs may not carry.
bool icc_fits(std::span<const std::byte> icc, int colour_bands);

}  // namespace sluice
