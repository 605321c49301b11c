// The frame of a JPEG stream: what is coded, and what decoding it takes of memory. The one place
// that knows the latter, for JPEG files and for the blocks of TIFF.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::jpeg {

inline constexpr int kBlock = 8;             ///< samples on each axis of a DCT block
inline constexpr int kMaxDimension = 65500;  ///< libjpeg's limit on width and height

struct Component {
  int id = 0;
  int horizontal = 1;  ///< sampling factors, 1..4
  int vertical = 1;
};

struct Frame {
  int width = 0;
  int height = 0;
  bool progressive = false;
  bool arithmetic = false;
  bool several_scans = false;  ///< progressive, or components that are not all in the first scan
  std::vector<Component> components;

  int max_horizontal() const;
  int max_vertical() const;
  /// Rows of pixels that one row of MCUs covers.
  int mcu_height() const { return kBlock * max_vertical(); }
  /// Blocks across and down of a component, those that fill up the last MCUs included.
  std::int64_t blocks_across(const Component& c) const;
  std::int64_t blocks_down(const Component& c) const;
  std::int64_t blocks() const;

  /// Bound on what libjpeg holds while it decodes the frame: tables, rows of samples, and all
  /// coefficients (128 bytes a block) where there are several scans.
  std::int64_t decoder_bytes() const { return row_bytes() + coefficient_bytes(); }
  std::int64_t coefficient_bytes() const;
  /// Why a stream of so many bytes cannot hold the frame, "" when it can: a block takes at least
  /// one bit of Huffman code. Asked where memory for all coefficients would be taken.
  std::string too_short(std::int64_t bytes) const;

 private:
  std::int64_t row_bytes() const;
};

}  // namespace sluice::jpeg
