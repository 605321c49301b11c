#include "codecs/tiff/write_tags.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "codecs/exif.hpp"
#include "codecs/tiff/geo_write.hpp"
#include "codecs/tiff/read_info.hpp"

namespace sluice::tiff {
namespace {

std::uint16_t compression_code(TiffCompression c) {
  switch (c) {
    case TiffCompression::none:
      return compression::kNone;
    case TiffCompression::lzw:
      return compression::kLzw;
    case TiffCompression::jpeg:
      return compression::kJpeg;
    case TiffCompression::deflate:
      return compression::kDeflate;
    case TiffCompression::zstd:
      return compression::kZstd;
  }
  return compression::kNone;
}

std::uint16_t photometric_code(const WritePlan& plan) {
  switch (plan.info.colour) {
    case Colour::multiband:
      return photometric::kMinIsBlack;
    case Colour::grey:
      return plan.info.white_is_zero ? photometric::kMinIsWhite : photometric::kMinIsBlack;
    case Colour::rgb:
      return plan.ycbcr ? photometric::kYcbcr : photometric::kRgb;
    case Colour::palette:
      return photometric::kPalette;
    case Colour::cmyk:
      return photometric::kSeparated;
    case Colour::lab:
      return photometric::kCieLab;
    case Colour::icc_lab:
      return photometric::kIccLab;
  }
  return photometric::kMinIsBlack;
}

/// Samples of a pixel that the photometric interpretation speaks of; the others are extra.
int photometric_samples(Colour colour) {
  switch (colour) {
    case Colour::rgb:
    case Colour::lab:
    case Colour::icc_lab:
      return 3;
    case Colour::cmyk:
      return 4;
    default:
      return 1;
  }
}

void add_sample_tags(const WritePlan& plan, DirectoryBuilder& directory) {
  const ImageInfo& info = plan.info;
  const auto channels = static_cast<std::size_t>(info.channels());
  const auto bits = static_cast<std::uint16_t>(8 * size_of(info.type));
  const std::uint16_t format = is_float(info.type)    ? sample_format::kFloat
                               : is_signed(info.type) ? sample_format::kSigned
                                                      : sample_format::kUnsigned;
  directory.set_shorts(tag::kBitsPerSample, std::vector<std::uint16_t>(channels, bits));
  directory.set_shorts(tag::kSampleFormat, std::vector<std::uint16_t>(channels, format));
  directory.set_short(tag::kSamplesPerPixel, static_cast<std::uint16_t>(channels));
  directory.set_short(tag::kPhotometric, photometric_code(plan));
  directory.set_short(tag::kPlanarConfig, kPlanarChunky);

  const auto extra = static_cast<int>(channels) - photometric_samples(info.colour);
  if (extra > 0) {
    std::vector<std::uint16_t> meaning(static_cast<std::size_t>(extra), extra_sample::kUnspecified);
    const int alpha = info.alpha_band() - photometric_samples(info.colour);
    if (alpha >= 0)
      meaning[static_cast<std::size_t>(alpha)] = info.alpha == Alpha::premultiplied
                                                     ? extra_sample::kPremultiplied
                                                     : extra_sample::kStraight;
    directory.set_shorts(tag::kExtraSamples, meaning);
  }
  if (info.colour == Colour::cmyk) directory.set_short(tag::kInkSet, 1);
  if (info.colour == Colour::palette) {
    // All reds, all greens, all blues, for every index that the type can hold.
    const std::size_t entries = std::size_t{1} << bits;
    const std::vector<std::uint16_t>& palette = info.meta().palette;
    std::vector<std::uint16_t> map(3 * entries);
    for (std::size_t i = 0; i < palette.size(); ++i)
      map[i % 3 * entries + i / 3] = palette[i];
    directory.set_shorts(tag::kColorMap, map);
  }
}

void add_layout_tags(const WritePlan& plan, DirectoryBuilder& directory) {
  directory.set_long(tag::kImageWidth, static_cast<std::uint32_t>(plan.info.width));
  directory.set_long(tag::kImageLength, static_cast<std::uint32_t>(plan.info.height));
  directory.set_short(tag::kCompression, compression_code(plan.compression));
  if (plan.tiled) {
    directory.set_long(tag::kTileWidth, static_cast<std::uint32_t>(plan.grid.block_width));
    directory.set_long(tag::kTileLength, static_cast<std::uint32_t>(plan.grid.block_height));
  } else {
    directory.set_long(tag::kRowsPerStrip, static_cast<std::uint32_t>(plan.grid.block_height));
  }
  if (plan.predictor == TiffPredictor::horizontal)
    directory.set_short(tag::kPredictor, kPredictorHorizontal);
  if (plan.predictor == TiffPredictor::floating)
    directory.set_short(tag::kPredictor, kPredictorFloat);
  if (plan.ycbcr) {
    const auto chroma = static_cast<std::uint16_t>(plan.chroma);
    directory.set_shorts(tag::kYcbcrSubsampling, std::array{chroma, chroma});
    directory.set_short(tag::kYcbcrPositioning, 1);
    // The tag's default is wrong for YCbCr, so it must be there.
    directory.set_rationals(tag::kReferenceBlackWhite,
                            std::array{0.0, 255.0, 128.0, 255.0, 128.0, 255.0});
  }
}

/// Pixels per centimetre; from a slide's micrometres per pixel where that is all that is known.
void add_resolution(const ImageInfo& info, DirectoryBuilder& directory) {
  const auto per_cm = [](double per_mm, double mpp) {
    return per_mm > 0 ? 10 * per_mm : mpp > 0 ? 10000 / mpp : 0;
  };
  const double x = per_cm(info.resolution.x, info.mpp_x);
  const double y = per_cm(info.resolution.y, info.mpp_y);
  if (!(x > 0 && y > 0 && std::isfinite(x) && std::isfinite(y))) return;
  directory.set_rationals(tag::kXResolution, std::array{x});
  directory.set_rationals(tag::kYResolution, std::array{y});
  directory.set_short(tag::kResolutionUnit, kResolutionCentimetre);
}

/// As GDAL prints a number into its tags.
std::string gdal_number(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return fmt::format("{:.18g}", v);
}

/// GDAL reads the values of its XML through two rounds of unescaping.
std::string escape_twice(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;amp;";
        break;
      case '<':
        escaped += "&amp;lt;";
        break;
      case '>':
        escaped += "&amp;gt;";
        break;
      case '"':
        escaped += "&amp;quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

/// Whether an <Item ...> start tag is one that is not copied.
bool is_stale(std::string_view start) {
  for (const char* word :
       {"name=\"STATISTICS_", "role=\"scale\"", "role=\"offset\"", "role=\"description\""})
    if (start.find(word) != std::string_view::npos) return true;
  return false;
}

std::string band_items(const std::vector<BandInfo>& bands) {
  std::string items;
  const auto add = [&](const char* name, std::size_t band, const char* role,
                       const std::string& value) {
    items += fmt::format("  <Item name=\"{}\" sample=\"{}\" role=\"{}\">{}</Item>\n", name, band,
                         role, value);
  };
  for (std::size_t i = 0; i < bands.size(); ++i) {
    if (!bands[i].name.empty()) add("DESCRIPTION", i, "description", escape_twice(bands[i].name));
    if (bands[i].offset != 0) add("OFFSET", i, "offset", gdal_number(bands[i].offset));
    if (bands[i].scale != 1) add("SCALE", i, "scale", gdal_number(bands[i].scale));
  }
  return items;
}

}  // namespace

std::string gdal_metadata(const std::string& xml, const std::vector<BandInfo>& bands) {
  constexpr std::string_view kItem = "<Item", kEnd = "</Item>";
  std::string items;
  for (std::size_t at = xml.find(kItem); at != std::string::npos;) {
    const std::size_t start_end = xml.find('>', at);
    if (start_end == std::string::npos) break;
    std::size_t end = start_end + 1;
    if (xml[start_end - 1] != '/') {
      end = xml.find(kEnd, start_end);
      if (end == std::string::npos) break;
      end += kEnd.size();
    }
    if (!is_stale(std::string_view(xml).substr(at, start_end - at)))
      items += "  " + xml.substr(at, end - at) + "\n";
    at = xml.find(kItem, end);
  }
  items += band_items(bands);
  return items.empty() ? items : "<GDALMetadata>\n" + items + "</GDALMetadata>\n";
}

DirectoryBuilder tags_of(const WritePlan& plan, std::span<const std::byte> jpeg_tables) {
  const ImageInfo& info = plan.info;
  const Metadata& meta = info.meta();
  DirectoryBuilder directory;
  add_layout_tags(plan, directory);
  add_sample_tags(plan, directory);
  if (!jpeg_tables.empty()) directory.set_bytes(tag::kJpegTables, jpeg_tables);
  add_resolution(info, directory);
  add_geo_tags(info, directory);
  directory.set_short(tag::kOrientation, static_cast<std::uint16_t>(info.orientation));
  for (const auto& [tag, name] : kTextTags)
    if (const auto item = meta.items.find(name); item != meta.items.end())
      directory.set_text(tag, item->second);
  directory.set_text(tag::kSoftware, "Sluice");
  const std::string description = is_aperio(meta)                 ? aperio_description(info)
                                  : meta.items.contains(kOmeItem) ? ome_description(info)
                                                                  : meta.description;
  if (!description.empty()) directory.set_text(tag::kImageDescription, description);
  if (const std::vector<std::byte> xmp = xmp_of(info); !xmp.empty())
    directory.set_bytes(tag::kXmp, xmp);
  if (!meta.icc.empty()) directory.set_bytes(tag::kIccProfile, meta.icc);
  const std::string xml = gdal_metadata(meta.gdal_metadata, info.bands);
  if (!xml.empty()) directory.set_text(tag::kGdalMetadata, xml);
  if (plan.nodata) directory.set_text(tag::kGdalNodata, plan.nodata->text());
  return directory;
}

}  // namespace sluice::tiff
