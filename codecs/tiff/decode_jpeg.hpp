// JPEG inside TIFF: abbreviated streams with tables of their own, and the question which colours
// they hold. Rows come one after the other, so that blocks of any height need little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace sluice::tiff {

/// What a block must hold.
struct JpegExpectation {
  std::int64_t width = 0;
  std::int64_t rows = 0;      ///< that are wanted
  std::int64_t max_rows = 0;  ///< of the stored block: a stream may be as high
  int components = 0;
  int photometric = 0;  ///< of the directory, where the stream itself does not tell
};

/// One stream being decoded. Not thread-safe; used on any thread. Every member throws Error (data),
/// without a place, when the stream is corrupt, truncated, or not what was expected; rows that a
/// damaged stream would leave to guessing are not given.
class JpegStream {
 public:
  /// Gives the next bytes of the stream, empty at its end. They stay valid until the next call.
  using Fill = std::function<std::span<const std::byte>()>;

  JpegStream(std::span<const std::byte> tables, Fill fill, const JpegExpectation& expected);
  ~JpegStream();
  JpegStream(const JpegStream&) = delete;
  JpegStream& operator=(const JpegStream&) = delete;

  /// The next rows, interleaved, tight: YCbCr turned to RGB, YCCK to CMYK.
  void read(std::byte* to, std::int64_t rows);
  /// Bytes the decoder holds beyond a few rows: coefficients of a progressive stream.
  std::int64_t held_bytes() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// The whole of a block that is in memory.
void decode_jpeg(std::span<const std::byte> tables, std::span<const std::byte> from,
                 const JpegExpectation& expected, std::byte* to);

}  // namespace sluice::tiff
