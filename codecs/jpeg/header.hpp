// What the markers of a JPEG file say, up to its first scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/source.hpp"

namespace sluice::jpeg {

inline constexpr int kBlock = 8;             ///< samples on each axis of a DCT block
inline constexpr int kMaxDimension = 65500;  ///< libjpeg's limit on width and height

struct Component {
  int id = 0;
  int horizontal = 1;  ///< sampling factors, 1..4
  int vertical = 1;
};

struct Header {
  int width = 0;
  int height = 0;
  bool progressive = false;
  bool arithmetic = false;
  bool several_scans = false;  ///< progressive, or components that are not all in the first scan
  std::vector<Component> components;
  bool adobe = false;    ///< has Adobe's APP14 marker: CMYK is stored inverted
  int density_unit = 0;  ///< JFIF: 0 none, 1 per inch, 2 per centimetre
  int density_x = 0;
  int density_y = 0;
  std::vector<std::byte> exif;  ///< from its TIFF header on
  std::vector<std::byte> icc;
  std::string icc_fault;  ///< why there is no profile although there are parts of one
  std::string comment;

  int max_horizontal() const;
  int max_vertical() const;
  /// Rows of pixels that one row of MCUs covers.
  int mcu_height() const { return kBlock * max_vertical(); }
  /// Blocks across and down of a component, those that fill up the last MCUs included.
  std::int64_t blocks_across(const Component& c) const;
  std::int64_t blocks_down(const Component& c) const;
  std::int64_t blocks() const;
};

/// Reads the markers. Throws Error (data) with file and byte for a file that is no JPEG, breaks off
/// in its header, or is of a kind that is not supported, which it names.
Header read_header(const std::shared_ptr<const ByteSource>& bytes);

}  // namespace sluice::jpeg
