// One thread's libjpeg compressor: for the bands of JPEG files and for the blocks of TIFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codecs/jpeg/jpeg.hpp"
#include "codecs/jpeg/library.hpp"

namespace sluice::jpeg {

inline constexpr int kDefaultQuality = 85;

/// Whether chroma is stored at half the width and height: by the option, or, where that is left to
/// the quality, up to 90.
bool halves_chroma(JpegSubsampling subsampling, int quality);

/// How pixels are compressed: all that the bytes of a stream depend on beside them, and what it
/// takes of memory.
struct Compression {
  int width = 0;       ///< of the widest stream
  int height = 0;      ///< of the highest stream
  int components = 1;  ///< interleaved samples of a pixel
  bool ycbcr = false;  ///< three components, RGB, are stored as YCbCr
  int quality = kDefaultQuality;
  int sampling = 1;  ///< of luma against chroma on both axes: 1 or 2

  int mcu_side() const { return 8 * sampling; }
  std::int64_t mcus_across() const;
  /// Most bytes of a stream of so many rows, with its markers but those of a file's metadata.
  std::int64_t bound(std::int64_t rows) const;
  /// Memory of one Compressor.
  std::int64_t compressor_bytes() const;
};

/// Set up once, for any number of streams one after the other. Not thread-safe. Every member throws
/// Error (internal): what is given to libjpeg here was checked before.
class Compressor {
 public:
  /// Streams have JFIF's marker, as files do, when `jfif` says so.
  Compressor(const Compression& how, bool jfif);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// The quantisation and Huffman tables that all streams share, as a stream of their own.
  std::vector<std::byte> tables();

  /// One stream without tables: start, rows of interleaved samples until there are `height`,
  /// finish, which returns the bytes used at the beginning of `to`. A stream that was not finished
  /// is given up by the next start.
  void start(std::int64_t width, std::int64_t height, std::span<std::byte> to);
  void rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count);
  std::int64_t finish();

  /// For what the members above leave out: calls f(libjpeg's structure), which writes into `to`,
  /// and returns the bytes used. As ErrorManager::guard says, `f` holds plain values only.
  template <class F>
  std::int64_t write(std::span<std::byte> to, F f) {
    to_ = to;
    run([&] { f(codec_); });
    return used();
  }

 private:
  template <class F>
  void run(F&& f) {
    if (!errors_.guard(f)) fail();
  }
  [[noreturn]] void fail() const;
  std::int64_t used() const;

  jpeg_compress_struct codec_{};
  ErrorManager errors_{};
  jpeg_destination_mgr destination_{};
  std::span<std::byte> to_;
  bool created_ = false;
};

}  // namespace sluice::jpeg
