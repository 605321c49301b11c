// What a TIFF file will look like: all that is decided before its first byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codecs/tiff/write_options.hpp"
#include "engine/geometry.hpp"
#include "engine/image_info.hpp"

namespace sluice::tiff {

/// What becomes of pixels that have no value.
enum class InvalidPixels : std::uint8_t {
  none,         ///< there are none
  fill,         ///< every band gets WritePlan::nodata
  clear_alpha,  ///< the image's alpha band gets 0
  add_alpha,    ///< an alpha band is written behind the bands
};

struct WritePlan {
  ImageInfo info;  ///< as written: with the added alpha band
  BlockGrid grid;
  bool tiled = true;
  TiffCompression compression = TiffCompression::none;
  TiffPredictor predictor = TiffPredictor::none;  ///< never automatic
  int level = 0;
  int quality = 0;
  int chroma = 1;  ///< JPEG: subsampling of YCbCr on both axes, 1 or 2
  bool ycbcr = false;
  bool big = false;
  InvalidPixels invalid = InvalidPixels::none;
  std::optional<SampleValue> nodata;
  std::int64_t encoded_bound = 0;  ///< of one block

  std::int64_t pixel_bytes() const {
    return static_cast<std::int64_t>(size_of(info.type)) * info.channels();
  }
  std::int64_t row_bytes() const { return grid.block_width * pixel_bytes(); }
  /// Rows of block `index` in the file: all of a tile's, those inside the image of a strip's.
  std::int64_t rows(std::int64_t index) const {
    return tiled ? grid.block_height : grid.rect(index).height;
  }
  /// Bytes of a whole block before compression.
  std::int64_t block_bytes() const { return row_bytes() * grid.block_height; }
  /// Bytes from one uncompressed block to the next: TIFF wants even offsets.
  std::int64_t block_stride() const { return round_up(block_bytes(), 2); }
};

/// All of it that the bytes of blocks depend on, with the version of the compressor, as text.
std::string layout_text(const WritePlan& plan);

/// Decides; throws Error (usage) for what TIFF cannot hold or the options contradict.
WritePlan plan_write(const ImageInfo& info, const TiffWriteOptions& options);

}  // namespace sluice::tiff
