// Compresses bands of rows so that their bytes, one after the other, are one stream of image data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "codecs/lease_pool.hpp"
#include "codecs/png/header.hpp"
#include "codecs/png/png.hpp"
#include "codecs/shown_samples.hpp"
#include "engine/tile.hpp"

namespace sluice::png {

/// What becomes of pixels that have no value.
enum class InvalidPixels : std::uint8_t {
  none,         ///< there are none
  fill,         ///< the only band gets EncodePlan::fill
  clear_alpha,  ///< the image's alpha band gets 0
  add_alpha,    ///< an alpha band is written behind the bands
};

/// How an image is cut and coded.
struct EncodePlan {
  std::int64_t width = 0;
  std::int64_t height = 0;
  ColourType colour = ColourType::grey;
  int channels = 1;  ///< as written: with an added alpha band
  int sample_bytes = 1;
  std::int64_t band_rows = 1;
  int level = 6;
  PngFilter filter = PngFilter::adaptive;  ///< never automatic
  InvalidPixels invalid = InvalidPixels::none;
  std::uint16_t fill = 0;

  std::int64_t row_bytes() const { return width * channels * sample_bytes; }
  BlockGrid grid() const { return {width, height, width, band_rows}; }
  /// Bytes of `rows` rows as they are compressed, each with its filter byte.
  std::int64_t filtered_bytes(std::int64_t rows) const { return rows * (row_bytes() + 1); }
};

/// One band of a zlib stream: deflated without regard to what came before, to a whole number of
/// bytes. The first has the stream's header in front; the last ends the stream but for its
/// checksum.
struct EncodedBand {
  std::uint32_t adler = 1;           ///< checksum of the filtered bytes
  std::span<const std::byte> chunk;  ///< a whole IDAT chunk
};

class BandEncoder {
 public:
  BandEncoder(const EncodePlan& plan, ShownSamples shown);
  ~BandEncoder();

  std::int64_t encoded_bound() const;
  std::int64_t scratch_bytes() const;
  /// Memory that each thread holds: zlib's.
  std::int64_t encoder_bytes() const;
  /// Memory that all threads share.
  std::int64_t held_bytes() const { return shown_.bytes(); }

  /// Any thread. Returns the bytes used in `to`, for split().
  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const;
  static EncodedBand split(std::span<const std::byte> encoded);

 private:
  class Deflater;
  class RowFilterer;

  const EncodePlan plan_;
  const ShownSamples shown_;
  mutable LeasePool<Deflater> deflaters_;
};

}  // namespace sluice::png
