#include "codecs/tiff/read_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "codecs/tiff/read_limits.hpp"

namespace sluice::tiff {
namespace {

/// Reads fields that an image can do without: one that is broken is told and left out.
class Optional {
 public:
  Optional(const TiffFile& file, const Directory& directory, const Warning& warning)
      : file_(file), directory_(directory), warning_(warning) {}

  template <class Use>
  void with(std::uint16_t tag, Use&& use) const {
    const Field* const field = directory_.find(tag);
    if (!field || field->count == 0) return;
    try {
      use(*field);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      warn(fmt::format("{} (left out)", error.what()));
    }
  }
  std::string text(std::uint16_t tag, std::uint64_t most) const {
    std::string value;
    with(tag, [&](const Field& field) { value = file_.text(field, most); });
    return value;
  }
  std::vector<double> numbers(std::uint16_t tag, std::uint64_t most) const {
    std::vector<double> values;
    with(tag, [&](const Field& field) { values = file_.numbers(field, most); });
    return values;
  }
  /// The first numbers of a field, however many it has.
  std::vector<double> first_numbers(std::uint16_t tag, std::uint64_t count) const {
    std::vector<double> values;
    with(tag, [&](const Field& field) { values = file_.numbers(field.first(count), count); });
    return values;
  }
  std::vector<std::uint64_t> integers(std::uint16_t tag, std::uint64_t most) const {
    std::vector<std::uint64_t> values;
    with(tag, [&](const Field& field) { values = file_.integers(field, most); });
    return values;
  }
  std::uint64_t first_integer(std::uint16_t tag, std::uint64_t otherwise) const {
    with(tag, [&](const Field& field) { file_.read_integers(field, 0, {&otherwise, 1}); });
    return otherwise;
  }
  std::vector<std::byte> raw(std::uint16_t tag, std::uint64_t most) const {
    std::vector<std::byte> bytes;
    with(tag, [&](const Field& field) { bytes = file_.raw(field, most); });
    return bytes;
  }
  void warn(const std::string& text) const {
    if (warning_) warning_(text);
  }

 private:
  const TiffFile& file_;
  const Directory& directory_;
  const Warning& warning_;
};

/// Roles of the bands that the photometric speaks of; bands behind them are extra samples.
std::vector<BandRole> colour_roles(const Optional& in, const ImageLayout& layout) {
  using R = BandRole;
  switch (layout.photometric) {
    case photometric::kMinIsWhite:
    case photometric::kMinIsBlack:
    case photometric::kMask:
      return {R::grey};
    case photometric::kPalette:
      return {R::palette};
    case photometric::kRgb:
    case photometric::kYcbcr:
      return {R::red, R::green, R::blue};
    case photometric::kSeparated: {
      if (in.first_integer(tag::kInkSet, 1) != 1) return {};
      return {R::cyan, R::magenta, R::yellow, R::black};
    }
    case photometric::kCieLab:
    case photometric::kIccLab:
    case photometric::kItuLab:
      return {R::lightness, R::a, R::b};
    default:
      return {};
  }
}

Colour colour_of(const std::vector<BandRole>& roles) {
  if (roles.empty()) return Colour::multiband;
  switch (roles[0]) {
    case BandRole::grey:
      return Colour::grey;
    case BandRole::palette:
      return Colour::palette;
    case BandRole::red:
      return Colour::rgb;
    case BandRole::cyan:
      return Colour::cmyk;
    case BandRole::lightness:
      return Colour::lab;
    default:
      return Colour::multiband;
  }
}

void read_bands(const Optional& in, const ImageLayout& layout, ImageInfo& info) {
  info.bands.assign(static_cast<std::size_t>(layout.samples), BandInfo{});
  std::vector<BandRole> roles = colour_roles(in, layout);
  if (roles.size() > info.bands.size()) roles.clear();
  std::vector<std::uint64_t> extra = in.integers(tag::kExtraSamples, limit::kExtraSamples);
  const std::size_t extras = info.bands.size() - roles.size();
  // One grey band and more that mean something else: measurements, not a picture.
  const std::size_t first = roles.size();
  const auto opacity = std::find_if(
      extra.begin(), extra.begin() + static_cast<std::ptrdiff_t>(std::min(extras, extra.size())),
      [](std::uint64_t meaning) {
        return meaning == extra_sample::kPremultiplied || meaning == extra_sample::kStraight;
      });
  const std::size_t alpha_at = static_cast<std::size_t>(opacity - extra.begin());
  const bool alpha = alpha_at < std::min(extras, extra.size());
  if (!roles.empty() && roles[0] == BandRole::grey && extras > (alpha ? 1u : 0u)) roles.clear();
  for (std::size_t i = 0; i < roles.size(); ++i)
    info.bands[i].role = roles[i];
  info.colour = colour_of(roles);
  info.white_is_zero =
      info.colour == Colour::grey && layout.photometric == photometric::kMinIsWhite;
  const int type_bits = 8 * static_cast<int>(size_of(layout.type));
  if (!is_float(layout.type) && layout.bits < type_bits && info.colour != Colour::palette)
    info.bits = layout.bits;
  if (alpha) {
    info.bands[first + alpha_at].role = BandRole::alpha;
    info.alpha = *opacity == extra_sample::kStraight ? Alpha::straight : Alpha::premultiplied;
  }
}

/// The directory's header has 4 numbers, each key 4 more: id, tag (0: the value itself), count,
/// value.
bool pixel_is_point(const GeoKeys& keys) {
  for (std::size_t i = 4; i + 3 < keys.directory.size(); i += 4)
    if (keys.directory[i] == geo_key::kRasterType && keys.directory[i + 1] == 0)
      return keys.directory[i + 3] == geo_key::kPixelIsPoint;
  return false;
}

/// Pixel corners to model coordinates, by tags 34264, or 33550 and 33922.
std::optional<Affine> read_geo(const Optional& in, const GeoKeys& keys,
                               const std::vector<double>& tie) {
  Affine affine;
  const std::vector<double> matrix = in.first_numbers(tag::kModelTransformation, 16);
  const std::vector<double> scale = in.first_numbers(tag::kModelPixelScale, 3);
  if (scale.size() >= 2 && tie.size() >= 6 && scale[0] != 0 && scale[1] != 0) {
    affine.a = {tie[3] - tie[0] * scale[0], scale[0], 0, tie[4] + tie[1] * scale[1], 0, -scale[1]};
  } else if (matrix.size() >= 16) {
    affine.a = {matrix[3], matrix[0], matrix[1], matrix[7], matrix[4], matrix[5]};
  } else {
    return std::nullopt;
  }
  if (!std::all_of(affine.a.begin(), affine.a.end(), [](double v) { return std::isfinite(v); }))
    return std::nullopt;
  return pixel_is_point(keys) ? affine.after(-0.5, 1, 0, -0.5, 0, 1) : affine;
}

/// Tie points are ground control points where there are several, and no scale or matrix says more.
std::shared_ptr<const std::vector<GroundPoint>> read_ground_points(const std::vector<double>& ties,
                                                                   const GeoKeys& keys) {
  constexpr std::size_t kNumbers = 6;
  if (ties.size() < 2 * kNumbers || ties.size() == limit::kGeoValues) return nullptr;
  const double more = pixel_is_point(keys) ? 0.5 : 0;
  auto points = std::make_shared<std::vector<GroundPoint>>();
  for (std::size_t i = 0; i + kNumbers <= ties.size(); i += kNumbers)
    points->push_back({fmt::format("{}", i / kNumbers + 1), "", ties[i] + more, ties[i + 1] + more,
                       ties[i + 3], ties[i + 4], ties[i + 5]});
  return points;
}

/// As GDAL describes RPCCoefficientTag: errors, offsets, scales, then the four polynomials.
std::shared_ptr<const RationalCamera> read_camera(const Optional& in) {
  constexpr std::size_t kNumbers = 92, kTerms = 20, kFirstTerm = 12;
  const std::vector<double> v = in.numbers(tag::kRationalCamera, kNumbers);
  if (v.size() != kNumbers) return nullptr;
  auto camera = std::make_shared<RationalCamera>();
  double* const facts[] = {
      &camera->error_bias,     &camera->error_random,    &camera->line_offset,
      &camera->sample_offset,  &camera->latitude_offset, &camera->longitude_offset,
      &camera->height_offset,  &camera->line_scale,      &camera->sample_scale,
      &camera->latitude_scale, &camera->longitude_scale, &camera->height_scale};
  for (std::size_t i = 0; i < kFirstTerm; ++i)
    *facts[i] = v[i];
  std::size_t at = kFirstTerm;
  for (auto* terms : {&camera->line_numerator, &camera->line_denominator, &camera->sample_numerator,
                      &camera->sample_denominator})
    for (std::size_t i = 0; i < kTerms; ++i)
      (*terms)[i] = v[at++];
  return camera;
}

Resolution read_resolution(const Optional& in) {
  const std::vector<double> x = in.first_numbers(tag::kXResolution, 1),
                            y = in.first_numbers(tag::kYResolution, 1);
  const std::uint64_t which = in.first_integer(tag::kResolutionUnit, kResolutionInch);
  const double millimetres = which == kResolutionInch         ? 25.4
                             : which == kResolutionCentimetre ? 10.0
                                                              : 0.0;
  const auto per_mm = [&](const std::vector<double>& v) {
    return !v.empty() && v[0] > 0 && std::isfinite(v[0]) && millimetres > 0 ? v[0] / millimetres
                                                                            : 0.0;
  };
  return {per_mm(x), per_mm(y)};
}

void read_palette(const Optional& in, const ImageLayout& layout, Metadata& metadata) {
  if (layout.bits > 16) return;
  const std::vector<std::uint64_t> map = in.integers(tag::kColorMap, limit::kPalette);
  const std::size_t entries = std::size_t{1} << layout.bits;
  if (map.size() < 3 * entries) return;
  // Some writers put numbers of 8 bits where 16 are meant: then none is larger.
  const bool bytes =
      std::all_of(map.begin(), map.begin() + static_cast<std::ptrdiff_t>(3 * entries),
                  [](std::uint64_t value) { return value < 256; });
  // Stored as all reds, all greens, all blues.
  metadata.palette.resize(3 * entries);
  for (std::size_t i = 0; i < entries; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      metadata.palette[3 * i + c] =
          static_cast<std::uint16_t>(map[c * entries + i] * (bytes ? 257u : 1u));
}

void read_metadata(const Optional& in, const ImageLayout& layout, Metadata& metadata) {
  metadata.icc = in.raw(tag::kIccProfile, limit::kProfile);
  metadata.description = in.text(tag::kImageDescription, limit::kDescription);
  metadata.gdal_metadata = in.text(tag::kGdalMetadata, limit::kGdalMetadata);
  for (const std::uint64_t key : in.integers(tag::kGeoKeyDirectory, limit::kGeoValues))
    metadata.geo_keys.directory.push_back(static_cast<std::uint16_t>(key));
  if (!metadata.geo_keys.empty()) {
    metadata.geo_keys.doubles = in.numbers(tag::kGeoDoubleParams, limit::kGeoValues);
    metadata.geo_keys.ascii = in.text(tag::kGeoAsciiParams, limit::kText);
  }
  if (layout.photometric == photometric::kPalette) read_palette(in, layout, metadata);
  metadata.xmp = in.raw(tag::kXmp, limit::kProfile);
  for (const auto& [tag, name] : kTextTags)
    if (std::string text = in.text(tag, limit::kText); !text.empty())
      metadata.items[name] = std::move(text);
}

}  // namespace

ImageInfo read_info(const TiffFile& file, const Directory& directory, const ImageLayout& layout,
                    const Warning& warning) {
  const Optional in(file, directory, warning);
  ImageInfo info;
  info.width = layout.width;
  info.height = layout.height;
  info.type = layout.type;
  read_bands(in, layout, info);

  auto metadata = std::make_shared<Metadata>();
  read_metadata(in, layout, *metadata);
  info.resolution = read_resolution(in);
  const std::vector<double> ties = in.first_numbers(tag::kModelTiepoint, limit::kGeoValues);
  info.geo = read_geo(in, metadata->geo_keys, ties);
  if (!info.geo) info.ground_points = read_ground_points(ties, metadata->geo_keys);
  info.camera = read_camera(in);
  const std::uint64_t orientation = in.first_integer(tag::kOrientation, 1);
  if (orientation >= 1 && orientation <= 8) info.orientation = static_cast<int>(orientation);

  if (const auto nodata = SampleValue::parse(in.text(tag::kGdalNodata, limit::kText)))
    for (BandInfo& band : info.bands)
      if (band.role != BandRole::alpha) band.nodata = *nodata;
  const auto tell = [&](std::uint16_t tag, const std::string& problem) {
    if (!problem.empty()) in.warn(fmt::format("{}: tag {}: {}", file.bytes().name(), tag, problem));
  };
  tell(tag::kGdalMetadata, read_gdal_metadata(metadata->gdal_metadata, info));
  if (is_aperio(*metadata)) read_aperio(metadata->description, info, *metadata);
  if (metadata->description.find("<OME") != std::string::npos) {
    tell(tag::kImageDescription, read_ome(metadata->description, info));
    // It describes all images of the file, which an image made from one of them is not.
    metadata->description.clear();
    metadata->items.emplace(kOmeItem, "2016-06");
  } else if (metadata->description.starts_with("ImageJ=")) {
    read_imagej(metadata->description, in.first_numbers(tag::kXResolution, 1),
                in.first_numbers(tag::kYResolution, 1), info);
    metadata->description.clear();
  }
  info.metadata = std::move(metadata);
  return info;
}

}  // namespace sluice::tiff
