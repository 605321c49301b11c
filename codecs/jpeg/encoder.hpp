// Compresses bands of rows so that their bytes, one after the other, are one JPEG image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/geometry.hpp"
#include "engine/image_info.hpp"

namespace sluice::jpeg {

/// How an image is cut and coded. A band is one restart interval of the file: at its begin the
/// decoder starts anew, so a band is compressed without knowledge of those before it.
struct EncodePlan {
  int width = 0;
  int height = 0;
  int components = 1;  ///< 1 grey, 3 RGB stored as YCbCr
  int quality = 85;
  int sampling = 1;       ///< of luma against chroma on both axes: 1 or 2
  int band_mcu_rows = 1;  ///< rows of MCUs in a band

  int mcu_side() const { return 8 * sampling; }
  std::int64_t mcus_across() const { return ceil_div(width, mcu_side()); }
  std::int64_t band_rows() const { return std::int64_t{band_mcu_rows} * mcu_side(); }
  BlockGrid grid() const { return {width, height, width, band_rows()}; }
  /// MCUs in a band, 0 when there is only one band: the file's restart interval.
  std::int64_t restart_interval() const {
    return grid().count() > 1 ? mcus_across() * band_mcu_rows : 0;
  }
  /// Most bytes of a compressed band, and memory of one BandEncoder.
  std::int64_t band_bound() const;
  std::int64_t encoder_bytes() const;
};

/// What stands in the header beside the image.
struct HeaderMetadata {
  Resolution resolution;
  std::vector<std::byte> icc;
  std::vector<std::byte> exif;
  std::string comment;
};

/// All from the start of the file to the first band.
std::vector<std::byte> encode_header(const EncodePlan& plan, const HeaderMetadata& metadata);

/// One thread's compressor. Not thread-safe.
class BandEncoder {
 public:
  explicit BandEncoder(const EncodePlan& plan);
  ~BandEncoder();
  BandEncoder(const BandEncoder&) = delete;
  BandEncoder& operator=(const BandEncoder&) = delete;

  /// One band: start, rows of interleaved samples until there are `height`, finish, which returns
  /// the bytes used at the begin of `to`: entropy-coded data without markers around it.
  void start(std::int64_t height, std::span<std::byte> to);
  void rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count);
  std::int64_t finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::jpeg
