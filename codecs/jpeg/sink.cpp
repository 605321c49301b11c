#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "codecs/band_file.hpp"
#include "codecs/exif.hpp"
#include "codecs/interleave.hpp"
#include "codecs/jpeg/encoder.hpp"
#include "codecs/jpeg/header.hpp"
#include "codecs/jpeg/jpeg.hpp"
#include "codecs/lease_pool.hpp"
#include "codecs/shown_samples.hpp"
#include "codecs/unheld.hpp"
#include "engine/error.hpp"

namespace sluice {
namespace {

using jpeg::BandEncoder;
using jpeg::EncodePlan;

constexpr std::int64_t kBandBytes = 256 * 1024;            ///< of samples in a band of rows, about
constexpr std::int64_t kMaxInterval = 65535;               ///< of MCUs, as the marker stores it
constexpr std::size_t kMaxIcc = std::size_t{255} * 65519;  ///< as many parts as can be numbered

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::usage, reason);
}

void check(const ImageInfo& info, const JpegWriteOptions& options) {
  if (options.quality < 1 || options.quality > 100)
    refuse(fmt::format("quality {} is not in 1 to 100", options.quality));
  if (info.width > jpeg::kMaxDimension || info.height > jpeg::kMaxDimension)
    refuse(
        fmt::format("JPEG holds at most {0} x {0} pixels, the image has {1} x {2}: resize it, or "
                    "write TIFF",
                    jpeg::kMaxDimension, info.width, info.height));
  if (info.type != SampleType::u8)
    refuse(
        fmt::format("JPEG holds u8 samples, the image has {}: put `cast to=u8 scale=range` "
                    "before, or `stretch`",
                    name_of(info.type)));
  if (info.alpha != Alpha::none)
    refuse("JPEG has no alpha: put `flatten` or `select` of the colour bands before");
  if (info.colour == Colour::palette)
    refuse("palette indices do not survive lossy JPEG: write PNG or TIFF");
  if (is_lab(info.colour))
    refuse("JPEG holds RGB or grey, the image is Lab: put `convert to=srgb` before");
  if (info.channels() != 1 && info.channels() != 3)
    refuse(
        fmt::format("JPEG holds 1 or 3 bands, the image has {}: put `select bands=[0, 1, 2]` "
                    "before",
                    info.channels()));
}

/// The sample written for pixels without a value; nullopt where there are none.
std::optional<std::byte> fill_for(const ImageInfo& info, const JpegWriteOptions& options) {
  if (!info.has_validity()) return std::nullopt;
  const std::optional<SampleValue> nodata =
      options.nodata ? options.nodata : info.bands.front().nodata;
  if (!nodata)
    refuse(
        "the image has pixels without a value, and JPEG has no place for them: choose a value "
        "for them with 'nodata', or write PNG or TIFF");
  const auto value = nodata->as<std::uint8_t>();
  if (!value)
    refuse(fmt::format("the nodata value {} is not a value of u8 samples", nodata->text()));
  if (options.nodata) return static_cast<std::byte>(*value);
  return static_cast<std::byte>(ShownSamples(info).shown(*value));
}

EncodePlan plan_for(const ImageInfo& info, const JpegWriteOptions& options) {
  EncodePlan plan;
  jpeg::Compression& how = plan.how;
  how.width = static_cast<int>(info.width);
  how.height = static_cast<int>(info.height);
  how.components = info.channels();
  how.ycbcr = how.components == 3;
  how.quality = options.quality;
  how.sampling = how.ycbcr && jpeg::halves_chroma(options.subsampling, how.quality) ? 2 : 1;
  const std::int64_t mcu_row_bytes = info.width * how.components * how.mcu_side();
  plan.band_mcu_rows = static_cast<int>(
      std::clamp<std::int64_t>(kBandBytes / mcu_row_bytes, 1, kMaxInterval / how.mcus_across()));
  return plan;
}

jpeg::HeaderMetadata metadata_for(const ImageInfo& info) {
  const Metadata& meta = info.meta();
  jpeg::HeaderMetadata metadata;
  metadata.resolution = info.resolution;
  if (icc_fits(meta.icc, info.channels()) && meta.icc.size() <= kMaxIcc) metadata.icc = meta.icc;
  metadata.exif = exif_of(info);
  metadata.xmp = xmp_of(info);
  metadata.comment = meta.description;
  return metadata;
}

std::vector<std::string> warnings_for(const ImageInfo& info, const std::string& file) {
  std::vector<std::string> warnings = unheld_facts(info, {.exif = true}, file, "JPEG");
  const auto check = [&](std::string_view mark, const std::vector<std::byte>& data,
                         const char* name) {
    if (!jpeg::fits_segment(mark, data.size()))
      warnings.push_back(
          fmt::format("{}: the {} data is left out: {} bytes are more than a JPEG "
                      "segment holds",
                      file, name, data.size()));
  };
  check(jpeg::kExifMark, exif_of(info), "EXIF");
  check(jpeg::kXmpMark, info.meta().xmp, "XMP");
  return warnings;
}

/// Header, then the bands with restart markers between them, then the end marker.
class JpegSink final : public Sink {
 public:
  JpegSink(const ImageInfo& info, OutputBytes to, const JpegWriteOptions& options)
      : plan_(plan_for(info, options)),
        shown_(info),
        fill_(fill_for(info, options)),
        file_(std::move(to), plan_.grid().count()),
        header_(jpeg::encode_header(plan_, metadata_for(info))),
        warnings_(warnings_for(info, file_.name())) {}

  std::string name() const override { return file_.name(); }
  std::string path() const override { return file_.path(); }
  void check() const override { file_.check(); }
  BlockGrid grid() const override { return plan_.grid(); }
  std::int64_t encoded_bound() const override { return plan_.band_bound(); }
  /// Interleaved samples of one row of MCUs.
  std::int64_t scratch_bytes() const override {
    return as_they_are() ? 0 : row_bytes() * plan_.how.mcu_side();
  }
  std::int64_t encoder_bytes() const override { return plan_.how.compressor_bytes(); }
  std::int64_t held_bytes() const override {
    return static_cast<std::int64_t>(header_.size()) + shown_.bytes();
  }
  std::vector<std::string> warnings() const override { return warnings_; }

  void begin() override {
    file_.begin();
    file_.append(header_, "the header");
  }

  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const override {
    (void)index;
    const auto encoder = encoders_.take([&] { return std::make_unique<BandEncoder>(plan_); });
    encoder->start(pixels.rect.height, to);
    if (as_they_are()) {
      encoder->rows(pixels.data, pixels.row_stride, pixels.rect.height);
      return encoder->finish();
    }
    for (std::int64_t y = 0; y < pixels.rect.height; y += plan_.how.mcu_side()) {
      const std::int64_t rows =
          std::min<std::int64_t>(plan_.how.mcu_side(), pixels.rect.height - y);
      interleave(pixels.part({0, pixels.rect.y + y, pixels.rect.width, rows}), context.scratch,
                 row_bytes(), context.isa);
      if (shown_.changes()) show(context.scratch, rows);
      if (fill_ && pixels.validity) fill_invalid(pixels, y, rows, context.scratch);
      encoder->rows(context.scratch, row_bytes(), rows);
    }
    return encoder->finish();
  }

  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    const std::string place = file_.next_band(index);
    if (index > 0) file_.append(marker(0xD0 + static_cast<int>((index - 1) % 8)), place);
    file_.append(bytes, place);
  }

  void finish() override { file_.finish(marker(0xD9)); }
  void hold() override { file_.hold(); }
  void commit() override { file_.commit(); }
  void abandon() noexcept override { file_.abandon(); }
  std::int64_t bytes_written() const override { return file_.written(); }

 private:
  /// One band without gaps to fill: libjpeg takes the tile's rows.
  bool as_they_are() const { return plan_.how.components == 1 && !fill_ && !shown_.changes(); }
  void show(std::byte* samples, std::int64_t rows) const {
    for (std::int64_t y = 0; y < rows; ++y)
      shown_.apply(samples + y * row_bytes(), plan_.how.width, plan_.how.components);
  }
  void fill_invalid(const TileView& pixels, std::int64_t first, std::int64_t rows,
                    std::byte* samples) const {
    for (std::int64_t y = 0; y < rows; ++y) {
      for (int c = 0; c < plan_.how.components; ++c) {
        const std::uint8_t* const valid = pixels.validity_row(c, first + y);
        std::byte* sample = samples + y * row_bytes() + c;
        for (std::int64_t x = 0; x < pixels.rect.width; ++x, sample += plan_.how.components)
          if (!valid[x]) *sample = *fill_;
      }
    }
  }
  std::int64_t row_bytes() const { return std::int64_t{plan_.how.width} * plan_.how.components; }
  static std::array<std::byte, 2> marker(int code) {
    return {std::byte{0xFF}, static_cast<std::byte>(code)};
  }
  const EncodePlan plan_;
  const ShownSamples shown_;
  const std::optional<std::byte> fill_;
  BandFile file_;
  const std::vector<std::byte> header_;
  const std::vector<std::string> warnings_;
  mutable LeasePool<BandEncoder> encoders_;
};

std::shared_ptr<Sink> sink_to(const ImageInfo& info, OutputBytes to,
                              const JpegWriteOptions& options) {
  const std::string name = to.name();
  try {
    check(info, options);
    return std::make_shared<JpegSink>(info, std::move(to), options);
  } catch (Error& error) {
    throw error.at_file(name);
  }
}

}  // namespace

std::shared_ptr<Sink> make_jpeg_sink(const ImageInfo& info, const std::string& path,
                                     const JpegWriteOptions& options) {
  return sink_to(info, OutputBytes(path, options.file), options);
}

std::shared_ptr<Sink> make_jpeg_sink(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                     const JpegWriteOptions& options) {
  return sink_to(info, OutputBytes(std::move(to)), options);
}

}  // namespace sluice
