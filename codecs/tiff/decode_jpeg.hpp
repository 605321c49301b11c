// JPEG inside TIFF: abbreviated streams with tables of their own, blocks that are larger than their
// tile, and the question which colours they hold. Rows come one after the other, so that blocks of
// any height need little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codecs/jpeg/decompressor.hpp"
#include "codecs/tiff/read_index.hpp"
#include "codecs/tiff/read_layout.hpp"

namespace sluice::tiff {

/// What a block must hold.
struct JpegExpectation {
  std::int64_t width = 0;
  std::int64_t rows = 0;  ///< that are wanted
  int components = 0;
  int photometric = 0;            ///< of the directory, where the stream itself does not tell
  std::int64_t stream_bytes = 0;  ///< of the stored block
  std::int64_t memory = 0;        ///< that was planned for decoding it: jpeg_decoder_bytes()
};

/// One stream being decoded. Not thread-safe; used on any thread. Every member throws Error (data),
/// without a place, when the stream is corrupt, truncated, not what was expected, or would take
/// more memory than was planned; rows that a damaged stream would leave to guessing are not given.
class JpegStream {
 public:
  JpegStream(std::span<const std::byte> tables, jpeg::Decompressor::Fill fill,
             const JpegExpectation& expected);

  /// The next rows, interleaved, tight: YCbCr turned to RGB, YCCK to CMYK. What the stream has
  /// beyond the expected width is left out.
  void read(std::byte* to, std::int64_t rows);

 private:
  void check(const jpeg::Frame& frame) const;

  JpegExpectation expected_;
  jpeg::Decompressor libjpeg_;
  std::vector<std::byte> row_;  ///< where the stream is wider than expected
};

/// The whole of a block that is in memory.
void decode_jpeg(std::span<const std::byte> tables, std::span<const std::byte> from,
                 const JpegExpectation& expected, std::byte* to);

/// Memory for decoding one block, to be planned for each decoder: what the blocks need that are
/// looked at (all of them up to 256, else as many spread over the image), and at least what any
/// block of the usual size needs. Reads up to the first scan of each.
std::int64_t jpeg_decoder_bytes(const TiffFile& file, const ImageLayout& layout,
                                const BlockIndex& index);

}  // namespace sluice::tiff
