#include "codecs/tiff/encode_block.hpp"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "codecs/tiff/encode_lzw.hpp"
#include "codecs/tiff/encode_rows.hpp"
#include "codecs/tiff/predictor.hpp"
#include "codecs/tiff/tags.hpp"
#include "engine/error.hpp"

namespace sluice::tiff {
namespace {

class DeflateCompressor final : public Compressor {
 public:
  explicit DeflateCompressor(int level) : state_(libdeflate_alloc_compressor(level)) {
    if (!state_) throw std::bad_alloc();
  }
  std::int64_t compress(std::span<const std::byte> from, std::span<std::byte> to) override {
    const std::size_t used =
        libdeflate_zlib_compress(state_.get(), from.data(), from.size(), to.data(), to.size());
    if (used == 0) throw Error(ErrorKind::internal, "libdeflate passed its own bound");
    return static_cast<std::int64_t>(used);
  }

 private:
  struct Free {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
  };
  std::unique_ptr<libdeflate_compressor, Free> state_;
};

class ZstdCompressor final : public Compressor {
 public:
  explicit ZstdCompressor(int level) : state_(ZSTD_createCCtx()), level_(level) {
    if (!state_) throw std::bad_alloc();
  }
  std::int64_t compress(std::span<const std::byte> from, std::span<std::byte> to) override {
    const std::size_t used =
        ZSTD_compressCCtx(state_.get(), to.data(), to.size(), from.data(), from.size(), level_);
    if (ZSTD_isError(used))
      throw Error(ErrorKind::internal, fmt::format("zstd: {}", ZSTD_getErrorName(used)));
    return static_cast<std::int64_t>(used);
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> state_;
  int level_;
};

/// Memory of one compressor, rounded up from what the libraries were seen to take.
std::int64_t deflate_state_bytes(int level) {
  constexpr int kOptimalParsing = 10;  // from this level on
  return level < kOptimalParsing ? std::int64_t{704} << 10 : std::int64_t{9} << 20;
}

/// Its tables grow with the window, which is as large as the block or the level's largest.
std::int64_t zstd_state_bytes(int level, std::int64_t block_bytes) {
  constexpr std::int64_t kMegabyte = 1 << 20;
  if (level <= 4) return 3 * kMegabyte;
  const std::int64_t largest = (level <= 9 ? 1 : level <= 19 ? 8 : 128) * kMegabyte;
  const auto window =
      static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(block_bytes)));
  return 4 * kMegabyte + 12 * std::min(window, largest);
}

int predictor_code(TiffPredictor predictor) {
  return predictor == TiffPredictor::horizontal ? kPredictorHorizontal
         : predictor == TiffPredictor::floating ? kPredictorFloat
                                                : kPredictorNone;
}

PredictorRows predictor_rows(const WritePlan& plan, std::int64_t rows) {
  return {plan.grid.block_width, rows, plan.info.channels(),
          static_cast<int>(size_of(plan.info.type)), plan.row_bytes()};
}

/// Rows of a JPEG block that are interleaved at once.
constexpr std::int64_t kJpegRows = 16;

jpeg::Compression jpeg_compression(const WritePlan& plan) {
  jpeg::Compression how;
  how.width = static_cast<int>(plan.grid.block_width);
  how.height = static_cast<int>(plan.grid.block_height);
  how.components = plan.info.channels();
  how.ycbcr = plan.ycbcr;
  how.quality = plan.quality;
  how.sampling = plan.chroma;
  return how;
}

/// The parts of a unit's scratch memory, each aligned.
struct Scratch {
  std::int64_t gather = 0;      ///< RowGatherer's
  std::int64_t block = 0;       ///< the block before compression; rows of it for JPEG
  std::int64_t compressor = 0;  ///< the predictor's, then the compressor's
  std::int64_t sum() const { return gather + block + compressor; }
};

Scratch scratch_parts(const WritePlan& plan) {
  Scratch parts;
  parts.gather = round_up(RowGatherer::scratch_bytes(plan), kAlignment);
  if (plan.compression == TiffCompression::none) return parts;
  const bool jpeg = plan.compression == TiffCompression::jpeg;
  parts.block = round_up(jpeg ? kJpegRows * plan.row_bytes() : plan.block_bytes(), kAlignment);
  const std::int64_t predictor =
      predictor_scratch(predictor_code(plan.predictor), predictor_rows(plan, 1));
  const std::int64_t lzw = plan.compression == TiffCompression::lzw ? lzw_scratch_bytes() : 0;
  parts.compressor = round_up(std::max(predictor, lzw), kAlignment);
  return parts;
}

}  // namespace

BlockEncoder::BlockEncoder(const WritePlan& plan) : plan_(plan) {
  if (plan.compression == TiffCompression::jpeg)
    jpeg_tables_ = jpeg::Compressor(jpeg_compression(plan), false).tables();
}

std::int64_t BlockEncoder::encoded_bound(const WritePlan& plan) {
  const auto raw = static_cast<std::size_t>(plan.block_bytes());
  switch (plan.compression) {
    case TiffCompression::none:
      return plan.block_bytes();
    case TiffCompression::deflate:
      return static_cast<std::int64_t>(libdeflate_zlib_compress_bound(nullptr, raw));
    case TiffCompression::zstd:
      return static_cast<std::int64_t>(ZSTD_compressBound(raw));
    case TiffCompression::lzw:
      return lzw_bound(plan.block_bytes());
    case TiffCompression::jpeg:
      return jpeg_compression(plan).bound(plan.grid.block_height);
  }
  throw Error(ErrorKind::internal, "a TIFF compression outside the enumeration");
}

std::int64_t BlockEncoder::scratch_bytes() const {
  return scratch_parts(plan_).sum();
}

std::int64_t BlockEncoder::encoder_bytes() const {
  switch (plan_.compression) {
    case TiffCompression::none:
    case TiffCompression::lzw:
      return 0;
    case TiffCompression::deflate:
      return deflate_state_bytes(plan_.level);
    case TiffCompression::zstd:
      return zstd_state_bytes(plan_.level, plan_.block_bytes());
    case TiffCompression::jpeg:
      return jpeg_compression(plan_).compressor_bytes();
  }
  throw Error(ErrorKind::internal, "a TIFF compression outside the enumeration");
}

std::int64_t BlockEncoder::encode(std::int64_t index, const TileView& pixels,
                                  std::span<std::byte> to, const CodecContext& context) const {
  if (plan_.compression == TiffCompression::jpeg) return encode_jpeg(index, pixels, to, context);
  const Scratch parts = scratch_parts(plan_);
  const RowGatherer rows(plan_, pixels, context.isa, context.scratch);
  const bool raw = plan_.compression == TiffCompression::none;
  std::byte* const block = raw ? to.data() : context.scratch + parts.gather;

  const std::int64_t height = pixels.rect.height, all = plan_.rows(index);
  const std::int64_t row_bytes = plan_.row_bytes();
  rows.gather(0, height, block);
  for (std::int64_t y = height; y < all; ++y)
    std::memcpy(block + y * row_bytes, block + (height - 1) * row_bytes,
                static_cast<std::size_t>(row_bytes));
  if (raw) return all * row_bytes;
  std::byte* const rest = block + parts.block;
  apply_predictor(predictor_code(plan_.predictor), block, predictor_rows(plan_, all), rest,
                  context.isa);
  return compress({block, static_cast<std::size_t>(all * row_bytes)}, to, rest);
}

std::int64_t BlockEncoder::compress(std::span<const std::byte> raw, std::span<std::byte> to,
                                    std::byte* scratch) const {
  if (plan_.compression == TiffCompression::lzw) return lzw_encode(raw, to, scratch);
  const auto compressor = compressors_.take([this]() -> std::unique_ptr<Compressor> {
    if (plan_.compression == TiffCompression::deflate)
      return std::make_unique<DeflateCompressor>(plan_.level);
    return std::make_unique<ZstdCompressor>(plan_.level);
  });
  return compressor->compress(raw, to);
}

std::int64_t BlockEncoder::encode_jpeg(std::int64_t index, const TileView& pixels,
                                       std::span<std::byte> to, const CodecContext& context) const {
  const Scratch parts = scratch_parts(plan_);
  const RowGatherer rows(plan_, pixels, context.isa, context.scratch);
  std::byte* const band = context.scratch + parts.gather;
  const auto jpeg = jpegs_.take(
      [this] { return std::make_unique<jpeg::Compressor>(jpeg_compression(plan_), false); });
  const std::int64_t height = pixels.rect.height, all = plan_.rows(index);
  jpeg->start(plan_.grid.block_width, all, to);
  std::int64_t y = 0;
  for (; y < height; y += kJpegRows) {
    const std::int64_t count = std::min(kJpegRows, height - y);
    rows.gather(y, count, band);
    jpeg->rows(band, plan_.row_bytes(), count);
  }
  const std::byte* const last = band + (height - 1) % kJpegRows * plan_.row_bytes();
  jpeg->rows(last, 0, all - height);
  return jpeg->finish();
}

}  // namespace sluice::tiff
