// Rows of one JPEG stream through libjpeg: for JPEG files and for the blocks of TIFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "codecs/jpeg/frame.hpp"

namespace sluice::jpeg {

/// What a stream holds: by its own marks as libjpeg reads them, or as the caller knows better.
/// `as_stored` is given without any conversion.
enum class StoredColours : std::uint8_t { by_marks, ycbcr, ycck, as_stored };

/// What a stream says of its colours.
struct ColourMarks {
  bool jfif = false;                   ///< JFIF's APP0: grey or YCbCr
  std::optional<int> adobe_transform;  ///< of Adobe's APP14: 0 none, 1 YCbCr, 2 YCCK
  bool rgb_ids = false;                ///< the three components are called R, G and B
};

/// One stream being decoded. Not thread-safe; used on any thread. Every member throws Error (data),
/// without file or place, when the stream is corrupt, ends early or is of a kind that is not
/// supported; what its bytes' source throws comes through.
class Decompressor {
 public:
  /// Gives the next bytes, empty at the end. They stay valid until the next call.
  using Fill = std::function<std::span<const std::byte>()>;

  /// With `damaged`, libjpeg's warnings of damage are passed over, and what is missing is made up.
  explicit Decompressor(Fill fill, bool damaged = false);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Quantisation and Huffman tables from a stream of their own, before read_header().
  void read_tables(std::span<const std::byte> tables);
  /// Reads up to the first scan. What is wrong with the frame can be said before anything is
  /// allocated for it.
  const Frame& read_header();
  const ColourMarks& colour_marks() const;
  /// Begins to decode; of an image of several scans, takes in all of them, at most 200. libjpeg
  /// holds no more than frame().decoder_bytes() from here on.
  void start(StoredColours stored);
  /// The next rows, interleaved, tight: YCbCr turned to RGB, YCCK to CMYK.
  void read(std::byte* to, std::int64_t rows);

  const Frame& frame() const;
  std::int64_t row() const;    ///< that comes next
  std::int64_t place() const;  ///< bytes of the stream that are used up
  bool ended() const;          ///< the stream's end was met, and an end marker made up

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::jpeg
