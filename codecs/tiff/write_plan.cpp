#include "codecs/tiff/write_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codecs/jpeg/compressor.hpp"
#include "codecs/jpeg/frame.hpp"
#include "codecs/tiff/encode_block.hpp"
#include "codecs/tiff/write_tags.hpp"
#include "engine/checked_size.hpp"
#include "engine/error.hpp"

namespace sluice::tiff {
namespace {

constexpr std::int64_t kLargestDimension = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kLargestBlock = std::int64_t{1} << 30;
constexpr int kMostChannels = 65535;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::usage, reason);
}

void check_image(const ImageInfo& info) {
  info.bytes();  // throws for sizes out of range
  if (info.width > kLargestDimension || info.height > kLargestDimension)
    refuse(fmt::format("TIFF holds images of up to {} x {} pixels; this one has {} x {}",
                       kLargestDimension, kLargestDimension, info.width, info.height));
  if (info.channels() > kMostChannels)
    refuse(fmt::format("TIFF holds up to {} bands; this image has {}", kMostChannels,
                       info.channels()));
  const int least = info.colour == Colour::cmyk                         ? 4
                    : info.colour == Colour::rgb || is_lab(info.colour) ? 3
                                                                        : 1;
  if (info.colour_channels() < least)
    refuse(fmt::format("the image's colour needs {} bands beside alpha; it has {}", least,
                       info.colour_channels()));
  if (info.colour != Colour::palette) return;
  if (info.type != SampleType::u8 && info.type != SampleType::u16)
    refuse(fmt::format("a TIFF palette goes with u8 or u16 samples, not {}; cast to one of them",
                       name_of(info.type)));
  const std::size_t most = std::size_t{3} << (8 * size_of(info.type));
  if (info.meta().palette.size() > most || info.meta().palette.size() % 3 != 0)
    refuse(fmt::format("the palette has {} numbers; {} samples allow {}",
                       info.meta().palette.size(), name_of(info.type), most));
}

std::int64_t automatic_tile(const ImageInfo& info) {
  constexpr std::int64_t kTile = 256, kLeast = 16, kMostBytes = std::int64_t{16} << 20;
  const std::int64_t pixel = static_cast<std::int64_t>(size_of(info.type)) * info.channels();
  std::int64_t side = kTile;
  while (side > kLeast && side * side * pixel > kMostBytes)
    side /= 2;
  return side;
}

BlockGrid choose_tiles(const ImageInfo& info, const TiffWriteOptions& options) {
  BlockGrid grid{info.width, info.height, 0, 0};
  if (options.tile.empty()) {
    const std::int64_t side = automatic_tile(info);
    grid.block_width = std::min(side, round_up(info.width, 16));
    grid.block_height = std::min(side, round_up(info.height, 16));
    return grid;
  }
  if (options.tile.size() > 2)
    refuse(fmt::format("'tile' takes one number or [width, height], not {} numbers",
                       options.tile.size()));
  for (const std::int64_t side : options.tile)
    if (side < 16 || side % 16 != 0 || side > kLargestDimension / 16 * 16)
      refuse(fmt::format("a TIFF tile's sides are multiples of 16, not {}", side));
  grid.block_width = options.tile.front();
  grid.block_height = options.tile.back();
  return grid;
}

BlockGrid choose_strips(const ImageInfo& info, const TiffWriteOptions& options) {
  constexpr std::int64_t kStripBytes = std::int64_t{256} << 10;
  const std::int64_t row =
      static_cast<std::int64_t>(size_of(info.type)) * info.channels() * info.width;
  std::int64_t rows = options.rows_per_strip;
  if (rows < 0) refuse(fmt::format("'rows_per_strip' is at least 1, not {}", rows));
  const bool jpeg = options.compression == TiffCompression::jpeg;
  if (jpeg && rows % 16 != 0 && rows < info.height)
    refuse(fmt::format("under JPEG 'rows_per_strip' is a multiple of 16, not {}", rows));
  if (rows == 0) {
    rows = std::max<std::int64_t>(1, kStripBytes / row);
    if (jpeg) rows = round_up(rows, 16);
  }
  return {info.width, info.height, info.width, std::min(rows, info.height)};
}

void check_grid(const WritePlan& plan) {
  const CheckedSize bytes =
      CheckedSize(plan.grid.block_width) * plan.grid.block_height * plan.pixel_bytes();
  if (!bytes.at_most(kLargestBlock))
    refuse(
        fmt::format("a block of {} x {} pixels with {} bytes each passes the limit of {} bytes; "
                    "choose a smaller 'tile' or 'rows_per_strip'{}",
                    plan.grid.block_width, plan.grid.block_height, plan.pixel_bytes(),
                    kLargestBlock, plan.tiled ? "" : ", or 'layout: tiled'"));
  if (plan.grid.count() > std::numeric_limits<std::int32_t>::max())
    refuse(fmt::format("{} blocks are more than TIFF readers take ({}); choose larger ones",
                       plan.grid.count(), std::numeric_limits<std::int32_t>::max()));
}

void check_jpeg(const ImageInfo& info) {
  if (info.type != SampleType::u8)
    refuse(
        fmt::format("JPEG compression holds u8 samples, not {}; cast to u8, or choose deflate, "
                    "zstd or lzw",
                    name_of(info.type)));
  if (info.alpha != Alpha::none)
    refuse(
        "JPEG compression holds no alpha band; leave it out with 'select', or choose deflate, "
        "zstd or lzw");
  if (info.colour == Colour::palette)
    refuse("JPEG compression would change palette indices; choose deflate, zstd or lzw");
  if (info.channels() != 1 && info.channels() != 3)
    refuse(
        fmt::format("JPEG compression holds 1 or 3 bands, not {}; choose bands with 'select', "
                    "or another compression",
                    info.channels()));
}

void choose_compression(WritePlan& plan, const TiffWriteOptions& options) {
  constexpr int kDeflateLevel = 3, kZstdLevel = 5;
  const bool deflate = options.compression == TiffCompression::deflate;
  const bool zstd = options.compression == TiffCompression::zstd;
  const bool jpeg = options.compression == TiffCompression::jpeg;
  plan.compression = options.compression;
  if (options.level && !deflate && !zstd)
    refuse("'level' goes with the compressions deflate and zstd");
  const int most = zstd ? 22 : 12;
  plan.level = options.level.value_or(zstd ? kZstdLevel : kDeflateLevel);
  if (plan.level < 1 || plan.level > most)
    refuse(fmt::format("'level' is from 1 to {}, not {}", most, plan.level));
  if ((options.quality || options.subsampling != JpegSubsampling::automatic) && !jpeg)
    refuse("'quality' and 'subsampling' go with the compression jpeg");
  plan.quality = options.quality.value_or(jpeg::kDefaultQuality);
  if (plan.quality < 1 || plan.quality > 100)
    refuse(fmt::format("'quality' is from 1 to 100, not {}", plan.quality));
  if (!jpeg) return;
  check_jpeg(plan.info);
  plan.ycbcr = plan.info.colour == Colour::rgb;
  plan.chroma = plan.ycbcr && jpeg::halves_chroma(options.subsampling, plan.quality) ? 2 : 1;
  if (std::max(plan.grid.block_width, plan.grid.block_height) > jpeg::kMaxDimension)
    refuse(fmt::format("a JPEG block has up to {} pixels a side, not {} x {}; choose smaller tiles",
                       jpeg::kMaxDimension, plan.grid.block_width, plan.grid.block_height));
}

TiffPredictor choose_predictor(const WritePlan& plan, TiffPredictor asked) {
  const bool can = plan.compression == TiffCompression::deflate ||
                   plan.compression == TiffCompression::zstd ||
                   plan.compression == TiffCompression::lzw;
  const bool floating = is_float(plan.info.type);
  switch (asked) {
    case TiffPredictor::automatic:
      if (!can) return TiffPredictor::none;
      // Neighbouring palette indices have nothing to do with each other.
      if (plan.info.colour == Colour::palette) return TiffPredictor::none;
      return floating ? TiffPredictor::floating : TiffPredictor::horizontal;
    case TiffPredictor::none:
      return asked;
    case TiffPredictor::horizontal:
    case TiffPredictor::floating:
      break;
  }
  if (!can) refuse("'predictor' goes with the compressions deflate, zstd and lzw");
  if (asked == TiffPredictor::floating && !floating)
    refuse(
        fmt::format("the predictor 'float' is for f32 and f64 samples, not {}; choose "
                    "'horizontal'",
                    name_of(plan.info.type)));
  return asked;
}

/// The one value of all bands, alpha apart.
std::optional<SampleValue> common_nodata(const ImageInfo& info) {
  const std::optional<SampleValue> first = info.bands.front().nodata;
  for (int i = 1; i < info.colour_channels(); ++i) {
    const std::optional<SampleValue> other = info.bands[static_cast<std::size_t>(i)].nodata;
    if (first == other) continue;
    const auto text = [](const auto& v) { return v ? v->text() : std::string("none"); };
    refuse(
        fmt::format("the bands' nodata values differ (band 1: {}, band {}: {}), and a TIFF file "
                    "holds one for all bands; choose it with 'nodata'",
                    text(first), i + 1, text(other)));
  }
  return first;
}

void choose_invalid(WritePlan& plan, const TiffWriteOptions& options) {
  ImageInfo& info = plan.info;
  plan.nodata = options.nodata ? options.nodata : common_nodata(info);
  if (options.nodata && !options.nodata->fits(info.type))
    refuse(fmt::format("the nodata value {} is not a value of {} samples", options.nodata->text(),
                       name_of(info.type)));
  if (!info.has_validity()) return;
  if (plan.nodata && plan.nodata->fits(info.type)) {
    plan.invalid = InvalidPixels::fill;
  } else if (info.alpha != Alpha::none) {
    plan.invalid = InvalidPixels::clear_alpha;
  } else if (is_float(info.type)) {
    plan.nodata = std::numeric_limits<double>::quiet_NaN();
    plan.invalid = InvalidPixels::fill;
  } else if ((info.type == SampleType::u8 || info.type == SampleType::u16) &&
             options.compression != TiffCompression::jpeg && info.channels() < kMostChannels) {
    plan.invalid = InvalidPixels::add_alpha;
    info.alpha = Alpha::straight;
    info.bands.emplace_back().role = BandRole::alpha;
  } else {
    refuse(
        fmt::format("the image has pixels without a value, and {} has no place for them; choose "
                    "a value for them with 'nodata'",
                    options.compression == TiffCompression::jpeg
                        ? std::string("JPEG compression")
                        : fmt::format("a TIFF of {} samples", name_of(info.type))));
  }
}

/// Classic TIFF ends at 4 GiB, so the kind of file follows from the most that it may grow to.
void choose_kind(WritePlan& plan, TiffBig asked) {
  constexpr std::int64_t kClassicEnd = std::numeric_limits<std::uint32_t>::max();
  constexpr std::int64_t kFrame = 64, kTables = 4096, kIndex = 16;
  const std::int64_t tables = plan.compression == TiffCompression::jpeg ? kTables : 0;
  const std::int64_t per_block = round_up(plan.encoded_bound, 2) + kIndex;
  const auto bound =
      (CheckedSize(plan.grid.count()) * per_block + kFrame + tables + tags_of(plan, {}).bytes())
          .get();
  const bool needed = !bound || *bound > kClassicEnd;
  if (asked == TiffBig::no && needed)
    refuse(
        fmt::format("the file may take up to {} bytes, and 'bigtiff: no' ends at {}; choose "
                    "'auto' or 'yes'",
                    bound ? fmt::format("{}", *bound) : "2^63 and more", kClassicEnd));
  plan.big = asked == TiffBig::yes || needed;
}

}  // namespace

WritePlan plan_write(const ImageInfo& info, const TiffWriteOptions& options) {
  check_image(info);
  WritePlan plan;
  plan.info = info;
  choose_invalid(plan, options);
  plan.tiled = options.layout == TiffLayout::tiled;
  if (plan.tiled && options.rows_per_strip != 0)
    refuse("'rows_per_strip' goes with 'layout: strips'");
  if (!plan.tiled && !options.tile.empty()) refuse("'tile' goes with 'layout: tiled'");
  plan.grid = plan.tiled ? choose_tiles(plan.info, options) : choose_strips(plan.info, options);
  check_grid(plan);
  choose_compression(plan, options);
  plan.predictor = choose_predictor(plan, options.predictor);
  plan.encoded_bound = BlockEncoder::encoded_bound(plan);
  choose_kind(plan, options.bigtiff);
  return plan;
}

}  // namespace sluice::tiff
