// PNG files made and read by libpng itself, apart from the code under test.
#pragma once

#include <png.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "support/picture.hpp"

namespace sluice::test {

struct PngEncoding {
  bool interlaced = false;
  int depth = 0;                        ///< 0: of the picture's type
  std::vector<png_color> palette = {};  ///< makes a palette image of one band
  std::function<void(png_structp, png_infop)> chunks = {};
};

/// Compresses a u8 or u16 picture of 1 to 4 bands in one go.
std::vector<std::byte> libpng_encode(const Picture& picture, const PngEncoding& encoding = {});

/// All pixels in a picture, decoded by libpng in one go; fails on any warning. `inspect` sees the
/// header.
Picture libpng_decode(const std::vector<std::byte>& file,
                      const std::function<void(png_structp, png_infop)>& inspect = {});

/// Appends a chunk with its checksum.
void put_chunk(std::vector<std::byte>& file, const char* type,
               const std::vector<std::byte>& content);

}  // namespace sluice::test
