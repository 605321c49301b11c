#include "codecs/tiff/read_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "codecs/tiff/read_limits.hpp"
#include "engine/checked_size.hpp"
#include "engine/geometry.hpp"

namespace sluice::tiff {
namespace {

/// Reads the fields of one directory with messages that name it.
class Reader {
 public:
  Reader(const TiffFile& file, const Directory& directory) : file_(file), directory_(directory) {}

  [[noreturn]] void refuse(std::string reason) const {
    file_.fail(directory_.offset, std::move(reason));
  }
  std::uint64_t get(std::uint16_t tag, std::uint64_t otherwise) const {
    return file_.integer(directory_, tag, otherwise);
  }
  std::int64_t dimension(std::uint16_t tag, std::string_view name) const {
    if (!directory_.find(tag)) refuse(fmt::format("the directory has no {}", name));
    const std::uint64_t value = get(tag, 0);
    if (value == 0 || value > static_cast<std::uint64_t>(kMaxDimension))
      refuse(fmt::format("{} is {}; 1 to {} is supported", name, value, kMaxDimension));
    return static_cast<std::int64_t>(value);
  }
  /// The value that a field has for every sample; its few first values when it has that many.
  int per_sample(std::uint16_t tag, std::string_view name, int otherwise, int samples) const {
    const Field* const field = directory_.find(tag);
    if (!field || field->count == 0) return otherwise;
    const std::uint64_t count =
        std::min<std::uint64_t>(field->count, static_cast<std::uint64_t>(samples));
    std::vector<std::uint64_t> values(static_cast<std::size_t>(count));
    file_.read_integers(*field, 0, values);
    for (const std::uint64_t value : values)
      if (value != values[0])
        refuse(fmt::format("{} differs between samples ({} and {}), which is not supported", name,
                           values[0], value));
    if (values[0] > 65535) refuse(fmt::format("{} is {}", name, values[0]));
    return static_cast<int>(values[0]);
  }
  /// The field's first values; `to` is left as it is where there are not that many numbers.
  void numbers(std::uint16_t tag, std::span<double> to) const {
    const Field* const field = directory_.find(tag);
    if (!field || field->count < to.size()) return;
    const std::vector<double> values = file_.numbers(field->first(to.size()), to.size());
    if (std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
      std::copy(values.begin(), values.end(), to.begin());
  }
  const TiffFile& file() const { return file_; }
  const Directory& directory() const { return directory_; }

 private:
  const TiffFile& file_;
  const Directory& directory_;
};

/// The type that samples are delivered in.
SampleType sample_type(const Reader& in, int bits, int format) {
  switch (format) {
    case sample_format::kUnsigned:
    case sample_format::kUntyped:
      if (bits >= 1 && bits <= 8) return SampleType::u8;
      if (bits >= 9 && bits <= 16) return SampleType::u16;
      if (bits >= 17 && bits <= 32) return SampleType::u32;
      if (bits == 64) return SampleType::u64;
      break;
    case sample_format::kSigned:
      if (bits == 8) return SampleType::i8;
      if (bits == 16) return SampleType::i16;
      if (bits == 32) return SampleType::i32;
      if (bits == 64) return SampleType::i64;
      break;
    case sample_format::kFloat:
      if (bits == 16 || bits == 32) return SampleType::f32;
      if (bits == 64) return SampleType::f64;
      break;
    case sample_format::kComplexSigned:
    case sample_format::kComplexFloat:
      in.refuse("complex samples are not supported");
    default:
      in.refuse(fmt::format("SampleFormat {} is not known", format));
  }
  constexpr std::string_view names[] = {"", "unsigned", "signed", "floating", "untyped"};
  in.refuse(fmt::format("{} bits per {} sample are not supported", bits, names[format]));
}

void read_samples(const Reader& in, ImageLayout& layout) {
  const std::uint64_t samples = in.get(tag::kSamplesPerPixel, 1);
  if (samples == 0 || samples > 65535)
    in.refuse(fmt::format("SamplesPerPixel is {}; 1 to 65535 is supported", samples));
  layout.samples = static_cast<int>(samples);
  layout.bits = in.per_sample(tag::kBitsPerSample, "BitsPerSample", 1, layout.samples);
  layout.format =
      in.per_sample(tag::kSampleFormat, "SampleFormat", sample_format::kUnsigned, layout.samples);
  layout.type = sample_type(in, layout.bits, layout.format);
  layout.separate = in.get(tag::kPlanarConfig, kPlanarChunky) == kPlanarSeparate && samples > 1;
  layout.lsb_first = in.get(tag::kFillOrder, 1) == 2;
  layout.big_endian = in.file().big_endian();
  const Field* const extra = in.directory().find(tag::kExtraSamples);
  layout.extra_samples =
      extra ? static_cast<int>(std::min<std::uint64_t>(extra->count, samples)) : 0;
}

void read_compression(const Reader& in, ImageLayout& layout) {
  layout.compression =
      static_cast<int>(std::min<std::uint64_t>(in.get(tag::kCompression, 1), 65536));
  switch (layout.compression) {
    case compression::kNone:
    case compression::kPackBits:
      break;
    case compression::kLzw:
    case compression::kDeflate:
    case compression::kOldDeflate:
    case compression::kZstd:
      layout.predictor =
          static_cast<int>(std::min<std::uint64_t>(in.get(tag::kPredictor, 1), 65536));
      break;
    case compression::kJpeg:
      layout.lsb_first = false;  // a JPEG stream has an order of its own
      if (const Field* const tables = in.directory().find(tag::kJpegTables))
        layout.jpeg_tables = *tables;
      if (layout.bits == 12) in.refuse("JPEG with 12 bits per sample is not supported");
      if (layout.bits != 8)
        in.refuse(fmt::format("JPEG compression with {} bits per sample", layout.bits));
      break;
    default:
      in.refuse(fmt::format("compression {}, {}, is not supported", layout.compression,
                            compression_name(layout.compression)));
  }
  const bool whole_bytes = layout.bits % 8 == 0 && layout.bits != 24;
  if (layout.predictor == kPredictorHorizontal && !whole_bytes)
    in.refuse(fmt::format("predictor 2 with {} bits per sample is not supported", layout.bits));
  if (layout.predictor == kPredictorFloat && layout.format != sample_format::kFloat)
    in.refuse("predictor 3 is for floating samples, which these are not");
  if (layout.predictor < kPredictorNone || layout.predictor > kPredictorFloat)
    in.refuse(fmt::format("predictor {} is not known", layout.predictor));
}

void read_colour(const Reader& in, ImageLayout& layout) {
  const bool given = in.directory().find(tag::kPhotometric) != nullptr;
  layout.photometric =
      given ? static_cast<int>(std::min<std::uint64_t>(in.get(tag::kPhotometric, 1), 65536))
            : photometric::kMinIsBlack;
  switch (layout.photometric) {
    case photometric::kLogL:
    case photometric::kLogLuv:
    case photometric::kColourFilterArray:
      in.refuse(fmt::format("photometric {}, {}, is not supported", layout.photometric,
                            photometric_name(layout.photometric)));
    case photometric::kYcbcr:
      break;
    default:
      return;
  }
  if (layout.separate) in.refuse("YCbCr with its planes kept apart is not supported");
  if (layout.jpeg()) return;
  if (layout.samples != 3 || layout.bits != 8)
    in.refuse(fmt::format("YCbCr with {} samples of {} bits is not supported; 3 of 8 bits are",
                          layout.samples, layout.bits));
  layout.subsample_x = layout.subsample_y = 2;
  if (const Field* const field = in.directory().find(tag::kYcbcrSubsampling)) {
    std::uint64_t by[2] = {};
    in.file().read_integers(*field, 0, by);
    const auto legal = [](std::uint64_t n) { return n == 1 || n == 2 || n == 4; };
    if (!legal(by[0]) || !legal(by[1]))
      in.refuse(fmt::format("YCbCrSubSampling is {} x {}; 1, 2 and 4 are legal", by[0], by[1]));
    layout.subsample_x = static_cast<int>(by[0]);
    layout.subsample_y = static_cast<int>(by[1]);
  }
  if (layout.predictor != kPredictorNone && layout.subsample_x * layout.subsample_y != 1)
    in.refuse("a predictor over subsampled YCbCr is not supported");
  layout.ycbcr_luma = {0.299, 0.587, 0.114};
  in.numbers(tag::kYcbcrCoefficients, layout.ycbcr_luma);
  layout.reference_levels = {0, 255, 128, 255, 128, 255};
  in.numbers(tag::kReferenceBlackWhite, layout.reference_levels);
}

void read_blocks(const Reader& in, ImageLayout& layout) {
  const Directory& directory = in.directory();
  layout.tiled = directory.find(tag::kTileWidth) || directory.find(tag::kTileLength) ||
                 directory.find(tag::kTileOffsets);
  if (layout.tiled) {
    layout.block_width = in.dimension(tag::kTileWidth, "TileWidth");
    layout.block_height = in.dimension(tag::kTileLength, "TileLength");
  } else {
    layout.block_width = layout.width;
    const std::uint64_t rows =
        in.get(tag::kRowsPerStrip, static_cast<std::uint64_t>(layout.height));
    if (rows == 0) in.refuse("RowsPerStrip is 0");
    layout.block_height = static_cast<std::int64_t>(
        std::min<std::uint64_t>(rows, static_cast<std::uint64_t>(layout.height)));
    if (layout.subsample_y > 1 && layout.blocks_down() > 1 &&
        layout.block_height % layout.subsample_y != 0)
      in.refuse(fmt::format("RowsPerStrip {} is no multiple of the vertical subsampling {}", rows,
                            layout.subsample_y));
  }
  // Files with strip offsets under the tile tags and the reverse exist; libtiff reads them too.
  const Field* offsets = directory.find(layout.tiled ? tag::kTileOffsets : tag::kStripOffsets);
  const Field* counts = directory.find(layout.tiled ? tag::kTileByteCounts : tag::kStripByteCounts);
  if (!offsets && layout.tiled) offsets = directory.find(tag::kStripOffsets);
  if (!counts && layout.tiled) counts = directory.find(tag::kStripByteCounts);
  if (!offsets) in.refuse("the directory has no offsets of strips or tiles");
  layout.offsets = *offsets;
  if (counts) layout.counts = *counts;
}

/// Most bytes of all planes of a strip. 2^60 leaves room for what is added to them.
constexpr std::int64_t kMaxStripBytes = std::int64_t{1} << 60;

/// What is computed of these sizes later cannot overflow: a row, a tile, all blocks over one
/// another and the number of blocks are bounded here.
void check_size(const Reader& in, const ImageLayout& layout) {
  const char* const what = layout.tiled ? "tile" : "row";
  const std::int64_t rows = layout.tiled ? layout.block_height : 1;
  const CheckedSize row =
      CheckedSize(layout.block_width) * layout.row_samples() * ((layout.bits + 7) / 8);
  if (!(row * rows).at_most(kMaxBlockBytes))
    in.refuse(fmt::format("a {} of {} x {} pixels of {} samples of {} bits passes {} MiB", what,
                          layout.block_width, rows, layout.row_samples(), layout.bits,
                          kMaxBlockBytes >> 20));
  // Subsampled rows come in groups of up to 4, which take up to 6 times the bytes of a row.
  constexpr std::int64_t kGroup = 6;
  if (!(row * kGroup * layout.block_height * layout.planes()).at_most(kMaxStripBytes))
    in.refuse(fmt::format("a {} of {} x {} pixels of {} samples of {} bits passes 2^60 bytes",
                          layout.tiled ? "tile" : "strip", layout.block_width, layout.block_height,
                          layout.samples, layout.bits));
  const auto blocks =
      (CheckedSize(layout.blocks_across()) * layout.blocks_down() * layout.planes()).get();
  if (!blocks) in.refuse("the image has more blocks than can be counted");
  const std::uint64_t needed = static_cast<std::uint64_t>(*blocks);
  const auto enough = [&](const Field& field, std::string_view name) {
    if (field.count < needed)
      in.refuse(fmt::format("{}{} has {} values for {} blocks", layout.tiled ? "Tile" : "Strip",
                            name, field.count, needed));
  };
  enough(layout.offsets, "Offsets");
  if (layout.counts.count != 0) enough(layout.counts, "ByteCounts");
}

}  // namespace

std::int64_t ImageLayout::blocks_across() const {
  return ceil_div(width, block_width);
}
std::int64_t ImageLayout::blocks_down() const {
  return ceil_div(height, block_height);
}

bool ImageLayout::ycbcr_rows() const {
  return photometric == photometric::kYcbcr && !jpeg();
}

bool ImageLayout::unpacks() const {
  return bits != static_cast<int>(8 * sluice::size_of(type));
}

std::int64_t ImageLayout::row_bytes() const {
  if (subsample_x * subsample_y > 1)
    return ceil_div(block_width, subsample_x) * (subsample_x * subsample_y + 2);
  return ceil_div(block_width * row_samples() * bits, 8);
}

std::int64_t ImageLayout::stored_bytes(std::int64_t rows) const {
  return ceil_div(rows, subsample_y) * row_bytes();
}

ImageLayout read_layout(const TiffFile& file, const Directory& directory) {
  const Reader in(file, directory);
  ImageLayout layout;
  layout.width = in.dimension(tag::kImageWidth, "ImageWidth");
  layout.height = in.dimension(tag::kImageLength, "ImageLength");
  read_samples(in, layout);
  read_compression(in, layout);
  read_colour(in, layout);
  read_blocks(in, layout);
  check_size(in, layout);
  return layout;
}

std::vector<std::byte> read_jpeg_tables(const TiffFile& file, const ImageLayout& layout) {
  if (layout.jpeg_tables.count == 0) return {};
  return file.raw(layout.jpeg_tables, limit::kJpegTables);
}

}  // namespace sluice::tiff
