#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "codecs/band_file.hpp"
#include "codecs/exif.hpp"
#include "codecs/png/chunks.hpp"
#include "codecs/png/encoder.hpp"
#include "codecs/png/keywords.hpp"
#include "codecs/png/png.hpp"
#include "codecs/png/text.hpp"
#include "codecs/shown_samples.hpp"
#include "codecs/unheld.hpp"
#include "engine/error.hpp"

namespace sluice {
namespace {

using png::ColourType;
using png::EncodePlan;

constexpr std::int64_t kBandBytes = 512 * 1024;               ///< of samples in a band, about
constexpr std::int64_t kMaxRowBytes = std::int64_t{1} << 30;  ///< a chunk holds 2^31 - 1 bytes
constexpr std::size_t kPaletteEntries = 256;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::usage, reason);
}

ColourType colour_type(const ImageInfo& info) {
  const int channels = info.channels();
  if (info.colour == Colour::cmyk || is_lab(info.colour))
    refuse(
        fmt::format("PNG holds grey and RGB, the image is {}: put `convert to=srgb` before, or "
                    "write TIFF",
                    is_lab(info.colour) ? "Lab" : "CMYK"));
  if (info.alpha == Alpha::premultiplied)
    refuse("PNG holds straight alpha, the image's is premultiplied: put `unpremultiply` before");
  const bool alpha = info.alpha == Alpha::straight;
  if (channels == 1 && info.colour == Colour::palette) {
    if (info.type != SampleType::u8) refuse("PNG holds palette images of u8 only: write TIFF");
    if (info.meta().palette.size() < 3) refuse("the image has palette indices, but no palette");
    return ColourType::palette;
  }
  if (channels == 1) return ColourType::grey;
  if (channels == 2 && alpha) return ColourType::grey_alpha;
  if (channels == 3 && !alpha) return ColourType::rgb;
  if (channels == 4 && alpha) return ColourType::rgba;
  refuse(
      fmt::format("PNG holds 1 or 3 bands, and alpha; the image has {} {}: put `select` of the "
                  "bands to keep before, or write TIFF",
                  channels, alpha ? "bands with alpha" : "bands without alpha"));
}

void check(const ImageInfo& info, const PngWriteOptions& options) {
  if (options.level < 0 || options.level > 9)
    refuse(fmt::format("level {} is not in 0 to 9", options.level));
  if (info.type != SampleType::u8 && info.type != SampleType::u16)
    refuse(
        fmt::format("PNG holds u8 and u16 samples, the image has {}: put `cast to=u16 "
                    "scale=range` before, or write TIFF",
                    name_of(info.type)));
  const std::int64_t row =
      info.width * info.channels() * static_cast<std::int64_t>(size_of(info.type));
  if (info.height > png::kMaxDimension || row > kMaxRowBytes)
    refuse(
        fmt::format("PNG is written up to {} rows of {} bytes, the image has {} of {}: write TIFF",
                    png::kMaxDimension, kMaxRowBytes, info.height, row));
}

/// The nodata value of the first band as it is written, where it is one that samples can have.
std::optional<std::uint16_t> grey_nodata(const ImageInfo& info) {
  const auto& nodata = info.bands[0].nodata;
  if (!nodata || !nodata->fits(info.type)) return std::nullopt;
  return ShownSamples(info).shown(*nodata->as<std::uint16_t>());
}

void choose_invalid(EncodePlan& plan, const ImageInfo& info) {
  if (!info.has_validity()) return;
  if (plan.colour == ColourType::grey_alpha || plan.colour == ColourType::rgba) {
    plan.invalid = png::InvalidPixels::clear_alpha;
  } else if (const auto nodata = grey_nodata(info); nodata && plan.channels == 1) {
    plan.invalid = png::InvalidPixels::fill;
    plan.fill = *nodata;
  } else if (plan.colour == ColourType::palette) {
    refuse(
        "the image has pixels without a value, and none of its palette's entries stands for "
        "them: write TIFF");
  } else {
    plan.invalid = png::InvalidPixels::add_alpha;
    plan.colour = plan.colour == ColourType::grey ? ColourType::grey_alpha : ColourType::rgba;
    ++plan.channels;
  }
}

EncodePlan plan_for(const ImageInfo& info, const PngWriteOptions& options) {
  EncodePlan plan;
  plan.width = info.width;
  plan.height = info.height;
  plan.colour = colour_type(info);
  plan.channels = info.channels();
  plan.sample_bytes = static_cast<int>(size_of(info.type));
  choose_invalid(plan, info);
  plan.band_rows = std::clamp<std::int64_t>(kBandBytes / plan.row_bytes(), 1, info.height);
  plan.level = options.level;
  plan.filter = options.filter;
  if (plan.filter == PngFilter::automatic)
    plan.filter = plan.colour == ColourType::palette ? PngFilter::none : PngFilter::adaptive;
  return plan;
}

using Bytes = std::vector<std::byte>;

void append_u32(Bytes& to, std::uint32_t value) {
  to.resize(to.size() + 4);
  png::put_u32(to.data() + to.size() - 4, value);
}
void append_u8(Bytes& to, int value) {
  to.push_back(static_cast<std::byte>(value));
}

void append_image_header(Bytes& to, const EncodePlan& plan) {
  Bytes content;
  append_u32(content, static_cast<std::uint32_t>(plan.width));
  append_u32(content, static_cast<std::uint32_t>(plan.height));
  append_u8(content, 8 * plan.sample_bytes);
  append_u8(content, static_cast<int>(plan.colour));
  for (int i = 0; i < 3; ++i)
    append_u8(content, 0);  // deflate, adaptive filtering, not interlaced
  png::append_chunk(to, "IHDR", content);
}

void append_resolution(Bytes& to, const Resolution& resolution) {
  constexpr double kMost = 2147483647;
  const double x = std::nearbyint(resolution.x * 1000), y = std::nearbyint(resolution.y * 1000);
  if (!(x >= 1 && x <= kMost && y >= 1 && y <= kMost)) return;
  Bytes content;
  append_u32(content, static_cast<std::uint32_t>(x));
  append_u32(content, static_cast<std::uint32_t>(y));
  append_u8(content, 1);  // per metre
  png::append_chunk(to, "pHYs", content);
}

/// The opacities of a palette's first entries.
Bytes palette_alpha(const ImageInfo& info, std::size_t entries) {
  Bytes alpha;
  const auto& opacity = info.meta().palette_opacity;
  const auto& nodata = info.bands[0].nodata;
  if (!opacity.empty()) {
    for (std::size_t i = 0; i < std::min(entries, opacity.size()); ++i)
      append_u8(alpha, (opacity[i] + 128) / 257);
  } else if (const auto index = nodata ? nodata->as<std::uint16_t>() : std::nullopt;
             index && *index < entries) {
    alpha.assign(*index, std::byte{255});
    append_u8(alpha, 0);
  }
  return alpha;
}

void append_palette(Bytes& to, const ImageInfo& info) {
  const auto& palette = info.meta().palette;
  const std::size_t entries = std::min(palette.size() / 3, kPaletteEntries);
  Bytes content;
  for (std::size_t i = 0; i < 3 * entries; ++i)
    append_u8(content, (palette[i] + 128) / 257);
  png::append_chunk(to, "PLTE", content);
  if (const Bytes alpha = palette_alpha(info, entries); !alpha.empty())
    png::append_chunk(to, "tRNS", alpha);
}

/// Nodata as the grey value that is transparent.
void append_nodata(Bytes& to, const ImageInfo& info) {
  const auto nodata = grey_nodata(info);
  if (!nodata) return;
  Bytes content;
  append_u8(content, *nodata >> 8);
  append_u8(content, *nodata & 0xFF);
  png::append_chunk(to, "tRNS", content);
}

void append_texts(Bytes& to, const Metadata& meta) {
  const auto append = [&to](std::string_view keyword, const std::string& text) {
    if (keyword.empty() || text.empty()) return;
    if (const auto chunk = png::text_chunk(keyword, text))
      png::append_chunk(to, chunk->type, chunk->content);
  };
  append(png::kDescription, meta.description);
  for (const auto& [item, text] : meta.items)
    append(png::keyword_of(item), text);
}

/// All from the start of the file to the image data.
Bytes encode_header(const ImageInfo& info, const EncodePlan& plan) {
  const Metadata& meta = info.meta();
  Bytes to;
  for (const unsigned char c : png::kSignature)
    append_u8(to, c);
  append_image_header(to, plan);
  const int colours = plan.colour == ColourType::palette ? 3 : info.colour_channels();
  if (icc_fits(meta.icc, colours)) {
    const png::Chunk profile = png::profile_chunk(meta.icc);
    png::append_chunk(to, profile.type, profile.content);
  }
  append_resolution(to, info.resolution);
  if (const Bytes exif = exif_of(info); !exif.empty()) png::append_chunk(to, "eXIf", exif);
  if (plan.colour == ColourType::palette) append_palette(to, info);
  if (plan.colour == ColourType::grey) append_nodata(to, info);
  append_texts(to, meta);
  if (const Bytes xmp = xmp_of(info); !xmp.empty())
    if (const auto chunk = png::text_chunk(
            png::kXmp, std::string(reinterpret_cast<const char*>(xmp.data()), xmp.size())))
      png::append_chunk(to, chunk->type, chunk->content);
  return to;
}

/// One grey value or palette index can be transparent; a colour of RGB images is not used so.
HeldFacts held_facts(const ImageInfo& info) {
  HeldFacts held;
  held.exif = held.palette_opacity = true;
  held.nodata = info.channels() == 1;
  return held;
}

/// Header, then a chunk of image data per band, then the stream's checksum and the end.
class PngSink final : public Sink {
 public:
  PngSink(const ImageInfo& info, OutputBytes to, const PngWriteOptions& options)
      : plan_(plan_for(info, options)),
        file_(std::move(to), plan_.grid().count()),
        header_(encode_header(info, plan_)),
        encoder_(plan_, ShownSamples(info)),
        warnings_(unheld_facts(info, held_facts(info), file_.name(), "PNG")) {}

  std::string name() const override { return file_.name(); }
  std::string path() const override { return file_.path(); }
  void check() const override { file_.check(); }
  BlockGrid grid() const override { return plan_.grid(); }
  std::int64_t encoded_bound() const override { return encoder_.encoded_bound(); }
  std::int64_t scratch_bytes() const override { return encoder_.scratch_bytes(); }
  std::int64_t encoder_bytes() const override { return encoder_.encoder_bytes(); }
  std::int64_t held_bytes() const override {
    return static_cast<std::int64_t>(header_.size()) + encoder_.held_bytes();
  }
  std::vector<std::string> warnings() const override { return warnings_; }

  void begin() override {
    file_.begin();
    adler_ = adler32(0, nullptr, 0);
    file_.append(header_, "the header");
  }

  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const override {
    return encoder_.encode(index, pixels, to, context);
  }

  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    const std::string place = file_.next_band(index);
    const png::EncodedBand band = png::BandEncoder::split(bytes);
    const std::int64_t size = plan_.filtered_bytes(plan_.grid().rect(index).height);
    adler_ = adler32_combine(adler_, band.adler, static_cast<z_off_t>(size));
    file_.append(band.chunk, place);
  }

  void finish() override {
    Bytes checksum, end;
    append_u32(checksum, static_cast<std::uint32_t>(adler_));
    png::append_chunk(end, "IDAT", checksum);
    png::append_chunk(end, "IEND", {});
    file_.finish(end);
  }

  void hold() override { file_.hold(); }
  void commit() override { file_.commit(); }
  void abandon() noexcept override { file_.abandon(); }
  std::int64_t bytes_written() const override { return file_.written(); }

 private:
  const EncodePlan plan_;
  BandFile file_;
  const Bytes header_;
  const png::BandEncoder encoder_;
  const std::vector<std::string> warnings_;
  uLong adler_ = 1;
};

std::shared_ptr<Sink> sink_to(const ImageInfo& info, OutputBytes to,
                              const PngWriteOptions& options) {
  const std::string name = to.name();
  try {
    check(info, options);
    return std::make_shared<PngSink>(info, std::move(to), options);
  } catch (Error& error) {
    throw error.at_file(name);
  }
}

}  // namespace

std::shared_ptr<Sink> make_png_sink(const ImageInfo& info, const std::string& path,
                                    const PngWriteOptions& options) {
  return sink_to(info, OutputBytes(path, options.file), options);
}

std::shared_ptr<Sink> make_png_sink(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                    const PngWriteOptions& options) {
  return sink_to(info, OutputBytes(std::move(to)), options);
}

}  // namespace sluice
