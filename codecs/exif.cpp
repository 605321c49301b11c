#include "codecs/exif.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

constexpr std::uint16_t kWidth = 256, kHeight = 257, kOrientation = 274, kXResolution = 282,
                        kYResolution = 283, kResolutionUnit = 296, kThumbnailOffset = 513,
                        kThumbnailBytes = 514, kCamera = 34665, kCameraWidth = 40962,
                        kCameraHeight = 40963;
constexpr std::uint16_t kShort = 3, kLong = 4, kRational = 5;
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

namespace {

/// Changes EXIF data; offsets stay, since the first directory is written anew behind all else.
class ExifWriter {
 public:
  explicit ExifWriter(std::vector<std::byte> exif)
      : bytes_(std::move(exif)), big_endian_(open_exif(bytes_)->big_endian) {}

  std::vector<std::byte> with(const ImageInfo& info) {
    std::vector<Entry> entries = first_directory();
    const auto offset = [&](std::uint16_t tag) -> std::size_t {
      for (const Entry& entry : entries)
        if (get(entry, 0, 2) == tag) return get(entry, 8, 4);
      return 0;
    };
    set_size(offset(kCamera), info);
    drop_thumbnail();
    const bool had_orientation = offset(kOrientation) != 0;
    std::erase_if(entries, [&](const Entry& entry) {
      constexpr std::uint32_t stated_elsewhere[] = {kWidth,       kHeight,      kOrientation,
                                                    kXResolution, kYResolution, kResolutionUnit};
      return std::find(std::begin(stated_elsewhere), std::end(stated_elsewhere),
                       get(entry, 0, 2)) != std::end(stated_elsewhere);
    });
    if (had_orientation || info.orientation != 1) {
      Entry entry{};
      put(entry.data(), kOrientation, 2);
      put(entry.data() + 2, kShort, 2);
      put(entry.data() + 4, 1, 4);
      put(entry.data() + 8, static_cast<std::uint32_t>(info.orientation), 2);
      entries.push_back(entry);
      std::stable_sort(entries.begin(), entries.end(),
                       [&](const Entry& x, const Entry& y) { return get(x, 0, 2) < get(y, 0, 2); });
    }
    append(entries);
    return std::move(bytes_);
  }

 private:
  using Entry = std::array<std::byte, kEntryBytes>;

  ExifReader reader() const { return {bytes_, big_endian_}; }
  std::uint32_t get(const Entry& entry, std::size_t at, int size) const {
    const ExifReader reader{entry, big_endian_};
    return size == 2 ? reader.u16(at) : reader.u32(at);
  }
  void put(std::byte* to, std::uint32_t value, int size) const {
    for (int i = 0; i < size; ++i)
      to[big_endian_ ? size - 1 - i : i] = static_cast<std::byte>(value >> (8 * i));
  }

  std::vector<Entry> first_directory() const {
    const ExifReader in = reader();
    std::vector<Entry> entries;
    const std::size_t directory = in.u32(4);
    if (!in.has(directory, 2)) return entries;
    for (std::size_t i = 0; i < in.u16(directory); ++i) {
      const std::size_t at = directory + 2 + i * kEntryBytes;
      if (!in.has(at, kEntryBytes)) break;
      std::memcpy(entries.emplace_back().data(), bytes_.data() + at, kEntryBytes);
    }
    return entries;
  }

  /// PixelXDimension and PixelYDimension, where the camera's directory has them.
  void set_size(std::size_t directory, const ImageInfo& info) {
    const ExifReader in = reader();
    if (directory == 0 || !in.has(directory, 2)) return;
    for (std::size_t i = 0; i < in.u16(directory); ++i) {
      const std::size_t at = directory + 2 + i * kEntryBytes;
      if (!in.has(at, kEntryBytes)) return;
      const std::uint16_t tag = in.u16(at);
      if (tag != kCameraWidth && tag != kCameraHeight) continue;
      put(bytes_.data() + at + 2, kLong, 2);
      put(bytes_.data() + at + 4, 1, 4);
      const std::int64_t size = tag == kCameraWidth ? info.width : info.height;
      put(bytes_.data() + at + 8,
          static_cast<std::uint32_t>(std::min<std::int64_t>(size, UINT32_MAX)), 4);
    }
  }

  /// Cut off where it is the last thing, as is usual; else blanked out.
  void drop_thumbnail() {
    const ExifReader in = reader();
    const std::size_t first = in.u32(4);
    if (!in.has(first, 2)) return;
    const std::size_t link = first + 2 + in.u16(first) * kEntryBytes;
    if (!in.has(link, 4)) return;
    const std::size_t second = in.u32(link);
    if (second == 0 || !in.has(second, 2)) return;
    std::size_t offset = 0, size = 0;
    for (std::size_t i = 0; i < in.u16(second); ++i) {
      const std::size_t at = second + 2 + i * kEntryBytes;
      if (!in.has(at, kEntryBytes)) return;
      if (in.u16(at) == kThumbnailOffset) offset = in.u32(at + 8);
      if (in.u16(at) == kThumbnailBytes) size = in.u32(at + 8);
    }
    if (offset <= second || !in.has(offset, size)) return;
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
    if (offset + size == bytes_.size())
      bytes_.erase(begin, bytes_.end());
    else
      std::fill_n(begin, size, std::byte{0});
  }

  void append(const std::vector<Entry>& entries) {
    if (bytes_.size() % 2 != 0) bytes_.push_back(std::byte{0});
    const std::size_t at = bytes_.size();
    bytes_.resize(at + 2 + entries.size() * kEntryBytes + 4);
    put(bytes_.data() + 4, static_cast<std::uint32_t>(at), 4);
    put(bytes_.data() + at, static_cast<std::uint32_t>(entries.size()), 2);
    for (std::size_t i = 0; i < entries.size(); ++i)
      std::memcpy(bytes_.data() + at + 2 + i * kEntryBytes, entries[i].data(), kEntryBytes);
  }

  std::vector<std::byte> bytes_;
  bool big_endian_;
};

}  // namespace

std::vector<std::byte> exif_of(const ImageInfo& info) {
  std::vector<std::byte> exif = info.meta().exif;
  if (!open_exif(exif)) {
    if (info.orientation == 1) return {};
    constexpr unsigned char empty[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0};
    const auto* const bytes = reinterpret_cast<const std::byte*>(empty);
    exif.assign(bytes, bytes + sizeof empty);
  }
  return ExifWriter(std::move(exif)).with(info);
}

std::vector<std::byte> xmp_of(const ImageInfo& info) {
  std::vector<std::byte> xmp = info.meta().xmp;
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  // As an attribute, tiff:Orientation="6", or as an element, <tiff:Orientation>6<.
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = text.find(kName); at != std::string_view::npos;
       at = text.find(kName, at + 1)) {
    std::size_t digit = at + kName.size();
    if (text.substr(digit).starts_with("=\"") || text.substr(digit).starts_with("='"))
      digit += 2;
    else if (text.substr(digit).starts_with(">"))
      digit += 1;
    else
      continue;
    if (digit + 1 < text.size() && text[digit] >= '1' && text[digit] <= '8' &&
        (text[digit + 1] < '0' || text[digit + 1] > '9'))
      xmp[digit] = static_cast<std::byte>('0' + info.orientation);
  }
  return xmp;
}

bool icc_fits(std::span<const std::byte> icc, int colour_bands) {
  constexpr std::size_t kHeaderBytes = 128, kColourSpace = 16;
  if (icc.size() < kHeaderBytes) return false;
  const std::string_view space(reinterpret_cast<const char*>(icc.data()) + kColourSpace, 4);
  return (space == "GRAY" && colour_bands == 1) || (space == "RGB " && colour_bands == 3) ||
         (space == "CMYK" && colour_bands == 4);
}

}  // namespace sluice
