#include "codecs/exif.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace sluice {
namespace {

constexpr std::uint16_t kOrientation = 274, kXResolution = 282, kYResolution = 283,
                        kResolutionUnit = 296;
constexpr std::uint16_t kShort = 3, kRational = 5;
constexpr std::size_t kEntryBytes = 12;

/// Bounded reading of the TIFF structure that EXIF data is.
struct ExifReader {
  std::span<const std::byte> data;
  bool big_endian = false;

  bool has(std::size_t offset, std::size_t count) const {
    return offset <= data.size() && count <= data.size() - offset;
  }
  std::uint32_t byte(std::size_t offset) const {
    return std::to_integer<std::uint32_t>(data[offset]);
  }
  std::uint16_t u16(std::size_t at) const {
    return static_cast<std::uint16_t>(big_endian ? byte(at) << 8 | byte(at + 1)
                                                 : byte(at + 1) << 8 | byte(at));
  }
  std::uint32_t u32(std::size_t at) const {
    const std::uint32_t first = u16(at), second = u16(at + 2);
    return big_endian ? first << 16 | second : second << 16 | first;
  }
};

std::optional<ExifReader> open_exif(std::span<const std::byte> exif) {
  ExifReader reader{exif};
  if (!reader.has(0, 8)) return std::nullopt;
  if (reader.byte(0) == 'M' && reader.byte(1) == 'M')
    reader.big_endian = true;
  else if (reader.byte(0) != 'I' || reader.byte(1) != 'I')
    return std::nullopt;
  if (reader.u16(2) != 42) return std::nullopt;
  return reader;
}

/// Offset of the entry of `tag` with this type and one value in the first directory.
std::optional<std::size_t> find_entry(const ExifReader& reader, std::uint16_t tag,
                                      std::uint16_t type) {
  const std::size_t directory = reader.u32(4);
  if (!reader.has(directory, 2)) return std::nullopt;
  const std::size_t entries = reader.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (!reader.has(entry, kEntryBytes)) return std::nullopt;
    if (reader.u16(entry) == tag && reader.u16(entry + 2) == type && reader.u32(entry + 4) == 1)
      return entry;
  }
  return std::nullopt;
}

double rational(const ExifReader& reader, std::uint16_t tag) {
  const auto entry = find_entry(reader, tag, kRational);
  if (!entry) return 0;
  const std::size_t at = reader.u32(*entry + 8);
  if (!reader.has(at, 8) || reader.u32(at + 4) == 0) return 0;
  return static_cast<double>(reader.u32(at)) / static_cast<double>(reader.u32(at + 4));
}

}  // namespace

ExifFacts exif_facts(std::span<const std::byte> exif) {
  ExifFacts facts;
  const auto reader = open_exif(exif);
  if (!reader) return facts;
  if (const auto entry = find_entry(*reader, kOrientation, kShort)) {
    const int value = reader->u16(*entry + 8);
    if (value >= 1 && value <= 8) facts.orientation = value;
  }
  int unit = 2;  // inches, the default of EXIF
  if (const auto entry = find_entry(*reader, kResolutionUnit, kShort))
    unit = reader->u16(*entry + 8);
  const double millimetres = unit == 2 ? 25.4 : unit == 3 ? 10.0 : 0.0;
  if (millimetres > 0) {
    facts.resolution = {rational(*reader, kXResolution) / millimetres,
                        rational(*reader, kYResolution) / millimetres};
    if (facts.resolution.x <= 0 || facts.resolution.y <= 0) facts.resolution = {};
  }
  return facts;
}

void set_exif_orientation(std::span<std::byte> exif, int orientation) {
  const auto reader = open_exif(exif);
  if (!reader) return;
  const auto entry = find_entry(*reader, kOrientation, kShort);
  if (!entry) return;
  const auto value = static_cast<std::byte>(orientation);
  exif[*entry + 8] = reader->big_endian ? std::byte{0} : value;
  exif[*entry + 9] = reader->big_endian ? value : std::byte{0};
}

bool icc_fits(std::span<const std::byte> icc, int colour_bands) {
  constexpr std::size_t kHeaderBytes = 128, kColourSpace = 16;
  if (icc.size() < kHeaderBytes) return false;
  const std::string_view space(reinterpret_cast<const char*>(icc.data()) + kColourSpace, 4);
  return (space == "GRAY" && colour_bands == 1) || (space == "RGB " && colour_bands == 3) ||
         (space == "CMYK" && colour_bands == 4);
}

}  // namespace sluice
