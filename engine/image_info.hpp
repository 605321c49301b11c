// What is known of an image before any pixel of it is: a value that every node of a graph
// describes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geometry.hpp"
#include "sample_type.hpp"
#include "sample_value.hpp"

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

/// A text by its name, in one of the file's name spaces ("" is the common one), as GDAL has them.
struct Item {
  std::string domain;
  std::string name;
  std::string value;
  friend bool operator==(const Item&, const Item&) = default;
};
using Items = std::vector<Item>;

/// Memory that the texts take.
std::int64_t bytes_of(const Items& items);
std::int64_t bytes_of(const std::map<std::string, std::string>& items);

struct BandInfo {
  std::string name;  ///< "" when the file gives none
  BandRole role = BandRole::data;
  std::optional<SampleValue> nodata;  ///< the sample value that means "no value"
  double scale = 1;                   ///< physical value = sample * scale + offset
  double offset = 0;
  std::string unit;  ///< of the physical value; "" when not known
  /// What else is said of the band and is true of its samples wherever they lie; may be null.
  std::shared_ptr<const Items> items;
  friend bool operator==(const BandInfo& a, const BandInfo& b);
};

/// What the colour bands together mean. `multiband`: measurements without a colour meaning.
/// `icc_lab`: as `lab`, with a and b stored as unsigned numbers whose zero is in the middle.
enum class Colour : std::uint8_t { multiband, grey, rgb, palette, cmyk, lab, icc_lab };

constexpr bool is_lab(Colour colour) {
  return colour == Colour::lab || colour == Colour::icc_lab;
}

enum class Alpha : std::uint8_t { none, straight, premultiplied };

/// Which pixels have a value is told by planes of u8 beside the samples (255: it has one, 0: not):
/// one plane for all bands (a mask), or one a band (nodata, which may differ from band to band).
enum class Validity : std::uint8_t { none, common, per_band };

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

/// A point of the image whose place on the ground is known.
struct GroundPoint {
  std::string id;
  std::string info;
  double column = 0, row = 0;  ///< in the image, from its upper left corner
  double x = 0, y = 0, z = 0;  ///< on the ground, in the image's reference system
  friend bool operator==(const GroundPoint&, const GroundPoint&) = default;
};

/// A camera as quotients of cubic polynomials: image = numerator / denominator, of longitude,
/// latitude and height, each (value - offset) / scale. The coefficients' order is that of the
/// RPC00B standard; offsets of line and sample count centres of pixels as whole numbers.
struct RationalCamera {
  double error_bias = -1, error_random = -1;  ///< in metres; negative: not known
  double line_offset = 0, sample_offset = 0, latitude_offset = 0, longitude_offset = 0,
         height_offset = 0;
  double line_scale = 1, sample_scale = 1, latitude_scale = 1, longitude_scale = 1,
         height_scale = 1;
  std::array<double, 20> line_numerator{}, line_denominator{}, sample_numerator{},
      sample_denominator{};
  friend bool operator==(const RationalCamera&, const RationalCamera&) = default;
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
  std::vector<std::byte> xmp;
  std::vector<std::uint16_t> palette;          ///< r, g, b (0..65535) of each index, 3 * entries
  std::vector<std::uint16_t> palette_opacity;  ///< of each index, 65535 opaque; empty: all are
  std::string description;                     ///< free text: what programs put there is read apart
  std::string gdal_metadata;                   ///< tag 42112, verbatim XML
  std::map<std::string, std::string> items;    ///< texts by name: "Software", "aperio.ScanScope ID"
  Items domain_items;                          ///< GDAL's, by domain

  std::int64_t bytes() const;  ///< memory that all of it takes
};

struct ImageInfo {
  std::int64_t width = 0;
  std::int64_t height = 0;
  SampleType type = SampleType::u8;
  std::vector<BandInfo> bands;
  Colour colour = Colour::multiband;
  int bits = 0;                ///< of a sample of the file, when fewer than the type has; else 0
  bool white_is_zero = false;  ///< grey: the smallest sample is white, the largest black
  /// Grey and RGB are proportional to light; else they are taken to be encoded as sRGB is.
  bool linear_light = false;
  Alpha alpha = Alpha::none;   ///< when not none, one band has the role alpha: alpha_band()
  Validity validity = Validity::none;
  Resolution resolution;
  std::optional<Affine> geo;  ///< pixel corners to model coordinates
  std::shared_ptr<const std::vector<GroundPoint>> ground_points;  ///< null where there are none
  std::shared_ptr<const RationalCamera> camera;                   ///< null where none is known
  int orientation = 1;  ///< EXIF orientation 1..8 as stored, not applied
  /// Slides: micrometres per pixel on each axis, and the objective's magnification; 0 = unknown.
  double mpp_x = 0;
  double mpp_y = 0;
  double magnification = 0;
  std::int64_t block_width = 0;  ///< the block grid of the source, a hint for planning; 0 = none
  std::int64_t block_height = 0;
  std::vector<Level> levels;  ///< stored levels, the full one first; empty after geometry changes
  /// Texts that are true of this size and place only ("aperio.Left"); may be null.
  std::shared_ptr<const std::map<std::string, std::string>> place_items;
  /// Texts of bands that are true of these samples only (STATISTICS_MEAN), by band; may be null.
  std::shared_ptr<const std::vector<Items>> sample_items;
  std::shared_ptr<const Metadata> metadata;  ///< may be null

  int channels() const { return static_cast<int>(bands.size()); }
  Rect rect() const { return {0, 0, width, height}; }
  /// Bytes of all samples. Throws Error (data) when width, height or channels are not positive,
  /// when a dimension passes kMaxDimension or when the bytes pass 2^62.
  std::int64_t bytes() const;
  /// Number of bands without the alpha band.
  int colour_channels() const { return channels() - (alpha == Alpha::none ? 0 : 1); }
  /// The band with the role alpha; -1 when alpha is none.
  int alpha_band() const;
  /// Whether the alpha band is the opacity of band `c`: of the bands of the colour, or of all where
  /// there is no colour. Others beside a colour are measurements, to which it does not apply.
  bool under_alpha(int c) const;
  bool has_validity() const { return validity != Validity::none; }
  /// Validity planes of a tile: 0, 1 or as many as channels.
  int validity_planes() const;
  /// Metadata to read from, never null.
  const Metadata& meta() const;
};

/// Takes the colour meaning away: plain bands without ICC profile or palette; alpha stays.
void drop_colour(ImageInfo& info);
/// For results whose samples are no palette indices any more.
void leave_palette(ImageInfo& info);

/// An image of `channels` plain bands: grey for 1, grey + straight alpha for 2, RGB for 3, RGB +
/// straight alpha for 4 when `colour` is Colour::rgb or grey; without colour meaning otherwise.
ImageInfo make_info(std::int64_t width, std::int64_t height, SampleType type, int channels,
                    Colour colour = Colour::multiband);

/// Carries geometry along. The new image has size width x height, and its pixel (x, y) lies at the
/// point (x0 + xx * x + xy * y, y0 + yx * x + yy * y) of the old one (pixel corners). Updates the
/// geo affine, ground points, camera, resolution, mpp and magnification; drops levels, block grid,
/// place_items and sample_items. A camera is dropped where the image is turned or sheared.
void change_geometry(ImageInfo& info, std::int64_t width, std::int64_t height, double x0, double xx,
                     double xy, double y0, double yx, double yy);

/// The samples are other ones now: drops what is said of the old ones (sample_items).
void change_samples(ImageInfo& info);

/// The image has other bands, of other types or meanings: their number, order or type. Drops what
/// is said of samples, and `bits` and `white_is_zero`, which the caller sets anew where they stay.
void change_bands(ImageInfo& info);

}  // namespace sluice
