// Reading TIFF: classic and Big, both byte orders, GeoTIFF, slides, OME.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../../engine/source.hpp"

namespace sluice {

/// What tells samples without a value.
enum class TiffValidity : std::uint8_t {
  automatic,  ///< as `nodata` where the file declares a nodata value, else as `none`
  none,       ///< nothing: all have one
  nodata,  ///< a sample has no value that is NaN or its band's nodata value; alpha has always one
};

struct TiffReadOptions {
  int page = 0;   ///< directory of the main chain, from 0
  int level = 0;  ///< stored level of that page: 0 is the full image, then smaller ones
  TiffValidity validity = TiffValidity::automatic;
  /// Take what is there of a damaged or truncated file: blocks that lie outside it or cannot be
  /// decoded hold what left out blocks hold, and Source::warnings() says so. By default they are an
  /// Error, as far as possible when the file is opened.
  bool damaged = false;
  /// Told, while opening, of metadata that is broken or too long and left out; without it
  /// Source::warnings() tells.
  std::function<void(const std::string&)> warning = {};
};

/// Whether a file that begins with these bytes (8 are enough) is a TIFF.
bool is_tiff(std::span<const std::byte> first_bytes);

/// Opens one image of a TIFF file; reads directories only. Samples are as stored (palette as
/// indices, orientation not applied, MinIsWhite not inverted) with these exceptions: YCbCr becomes
/// RGB; unsigned samples of 1 to 31 bits become the next larger of u8, u16 and u32, unscaled;
/// 16-bit floats become f32. Blocks that the file leaves out hold the nodata value, 255 in a
/// slide, else 0. Throws Error (data) for what is broken or of a kind that is not supported, Error
/// (usage) for a page or level that is not there.
///
/// Opening takes milliseconds and little memory, whatever the file claims. It checks that the
/// arrays of offsets and sizes lie inside the file, and that the blocks do: all of them up to half
/// a million, of more the first and the last quarter million. The others are checked before the
/// first block is decoded.
std::shared_ptr<const Source> open_tiff(std::shared_ptr<const ByteSource> bytes,
                                        const TiffReadOptions& options = {});

/// One directory, for listings.
struct TiffPage {
  int page = -1;  ///< in the main chain; -1 for a SubIFD
  std::uint64_t offset = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  int samples = 0;
  int bits = 0;
  std::string format;       ///< "unsigned", "signed", "float", ...
  std::string compression;  ///< "JPEG"
  std::string photometric;  ///< "RGB"
  bool tiled = false;
  bool separate = false;         ///< planes kept apart
  std::int64_t block_width = 0;  ///< of a stored tile or strip
  std::int64_t block_height = 0;
  std::uint32_t subfile_type = 0;  ///< bit 0: reduced image, bit 2: mask
  std::vector<TiffPage> children;  ///< SubIFDs
  std::string problem;             ///< why the directory cannot be read, "" when it can
};

struct TiffListing {
  bool big = false;
  bool big_endian = false;
  std::vector<TiffPage> pages;
  std::string problem;  ///< why the chain of directories broke off, "" when it did not
};

/// Lists the directories of a file without looking at any pixel; at most `limit` pages and 4096
/// sub-images.
TiffListing list_tiff(std::shared_ptr<const ByteSource> bytes, int limit = 1000);

}  // namespace sluice
