#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "codecs/exif.hpp"
#include "codecs/png/decoder.hpp"
#include "codecs/png/header.hpp"
#include "codecs/png/keywords.hpp"
#include "codecs/png/png.hpp"
#include "engine/error.hpp"

namespace sluice {
namespace {

using png::ColourType;
using png::Header;

constexpr std::int64_t kBandBytes = 256 * 1024;  ///< of samples in a band of rows, about

/// The palette's only transparent entry, when all others are opaque.
std::optional<int> transparent_entry(const Header& header) {
  std::optional<int> found;
  for (std::size_t i = 0; i < header.palette_alpha.size(); ++i) {
    if (header.palette_alpha[i] == 255) continue;
    if (found || header.palette_alpha[i] != 0) return std::nullopt;
    found = static_cast<int>(i);
  }
  return found;
}

void describe_bands(const Header& header, ImageInfo& info) {
  const bool grey = header.colour == ColourType::grey || header.colour == ColourType::grey_alpha;
  const SampleType type = header.depth == 16 ? SampleType::u16 : SampleType::u8;
  info = make_info(header.width, header.height, type, header.channels(),
                   grey ? Colour::grey : Colour::rgb);
  if (header.colour == ColourType::palette) {
    info.colour = Colour::palette;
    info.bands[0].role = BandRole::palette;
    if (const auto entry = transparent_entry(header)) info.bands[0].nodata = *entry;
  } else if (header.depth < 8) {
    info.bits = header.depth;
  }
  if (header.transparent_grey) info.bands[0].nodata = *header.transparent_grey;
}

std::shared_ptr<const Metadata> metadata_of(const Header& header) {
  auto metadata = std::make_shared<Metadata>();
  metadata->icc = header.icc;
  metadata->exif = header.exif;
  for (const std::uint8_t value : header.palette)
    metadata->palette.push_back(static_cast<std::uint16_t>(value * 257));
  auto& items = metadata->items;
  if (!header.palette_alpha.empty() && !transparent_entry(header)) {
    metadata->palette_opacity.assign(header.palette.size() / 3, 65535);
    for (std::size_t i = 0; i < std::min(header.palette_alpha.size(), header.palette.size() / 3);
         ++i)
      metadata->palette_opacity.at(i) = static_cast<std::uint16_t>(header.palette_alpha[i] * 257);
  }
  if (header.transparent_rgb)
    items["png.transparent"] = fmt::format("{}", fmt::join(*header.transparent_rgb, ","));
  if (header.gamma) items["png.gamma"] = fmt::format("{}", *header.gamma / 100000.0);
  if (header.srgb_intent) items["png.srgb"] = fmt::format("{}", *header.srgb_intent);
  for (const auto& [keyword, text] : header.texts) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(text.data());
    if (keyword == png::kDescription)
      metadata->description = text;
    else if (keyword == png::kXmp)
      metadata->xmp.assign(bytes, bytes + text.size());
    else
      items[png::item_of(keyword)] = text;
  }
  return metadata;
}

ImageInfo describe(const Header& header, const ByteSource& bytes) {
  ImageInfo info;
  describe_bands(header, info);
  try {
    (void)info.bytes();
  } catch (Error& error) {
    throw error.at_file(bytes.name()).at_place("byte 8");
  }
  const ExifFacts exif = exif_facts(header.exif);
  info.orientation = exif.orientation;
  info.resolution = {header.pixels_per_metre_x / 1000, header.pixels_per_metre_y / 1000};
  if (info.resolution.x <= 0 || info.resolution.y <= 0) info.resolution = exif.resolution;
  info.block_width = header.width;
  info.block_height = std::clamp<std::int64_t>(kBandBytes / header.row_bytes(), 1, header.height);
  info.metadata = metadata_of(header);
  return info;
}

class PngSource final : public Source {
 public:
  PngSource(std::shared_ptr<const ByteSource> bytes, Header header)
      : Source(describe(header, *bytes)), bytes_(std::move(bytes)) {
    // The metadata has its own copies.
    header.icc = header.exif = {};
    header.texts.clear();
    header_ = std::make_shared<const Header>(std::move(header));
  }

  std::string name() const override { return bytes_->name(); }
  BlockGrid grid() const override {
    return {info_.width, info_.height, info_.block_width, info_.block_height};
  }
  bool in_order() const override { return true; }
  double decode_cost() const override { return 34; }  // measured like those of TIFF
  const ByteSource* bytes() const override { return bytes_.get(); }
  std::unique_ptr<RowDecoder> rows(const CodecContext& context) const override {
    return png::make_decoder(bytes_, header_, context.isa);
  }
  std::int64_t decoder_bytes() const override { return png::decoder_bytes(*header_); }

 private:
  std::shared_ptr<const ByteSource> bytes_;
  std::shared_ptr<const Header> header_;
};

/// Deflate shortens by a factor of 1032 at most, so a small file with a large image cannot be
/// whole: said before memory for all of an interlaced image is asked for.
void check_plausible(const Header& header, const ByteSource& bytes) {
  constexpr std::int64_t kMostShortened = 1032;
  if (!header.interlaced) return;
  const std::int64_t least = header.packed_row_bytes() / kMostShortened * header.height;
  if (bytes.size() >= least) return;
  throw Error(
      ErrorKind::data,
      fmt::format("the file is cut short: {} x {} pixels take at least {} bytes, and it has {}",
                  header.width, header.height, least, bytes.size()))
      .at_file(bytes.name())
      .at_place(fmt::format("byte {}", bytes.size()));
}

}  // namespace

bool is_png(std::span<const std::byte> first_bytes) {
  return first_bytes.size() >= sizeof png::kSignature &&
         std::memcmp(first_bytes.data(), png::kSignature, sizeof png::kSignature) == 0;
}

std::shared_ptr<const Source> open_png(std::shared_ptr<const ByteSource> bytes,
                                       const PngReadOptions& options) {
  Header header = png::read_header(bytes);
  check_plausible(header, *bytes);
  if (options.warning)
    for (const std::string& fault : header.faults)
      options.warning(fmt::format("{}: {}", bytes->name(), fault));
  return std::make_shared<PngSource>(std::move(bytes), std::move(header));
}

}  // namespace sluice
