// How a directory stores its pixels: sizes, samples, blocks, compression. Checked once, here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codecs/tiff/directory.hpp"
#include "engine/sample_type.hpp"

namespace sluice::tiff {

/// Most bytes that one decoded tile, or one row of a strip, may have.
inline constexpr std::int64_t kMaxBlockBytes = std::int64_t{1} << 30;

struct ImageLayout {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int samples = 1;                   ///< per pixel
  int bits = 8;                      ///< per stored sample
  int format = 1;                    ///< SampleFormat
  SampleType type = SampleType::u8;  ///< of the samples that are delivered
  int compression = 1;
  int photometric = 1;
  int predictor = 1;
  int extra_samples = 0;
  bool separate = false;   ///< planes kept apart
  bool lsb_first = false;  ///< FillOrder 2: the bits of each byte are reversed
  bool tiled = false;
  bool big_endian = false;
  std::int64_t block_width = 0;  ///< of a stored tile or strip
  std::int64_t block_height = 0;
  int subsample_x = 1;  ///< of YCbCr's chroma, where it is not JPEG
  int subsample_y = 1;
  std::array<double, 3> ycbcr_luma{};        ///< YCbCrCoefficients: red, green, blue
  std::array<double, 6> reference_levels{};  ///< ReferenceBlackWhite
  Field offsets;                             ///< of the stored blocks
  Field counts;                              ///< count 0 when the file gives none
  Field jpeg_tables;                         ///< count 0 when there are none

  int planes() const { return separate ? samples : 1; }
  int row_samples() const { return separate ? 1 : samples; }  ///< per pixel of a stored row
  std::int64_t blocks_across() const;
  std::int64_t blocks_down() const;
  std::int64_t stored_blocks() const { return blocks_across() * blocks_down() * planes(); }
  /// YCbCr that is not JPEG: turned into RGB here.
  bool ycbcr_rows() const;
  bool jpeg() const { return compression == compression::kJpeg; }
  /// Samples need more than a byte swap after decoding.
  bool unpacks() const;
  /// Bytes of `rows` decoded rows of a stored block, before any conversion; `rows` up to
  /// block_height.
  std::int64_t stored_bytes(std::int64_t rows) const;
  /// Bytes of one decoded row (of one group of subsample_y rows for subsampled YCbCr).
  std::int64_t row_bytes() const;
};

/// Reads and checks all of it but where the blocks lie and what their tables hold. Throws Error
/// (data), naming file and byte, for what is missing, contradictory or not supported.
ImageLayout read_layout(const TiffFile& file, const Directory& directory);

/// The JPEG tables of all blocks, for the one image that is opened; empty when there are none.
std::vector<std::byte> read_jpeg_tables(const TiffFile& file, const ImageLayout& layout);

}  // namespace sluice::tiff
