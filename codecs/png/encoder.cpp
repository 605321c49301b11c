#include "codecs/png/encoder.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "codecs/interleave.hpp"
#include "codecs/png/chunks.hpp"
#include "codecs/png/filter.hpp"
#include "engine/error.hpp"

namespace sluice::png {
namespace {

constexpr int kWindowBits = 15, kMemoryLevel = 8;
constexpr std::size_t kAdlerBytes = 4;
constexpr std::byte kZlibHeader[2] = {std::byte{0x78}, std::byte{0x9C}};

}  // namespace

/// One thread's deflate. Output goes to memory of fixed size.
class BandEncoder::Deflater {
 public:
  explicit Deflater(const EncodePlan& plan) {
    const int strategy = plan.filter == PngFilter::none ? Z_DEFAULT_STRATEGY : Z_FILTERED;
    if (deflateInit2(&stream_, plan.level, Z_DEFLATED, -kWindowBits, kMemoryLevel, strategy) !=
        Z_OK)
      throw Error(ErrorKind::system, "zlib has no memory to compress with");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void start(std::span<std::byte> to) {
    deflateReset(&stream_);
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(to.size());
  }
  void put(const std::uint8_t* bytes, std::size_t size) {
    stream_.next_in = const_cast<Bytef*>(bytes);
    stream_.avail_in = static_cast<uInt>(size);
    run(Z_NO_FLUSH);
  }
  /// Ends the band, on a whole byte, or the stream; returns the bytes of output.
  std::size_t finish(bool last) {
    run(last ? Z_FINISH : Z_SYNC_FLUSH);
    return stream_.total_out;
  }

 private:
  void run(int flush) {
    const int state = deflate(&stream_, flush);
    const bool done = flush == Z_FINISH ? state == Z_STREAM_END : state == Z_OK;
    if (!done || stream_.avail_in != 0 || stream_.avail_out == 0)
      throw Error(ErrorKind::internal, "a band of rows is larger than its bound when compressed");
  }

  z_stream stream_{};
};

/// Turns the rows of a tile into filtered bytes, one after the other, in scratch memory.
class BandEncoder::RowFilterer {
 public:
  static constexpr std::int64_t kBuffers = 4;
  static std::int64_t buffer_bytes(const EncodePlan& plan) {
    return round_up(plan.row_bytes() + 1, kAlignment);
  }

  RowFilterer(const EncodePlan& plan, const ShownSamples& shown, const CodecContext& context)
      : plan_(plan),
        shown_(shown),
        isa_(context.isa),
        size_(static_cast<std::size_t>(plan.row_bytes())),
        pixel_(static_cast<std::size_t>(plan.channels * plan.sample_bytes)) {
    std::byte* at = context.scratch;
    for (std::uint8_t** buffer : {&row_, &above_, &best_, &trial_}) {
      *buffer = reinterpret_cast<std::uint8_t*>(at);
      at += buffer_bytes(plan);
    }
  }

  /// The filter byte and the filtered row. `first`: of the band, whose row above is not known.
  const std::uint8_t* filter(const TileView& row, bool first) {
    std::swap(row_, above_);
    auto* bytes = reinterpret_cast<std::byte*>(row_);
    if (plan_.invalid == InvalidPixels::add_alpha) {
      auto* colours = reinterpret_cast<std::byte*>(best_);
      interleave(row, colours, static_cast<std::int64_t>(size_), isa_);
      if (shown_.changes()) shown_.apply(colours, plan_.width, plan_.channels - 1);
      add_alpha(colours, valid(row), bytes);
    } else {
      interleave(row, bytes, static_cast<std::int64_t>(size_), isa_);
      if (shown_.changes()) shown_.apply(bytes, plan_.width, plan_.channels);
      if (plan_.invalid != InvalidPixels::none) mark_invalid(valid(row), bytes);
    }
    if (plan_.sample_bytes == 2 && std::endian::native == std::endian::little)
      swap_bytes(bytes, plan_.width * plan_.channels, 2, isa_);
    switch (plan_.filter) {
      case PngFilter::none:
        return apply(RowFilter::none, best_);
      case PngFilter::sub:
        return apply(RowFilter::sub, best_);
      case PngFilter::up:
        return apply(first ? RowFilter::sub : RowFilter::up, best_);
      case PngFilter::average:
        return apply(first ? RowFilter::sub : RowFilter::average, best_);
      case PngFilter::paeth:
        return apply(first ? RowFilter::sub : RowFilter::paeth, best_);
      default:
        return adaptive(first);
    }
  }

 private:
  /// Which pixels have a value in any band.
  const std::uint8_t* valid(const TileView& row) {
    if (row.validity_planes() == 1) return row.validity_row(0, 0);
    std::memset(trial_, 0, static_cast<std::size_t>(plan_.width));
    for (int c = 0; c < row.channels; ++c) {
      const std::uint8_t* const of_band = row.validity_row(c, 0);
      for (std::int64_t x = 0; x < plan_.width; ++x)
        trial_[x] |= of_band[x];
    }
    return trial_;
  }
  void add_alpha(const std::byte* colours, const std::uint8_t* valid, std::byte* to) const {
    const auto sample = static_cast<std::size_t>(plan_.sample_bytes);
    const std::size_t colour = pixel_ - sample;
    for (std::int64_t x = 0; x < plan_.width; ++x, colours += colour, to += pixel_) {
      std::memcpy(to, colours, colour);
      std::memset(to + colour, valid[x] ? 0xFF : 0, sample);
    }
  }
  void mark_invalid(const std::uint8_t* valid, std::byte* pixels) const {
    const auto sample = static_cast<std::size_t>(plan_.sample_bytes);
    const std::uint16_t value = plan_.invalid == InvalidPixels::fill ? plan_.fill : 0;
    const auto low = static_cast<std::uint8_t>(value);
    const void* const from = sample == 2 ? static_cast<const void*>(&value) : &low;
    std::byte* last = pixels + pixel_ - sample;  // of the pixel's samples
    for (std::int64_t x = 0; x < plan_.width; ++x, last += pixel_)
      if (!valid[x]) std::memcpy(last, from, sample);
  }

  const std::uint8_t* apply(RowFilter filter, std::uint8_t* to) {
    to[0] = static_cast<std::uint8_t>(filter);
    apply_filter(filter, row_, above_, size_, pixel_, to + 1);
    return to;
  }
  const std::uint8_t* adaptive(bool first) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const RowFilter filter :
         {RowFilter::none, RowFilter::sub, RowFilter::up, RowFilter::average, RowFilter::paeth}) {
      if (first && filter > RowFilter::sub) break;
      apply(filter, trial_);
      const std::uint64_t cost = filter_cost(trial_ + 1, size_);
      if (cost >= least) continue;
      least = cost;
      std::swap(best_, trial_);
    }
    return best_;
  }

  const EncodePlan& plan_;
  const ShownSamples& shown_;
  Isa isa_;
  std::size_t size_, pixel_;
  std::uint8_t *row_ = nullptr, *above_ = nullptr, *best_ = nullptr, *trial_ = nullptr;
};

BandEncoder::BandEncoder(const EncodePlan& plan, ShownSamples shown)
    : plan_(plan), shown_(std::move(shown)) {}
BandEncoder::~BandEncoder() = default;

std::int64_t BandEncoder::encoded_bound() const {
  // Deflate stores what it cannot shorten, with 5 bytes for each 16 KiB or more; flushing takes 6.
  constexpr std::int64_t kFixed = 1024;
  const std::int64_t filtered = plan_.filtered_bytes(std::min(plan_.band_rows, plan_.height));
  return filtered + filtered / 1024 + kFixed;
}

std::int64_t BandEncoder::scratch_bytes() const {
  return RowFilterer::kBuffers * RowFilterer::buffer_bytes(plan_);
}

std::int64_t BandEncoder::encoder_bytes() const {
  // As zconf.h says, and zlib's structures; newer versions keep literals and distances apart.
  constexpr std::int64_t kDeflate = (1 << (kWindowBits + 2)) + (1 << (kMemoryLevel + 9));
  return kDeflate + (64 << 10);
}

std::int64_t BandEncoder::encode(std::int64_t index, const TileView& pixels,
                                 std::span<std::byte> to, const CodecContext& context) const {
  const auto deflater = deflaters_.take([&] { return std::make_unique<Deflater>(plan_); });
  RowFilterer rows(plan_, shown_, context);
  std::byte* const chunk = to.data() + kAdlerBytes;
  std::byte* const content = chunk + kChunkHead;
  const std::size_t header = index == 0 ? sizeof kZlibHeader : 0;
  std::memcpy(content, kZlibHeader, header);
  deflater->start(to.subspan(kAdlerBytes + kChunkHead + header,
                             to.size() - kAdlerBytes - kChunkHead - header - kChunkTail));

  uLong adler = adler32_z(0, nullptr, 0);
  const auto size = static_cast<std::size_t>(plan_.row_bytes() + 1);
  for (std::int64_t y = 0; y < pixels.rect.height; ++y) {
    const std::uint8_t* bytes =
        rows.filter(pixels.part({0, pixels.rect.y + y, pixels.rect.width, 1}), y == 0);
    adler = adler32_z(adler, bytes, size);
    deflater->put(bytes, size);
  }
  const std::size_t content_size = header + deflater->finish(index + 1 == plan_.grid().count());
  put_u32(to.data(), static_cast<std::uint32_t>(adler));
  frame_chunk(chunk, "IDAT", content_size);
  return static_cast<std::int64_t>(kAdlerBytes + kChunkHead + content_size + kChunkTail);
}

EncodedBand BandEncoder::split(std::span<const std::byte> encoded) {
  EncodedBand band;
  band.adler = 0;
  for (std::size_t i = 0; i < kAdlerBytes; ++i)
    band.adler = band.adler << 8 | std::to_integer<std::uint32_t>(encoded[i]);
  band.chunk = encoded.subspan(kAdlerBytes);
  return band;
}

}  // namespace sluice::png
