// Compresses bands of rows so that their bytes, one after the other, are one JPEG image.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codecs/jpeg/compressor.hpp"
#include "engine/geometry.hpp"
#include "engine/image_info.hpp"

namespace sluice::jpeg {

/// How an image is cut and coded. A band is one restart interval of the file: at its begin the
/// decoder starts anew, so a band is compressed without knowledge of those before it.
struct EncodePlan {
  Compression how;
  int band_mcu_rows = 1;  ///< rows of MCUs in a band

  std::int64_t band_rows() const { return std::int64_t{band_mcu_rows} * how.mcu_side(); }
  BlockGrid grid() const { return {how.width, how.height, how.width, band_rows()}; }
  /// MCUs in a band, 0 when there is only one band: the file's restart interval.
  std::int64_t restart_interval() const {
    return grid().count() > 1 ? how.mcus_across() * band_mcu_rows : 0;
  }
  /// Most bytes of a compressed band.
  std::int64_t band_bound() const {
    return how.bound(std::min<std::int64_t>(band_rows(), how.height));
  }
};

/// What stands in the header beside the image.
struct HeaderMetadata {
  Resolution resolution;
  std::vector<std::byte> icc;
  std::vector<std::byte> exif;
  std::vector<std::byte> xmp;
  std::string comment;
};

/// All from the start of the file to the first band.
std::vector<std::byte> encode_header(const EncodePlan& plan, const HeaderMetadata& metadata);

/// One thread's compressor. Not thread-safe.
class BandEncoder {
 public:
  explicit BandEncoder(const EncodePlan& plan);

  /// One band: start, rows of interleaved samples until there are `height`, finish, which returns
  /// the bytes used at the beginning of `to`: entropy-coded data without markers around it.
  void start(std::int64_t height, std::span<std::byte> to);
  void rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count);
  std::int64_t finish();

 private:
  std::int64_t width_;
  std::span<std::byte> to_;
  Compressor compressor_;
};

}  // namespace sluice::jpeg
