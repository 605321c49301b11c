// What the chunks of a PNG file say, up to its image data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/source.hpp"

namespace sluice::png {

/// PNG's colour types as stored.
enum class ColourType : std::uint8_t { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgba = 6 };

inline constexpr unsigned char kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
inline constexpr std::int64_t kMaxDimension = 2147483647;
inline constexpr std::uint32_t kMaxChunk = 2147483647;

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int depth = 8;  ///< bits per sample in the file
  ColourType colour = ColourType::grey;
  bool interlaced = false;
  std::vector<std::uint8_t> palette;        ///< r, g, b of each entry
  std::vector<std::uint8_t> palette_alpha;  ///< of the first entries; the others are opaque
  std::optional<int> transparent_grey;
  std::optional<std::array<int, 3>> transparent_rgb;
  std::optional<std::uint32_t> gamma;  ///< times 100000
  std::optional<int> srgb_intent;
  double pixels_per_metre_x = 0;
  double pixels_per_metre_y = 0;
  std::vector<std::byte> icc;
  std::vector<std::byte> exif;
  std::map<std::string, std::string> texts;  ///< UTF-8 by keyword
  std::vector<std::string> faults;           ///< what of the metadata is broken and left out

  int channels() const;
  int sample_bytes() const { return depth == 16 ? 2 : 1; }
  /// Of a row in memory: interleaved, one or two bytes a sample.
  std::int64_t row_bytes() const { return width * channels() * sample_bytes(); }
  /// Of a row in the file, without its filter byte.
  std::int64_t packed_row_bytes() const { return (width * channels() * depth + 7) / 8; }
};

/// Reads the chunks. Throws Error (data) with file and byte for a file that is no PNG, breaks off
/// before its image data or has a broken critical chunk. A broken ancillary chunk is left out.
Header read_header(const std::shared_ptr<const ByteSource>& bytes);

}  // namespace sluice::png
