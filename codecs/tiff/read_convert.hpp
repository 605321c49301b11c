// From decoded rows of a stored block to planar samples: byte order, predictor, bit depth, YCbCr.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codecs/tiff/predictor.hpp"
#include "codecs/tiff/read_layout.hpp"
#include "engine/simd/isa.hpp"
#include "engine/tile.hpp"

namespace sluice::tiff {

/// Turns YCbCr into RGB as TIFF 6.0, section 21, has it: R = Y + (2 - 2 LumaRed) Cr and so on, each
/// coded value first expanded by ReferenceBlackWhite (and cut to an integer). Arithmetic: factors
/// with 16 fraction bits, rounded to nearest, ties up; sums clamped to 0..255.
class YcbcrTables {
 public:
  explicit YcbcrTables(const ImageLayout& layout);
  void convert(int y, int cb, int cr, std::uint8_t* rgb) const {
    const std::size_t b = static_cast<std::size_t>(cb), r = static_cast<std::size_t>(cr);
    const int light = light_[static_cast<std::size_t>(y)];
    rgb[0] = clamped(light + red_[r]);
    rgb[1] = clamped(light + ((green_b_[b] + green_r_[r]) >> 16));
    rgb[2] = clamped(light + blue_[b]);
  }

 private:
  static std::uint8_t clamped(int v) {
    return static_cast<std::uint8_t>(v < 0 ? 0 : v > 255 ? 255 : v);
  }
  std::array<int, 256> light_, red_, blue_, green_b_, green_r_;
};

class RowConverter {
 public:
  explicit RowConverter(const ImageLayout& layout);

  /// Whether the rows are changed where they lie (else they may be the file's own bytes).
  bool in_place() const { return swaps_ || layout_.predictor != kPredictorNone; }
  std::int64_t scratch_bytes() const { return predictor_bytes_ + row_bytes_; }

  /// Converts the first out.rect.height rows at `rows` (first_row() bytes apart as the layout says;
  /// out.rect.width may be less than the block's). `out` has the channels of a stored row. For
  /// subsampled YCbCr the rows begin with a whole group.
  void convert(std::byte* rows, const TileView& out, std::byte* scratch, Isa isa) const;

 private:
  void unpack(const std::byte* row, const TileView& out, std::byte* scratch, Isa isa) const;
  void convert_ycbcr(const std::byte* rows, const TileView& out, std::byte* scratch, Isa isa) const;

  const ImageLayout& layout_;
  bool swaps_ = false;
  std::int64_t predictor_bytes_ = 0;
  std::int64_t row_bytes_ = 0;  ///< of one converted row (one group of rows for YCbCr)
  YcbcrTables ycbcr_;
};

}  // namespace sluice::tiff
