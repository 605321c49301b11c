// What the markers of a JPEG file say, up to its first scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/jpeg/frame.hpp"
#include "engine/source.hpp"

namespace sluice::jpeg {

/// What the content of an APP1 segment begins with.
inline constexpr std::string_view kExifMark{"Exif\0\0", 6};
inline constexpr std::string_view kXmpMark{"http://ns.adobe.com/xap/1.0/\0", 29};
/// Whether a segment has room for so many bytes behind its mark.
constexpr bool fits_segment(std::string_view mark, std::size_t bytes) {
  return bytes <= 65533 - mark.size();
}

/// The frame, and what the markers before it say of the whole image.
struct Header : Frame {
  bool adobe = false;    ///< has Adobe's APP14 marker: CMYK is stored inverted
  int density_unit = 0;  ///< JFIF: 0 none, 1 per inch, 2 per centimetre
  int density_x = 0;
  int density_y = 0;
  std::vector<std::byte> exif;  ///< from its TIFF header on
  std::vector<std::byte> xmp;
  std::vector<std::byte> icc;
  std::string icc_fault;  ///< why there is no profile although there are parts of one
  std::string comment;
};

/// Why JPEG of the process that frame marker `marker` (0xC0 to 0xCF) stands for is refused: its
/// name; null when it is not.
const char* refused_process(int marker);

/// Reads the markers. Throws Error (data) with file and byte for a file that is no JPEG, breaks off
/// in its header, or is of a kind that is not supported, which it names.
Header read_header(const std::shared_ptr<const ByteSource>& bytes);
/// The same of a TIFF block, of which nothing but the frame is read and held.
Frame read_frame(const std::shared_ptr<const ByteSource>& bytes);

}  // namespace sluice::jpeg
