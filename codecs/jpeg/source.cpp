#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codecs/exif.hpp"
#include "codecs/jpeg/decoder.hpp"
#include "codecs/jpeg/header.hpp"
#include "codecs/jpeg/jpeg.hpp"
#include "engine/error.hpp"

namespace sluice {
namespace {

using jpeg::Header;

constexpr std::int64_t kBandBytes = 256 * 1024;  ///< of samples in a band of rows, about

std::vector<BandInfo> bands_of(const Header& header) {
  static constexpr BandRole kGrey[] = {BandRole::grey};
  static constexpr BandRole kTwo[] = {BandRole::data, BandRole::data};
  static constexpr BandRole kRgb[] = {BandRole::red, BandRole::green, BandRole::blue};
  static constexpr BandRole kCmyk[] = {BandRole::cyan, BandRole::magenta, BandRole::yellow,
                                       BandRole::black};
  static constexpr std::span<const BandRole> kRoles[] = {kGrey, kTwo, kRgb, kCmyk};
  std::vector<BandInfo> bands;
  for (const BandRole role : kRoles[header.components.size() - 1]) {
    bands.emplace_back();
    bands.back().role = role;
  }
  return bands;
}

Colour colour_of(const Header& header) {
  static constexpr Colour kColours[] = {Colour::grey, Colour::multiband, Colour::rgb, Colour::cmyk};
  return kColours[header.components.size() - 1];
}

Resolution resolution_of(const Header& header, const ExifFacts& exif) {
  const double millimetres = header.density_unit == 1 ? 25.4 : header.density_unit == 2 ? 10 : 0;
  if (millimetres > 0 && header.density_x > 0 && header.density_y > 0)
    return {header.density_x / millimetres, header.density_y / millimetres};
  return exif.resolution;
}

std::int64_t band_rows(const Header& header) {
  const std::int64_t mcu_bytes = std::int64_t{header.width} * header.mcu_height() *
                                 static_cast<std::int64_t>(header.components.size());
  const std::int64_t mcu_rows = std::max<std::int64_t>(1, kBandBytes / mcu_bytes);
  return std::min<std::int64_t>(header.height, mcu_rows * header.mcu_height());
}

/// Takes the metadata out of the header.
ImageInfo describe(Header& header) {
  ImageInfo info;
  info.width = header.width;
  info.height = header.height;
  info.bands = bands_of(header);
  info.colour = colour_of(header);
  const ExifFacts exif = exif_facts(header.exif);
  info.orientation = exif.orientation;
  info.resolution = resolution_of(header, exif);
  info.block_width = header.width;
  info.block_height = band_rows(header);
  auto metadata = std::make_shared<Metadata>();
  metadata->icc = std::move(header.icc);
  metadata->exif = std::move(header.exif);
  metadata->xmp = std::move(header.xmp);
  metadata->description = std::move(header.comment);
  info.metadata = std::move(metadata);
  return info;
}

class JpegSource final : public Source {
 public:
  JpegSource(std::shared_ptr<const ByteSource> bytes, Header header, const JpegReadOptions& options)
      : Source(describe(header)),
        bytes_(std::move(bytes)),
        header_(std::make_shared<const Header>(std::move(header))),
        damaged_(options.damaged) {}

  std::string name() const override { return bytes_->name(); }
  BlockGrid grid() const override {
    return {info_.width, info_.height, info_.block_width, info_.block_height};
  }
  bool in_order() const override { return true; }
  double decode_cost() const override { return 10; }  // measured like those of TIFF
  const ByteSource* bytes() const override { return bytes_.get(); }
  std::unique_ptr<RowDecoder> rows(const CodecContext& context) const override {
    return jpeg::make_decoder(bytes_, header_, damaged_, context.isa);
  }
  std::int64_t decoder_bytes() const override { return jpeg::decoder_bytes(*header_); }
  /// The metadata; the parts of a profile were held beside the whole while it was put together.
  std::int64_t index_bytes() const override {
    const Metadata& meta = info_.meta();
    return static_cast<std::int64_t>(2 * meta.icc.size() + meta.exif.size() + meta.xmp.size() +
                                     meta.description.size());
  }

 private:
  std::shared_ptr<const ByteSource> bytes_;
  std::shared_ptr<const Header> header_;
  bool damaged_;
};

/// Said before memory for all coefficients is asked for.
void check_plausible(const Header& header, const ByteSource& bytes) {
  if (const std::string why = header.too_short(bytes.size()); !why.empty())
    throw Error(ErrorKind::data, "the file is cut short: " + why)
        .at_file(bytes.name())
        .at_place(fmt::format("byte {}", bytes.size()));
}

}  // namespace

bool is_jpeg(std::span<const std::byte> first_bytes) {
  return first_bytes.size() >= 2 && first_bytes[0] == std::byte{0xFF} &&
         first_bytes[1] == std::byte{0xD8};
}

std::shared_ptr<const Source> open_jpeg(std::shared_ptr<const ByteSource> bytes,
                                        const JpegReadOptions& options) {
  Header header = jpeg::read_header(bytes);
  if (!options.damaged) check_plausible(header, *bytes);
  if (!header.icc_fault.empty() && options.warning)
    options.warning(
        fmt::format("{}: the ICC profile is left out: {}", bytes->name(), header.icc_fault));
  return std::make_shared<JpegSource>(std::move(bytes), std::move(header), options);
}

}  // namespace sluice
