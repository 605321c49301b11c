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

/// Sets the orientation where the first directory has one, so that EXIF data that is copied says
/// the same as ImageInfo::orientation.
void set_exif_orientation(std::span<std::byte> exif, int orientation);

/// True when an ICC profile describes pixels of so many colour bands (1 grey, 3 RGB, 4 CMYK); false
/// for a profile of another colour space, which a file of theirs may not carry.
bool icc_fits(std::span<const std::byte> icc, int colour_bands);

}  // namespace sluice
