// TIFF files made with libtiff, in memory, for tests of the reader.
#pragma once

#include <tiffio.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "support/picture.hpp"

namespace sluice::test {

struct MadeTiff {
  int compression = COMPRESSION_NONE;
  int predictor = 1;
  bool separate = false;
  std::int64_t tile = 0;  ///< side of a tile; 0: strips
  std::int64_t rows_per_strip = 8;
  bool big_endian = false;
  bool big = false;
  int photometric = -1;  ///< -1: RGB for 3 bands, else MinIsBlack
  int subsampling = 0;   ///< of YCbCr JPEG: 1 or 2
  int fill_order = 1;
};

/// A handle that writes to `bytes`; `mode` as for TIFFOpen.
TIFF* open_memory(std::vector<std::byte>& bytes, const char* mode);

/// The tags and pixels of one directory; more tags may be set by `more` before the pixels.
void add_directory(TIFF* tiff, const Picture& picture, const MadeTiff& how,
                   const std::function<void(TIFF*)>& more = {});

std::vector<std::byte> make_tiff(const Picture& picture, const MadeTiff& how,
                                 const std::function<void(TIFF*)>& more = {});

/// u8, in tiles of JPEG whose streams are given as they are: whole ones, row by row. Streams that
/// are empty are left out of the file.
std::vector<std::byte> make_jpeg_tiff(const ImageInfo& info, std::int64_t tile,
                                      const std::vector<std::vector<std::byte>>& streams,
                                      int photometric);

}  // namespace sluice::test
