// How a TIFF file is to be written.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../../engine/options.hpp"
#include "../../engine/sink.hpp"
#include "../jpeg/jpeg.hpp"

namespace sluice {

enum class TiffLayout : std::uint8_t { tiled, strips };
enum class TiffCompression : std::uint8_t { none, deflate, zstd, lzw, jpeg };
/// `automatic` is horizontal for integers and floating for floating-point samples, under deflate,
/// zstd and lzw.
enum class TiffPredictor : std::uint8_t { automatic, none, horizontal, floating };
enum class TiffBig : std::uint8_t { automatic, yes, no };

template <>
struct EnumNames<TiffLayout> {
  static constexpr std::pair<std::string_view, TiffLayout> names[] = {
      {"tiled", TiffLayout::tiled}, {"strips", TiffLayout::strips}};
};
template <>
struct EnumNames<TiffCompression> {
  static constexpr std::pair<std::string_view, TiffCompression> names[] = {
      {"none", TiffCompression::none},
      {"deflate", TiffCompression::deflate},
      {"zstd", TiffCompression::zstd},
      {"lzw", TiffCompression::lzw},
      {"jpeg", TiffCompression::jpeg}};
};
template <>
struct EnumNames<TiffPredictor> {
  static constexpr std::pair<std::string_view, TiffPredictor> names[] = {
      {"auto", TiffPredictor::automatic},
      {"none", TiffPredictor::none},
      {"horizontal", TiffPredictor::horizontal},
      {"float", TiffPredictor::floating}};
};
template <>
struct EnumNames<TiffBig> {
  static constexpr std::pair<std::string_view, TiffBig> names[] = {
      {"auto", TiffBig::automatic}, {"yes", TiffBig::yes}, {"no", TiffBig::no}};
};

struct TiffWriteOptions {
  /// Tiles by default: whatever reads a region of the file then reads little else.
  TiffLayout layout = TiffLayout::tiled;
  /// Width and height of a tile, or one number for both: multiples of 16. Empty: 256, less for an
  /// image that is smaller or has very many channels.
  std::vector<std::int64_t> tile = {};
  /// Rows of a strip; 0: as many as make about 256 KiB.
  std::int64_t rows_per_strip = 0;
  TiffCompression compression = TiffCompression::none;
  /// Effort of deflate (1 to 12, default 3) and zstd (1 to 22, default 5). On one core,
  /// photographs, satellite scenes and elevation: deflate 1 made 140 to 200 MB/s, 3 about 90, 6
  /// about 55 for 2 % smaller files; zstd 1 made 265 to 650 MB/s, 5 about 100, smaller than deflate
  /// 6, and 9 about 50 for the same size. On maps of classes the higher levels save 5 to 10 %.
  std::optional<int> level = {};
  /// Of JPEG, 1 to 100; default 85.
  std::optional<int> quality = {};
  JpegSubsampling subsampling = JpegSubsampling::automatic;
  TiffPredictor predictor = TiffPredictor::automatic;
  TiffBig bigtiff = TiffBig::automatic;
  /// The sample value that means "no value", in place of the bands' own. A TIFF file holds one for
  /// all bands.
  std::optional<SampleValue> nodata = {};
  FileSinkOptions file = {};
};

}  // namespace sluice
