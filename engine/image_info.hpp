// What is known of an image before any pixel of it is: a value that every node of a graph
// describes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geometry.hpp"
#include "sample_type.hpp"

namespace sluice {

enum class BandRole : std::uint8_t {
  data,
  grey,
  red,
  green,
  blue,
  cyan,
  magenta,
  yellow,
  black,
  lightness,
  a,
  b,
  palette,
  alpha
};

struct BandInfo {
  std::string name;  ///< "" when the file gives none
  BandRole role = BandRole::data;
  std::optional<double> nodata;  ///< the sample value that means "no value"
  double scale = 1;              ///< physical value = sample * scale + offset
  double offset = 0;
  friend bool operator==(const BandInfo&, const BandInfo&) = default;
};

/// What the colour bands together mean. `multiband`: measurements without a colour meaning.
enum class Colour : std::uint8_t { multiband, grey, rgb, palette, cmyk, lab };

enum class Alpha : std::uint8_t { none, straight, premultiplied };

/// Pixels per millimetre on each axis; 0 when unknown.
struct Resolution {
  double x = 0;
  double y = 0;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

/// A reduced image that is stored with the full one. `level` 0 is the full image.
struct Level {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t block_width = 0;
  std::int64_t block_height = 0;
};

/// GeoTIFF's keys as stored (tags 34735, 34736, 34737), copied verbatim by operations.
struct GeoKeys {
  std::vector<std::uint16_t> directory;
  std::vector<double> doubles;
  std::string ascii;
  bool empty() const { return directory.empty(); }
};

/// Facts that go along unchanged by most operations. Shared, never modified in place.
struct Metadata {
  std::vector<std::byte> icc;
  std::vector<std::byte> exif;
  GeoKeys geo_keys;
  std::vector<std::uint16_t> palette;        ///< r, g, b (0..65535) of each index, 3 * entries
  std::string description;                   ///< ImageDescription, verbatim
  std::string gdal_metadata;                 ///< tag 42112, verbatim XML
  std::map<std::string, std::string> items;  ///< free key/values: "aperio.MPP", "Software", ...

  std::int64_t bytes() const;  ///< memory that all of it takes
};

struct ImageInfo {
  std::int64_t width = 0;
  std::int64_t height = 0;
  SampleType type = SampleType::u8;
  std::vector<BandInfo> bands;
  Colour colour = Colour::multiband;
  Alpha alpha = Alpha::none;  ///< when not none, the last band is the alpha band
  bool has_validity = false;  ///< tiles carry a u8 plane: 255 = the pixel has a value, 0 = not
  Resolution resolution;
  std::optional<Affine> geo;  ///< pixel corners to model coordinates
  int orientation = 1;        ///< EXIF orientation 1..8 as stored, not applied
  /// Slides: micrometres per pixel on each axis, and the objective's magnification; 0 = unknown.
  double mpp_x = 0;
  double mpp_y = 0;
  double magnification = 0;
  std::int64_t block_width = 0;  ///< the block grid of the source, a hint for planning; 0 = none
  std::int64_t block_height = 0;
  std::vector<Level> levels;  ///< stored levels, the full one first; empty after geometry changes
  std::shared_ptr<const Metadata> metadata;  ///< may be null

  int channels() const { return static_cast<int>(bands.size()); }
  Rect rect() const { return {0, 0, width, height}; }
  /// Bytes of all samples. Throws Error (data) when width, height or channels are not positive,
  /// when a dimension passes kMaxDimension or when the bytes pass 2^62.
  std::int64_t bytes() const;
  /// Number of bands without the alpha band.
  int colour_channels() const { return channels() - (alpha == Alpha::none ? 0 : 1); }
  /// Metadata to read from, never null.
  const Metadata& meta() const;
};

/// An image of `channels` plain bands: grey for 1, grey + straight alpha for 2, RGB for 3, RGB +
/// straight alpha for 4 when `colour` is Colour::rgb or grey; without colour meaning otherwise.
ImageInfo make_info(std::int64_t width, std::int64_t height, SampleType type, int channels,
                    Colour colour = Colour::multiband);

/// Carries geometry along. The new image has size width x height, and its pixel (x, y) lies at the
/// point (x0 + xx * x + xy * y, y0 + yx * x + yy * y) of the old one (pixel corners). Updates the
/// geo affine, the resolution and mpp; drops levels and block grid.
void change_geometry(ImageInfo& info, std::int64_t width, std::int64_t height, double x0, double xx,
                     double xy, double y0, double yx, double yy);

}  // namespace sluice
