// The sources behind open_tiff: blocks in any order, and rows in order where a strip is too large.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
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

/// What could not be read, where damage is put up with. Thread-safe.
class Damage {
 public:
  /// `block`: its index in the file; `why`: with its place.
  void note(std::int64_t block, const std::string& why);
  /// A sentence on all of it, "" when there is none.
  std::string text(const std::string& file) const;

 private:
  static constexpr std::size_t kMostCounted = 1000;
  mutable std::mutex mutex_;
  std::set<std::int64_t> blocks_;
  std::string first_;
};

/// What both kinds of source share.
struct Picture {
  std::shared_ptr<const TiffFile> file;
  ImageLayout layout;
  std::vector<std::byte> jpeg_tables;
  bool damaged = false;  ///< what cannot be read is filled like a block that is left out
  std::vector<std::string> warnings;  ///< of opening, that nobody was told
  bool white_gaps = false;            ///< blocks that the file leaves out are white (slides)
};

/// How the pixels are handed out: stored tiles; several strips; or rows of an uncompressed strip.
BlockGrid virtual_grid(const ImageLayout& layout);
bool needs_rows(const ImageLayout& layout);

/// Stored blocks, one below the other, that make one of the grid; 1 where they do not.
std::int64_t blocks_together(const ImageLayout& layout);

/// The warnings of opening, and what reading has found.
std::vector<std::string> warnings_of(const Picture& picture, const Damage& damage);

/// Pixels of a block that is not in the file.
void fill_gap(const ImageInfo& info, bool white, const TileView& out, int first_band);
/// The validity planes, each from its band's nodata value and NaN.
void fill_validity(const ImageInfo& info, const TileView& out);

std::shared_ptr<const Source> make_block_source(ImageInfo info, Picture picture);
std::shared_ptr<const Source> make_row_source(ImageInfo info, Picture picture);

}  // namespace sluice::tiff
