// The sources behind open_tiff: blocks in any order, and rows in order where a strip is too large.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "codecs/tiff/read_convert.hpp"
#include "codecs/tiff/read_index.hpp"
#include "codecs/tiff/read_layout.hpp"
#include "engine/source.hpp"

namespace sluice::tiff {

/// A compressed strip of more decoded bytes and more rows than this is decoded row by row.
inline constexpr std::int64_t kLargeStripBytes = std::int64_t{32} << 20;
inline constexpr std::int64_t kLargeStripRows = 256;
/// Decoded bytes that blocks made of strips, or of a part of an uncompressed one, come to.
inline constexpr std::int64_t kBlockBytes = std::int64_t{1} << 19;

/// What both kinds of source share.
struct Picture {
  std::shared_ptr<const TiffFile> file;
  ImageLayout layout;
  bool white_gaps = false;  ///< blocks that the file leaves out are white (slides)
  bool validity = false;    ///< fill the validity plane from nodata
};

/// How the pixels are handed out: stored tiles; several strips; or rows of an uncompressed strip.
BlockGrid virtual_grid(const ImageLayout& layout);
bool needs_rows(const ImageLayout& layout);

/// "tile 17 at (240, 480)", with the plane where planes are kept apart.
std::string block_name(const ImageLayout& layout, std::int64_t stored);

/// Pixels of a block that is not in the file.
void fill_gap(const ImageInfo& info, bool white, const TileView& out, int first_band);
/// The validity plane, from the bands' nodata values and NaN.
void fill_validity(const ImageInfo& info, const TileView& out);

std::shared_ptr<const Source> make_block_source(ImageInfo info, Picture picture);
std::shared_ptr<const Source> make_row_source(ImageInfo info, Picture picture);

}  // namespace sluice::tiff
