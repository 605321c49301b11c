#include "ops/colour/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/bands/grey.hpp"
#include "ops/colour/alpha.hpp"
#include "ops/colour/convert.kernels.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"
#include "ops/common/plane_map.hpp"
#include "ops/common/planes.hpp"
#include "ops/common/srgb.hpp"
#include "ops/common/validity.hpp"

namespace sluice {

namespace {

using Roles = std::vector<BandRole>;
const Roles& rgb() {
  static const Roles roles = {BandRole::red, BandRole::green, BandRole::blue};
  return roles;
}
const Roles& cmyk() {
  static const Roles roles = {BandRole::cyan, BandRole::magenta, BandRole::yellow, BandRole::black};
  return roles;
}
const Roles& grey_alone() {
  static const Roles roles = {BandRole::grey};
  return roles;
}

ImageInfo in_model(const ImageInfo& input, const Roles& roles, bool linear_light = false) {
  ImageInfo info = with_colour(input, roles);
  info.linear_light = linear_light;
  return info;
}
/// Bands beside the colour, in another type: alpha keeps its opacity, measurements their values.
void keep_bands(const std::vector<KeptBand>& kept, int bits, const TileView& in,
                const TileView& out, Isa isa) {
  for (const KeptBand& band : kept)
    if (band.is_alpha)
      keep_alpha(in, band.from, out, band.to, bits, isa);
    else
      map_plane({}, in, band.from, out, band.to, isa);
}

// --- grey and RGB between sRGB and linear light --------------------------------------------------

enum class Curve : std::uint8_t { none, decode, encode };

/// Every band of the colour through sRGB's curve, one way or the other or not at all.
class Transfer final : public Operation {
 public:
  Transfer(const ImageInfo& input, const Roles& roles, bool linear_light, Curve curve)
      : Operation(in_model(input, roles, linear_light)),
        full_(full_sample(input)),
        curve_(curve),
        colours_(colour_bands(input)),
        kept_(bands_beside_colour(input, static_cast<int>(colours_.size()))) {
    if (curve == Curve::decode) {
      info_.type = arithmetic_type(input.type);
      info_.bits = 0;
      old_bits_ = input.bits;
    }
    std::vector<std::vector<ChannelUse>> uses;
    for (const int band : colours_)
      uses.push_back({{0, band}});
    for (const KeptBand& band : kept_)
      uses.push_back({{0, band.from}});
    for (std::size_t c = 0; c < uses.size(); ++c)
      in_place_ = in_place_ && uses[c][0].channel == static_cast<int>(c);
    validity_ = JoinedValidity({&input, 1}, uses);
    info_.validity = validity_.kind();
    for (std::size_t c = 0; c < colours_.size(); ++c) {
      info_.bands[c].nodata = input.bands[static_cast<std::size_t>(colours_[c])].nodata;
      if (curve != Curve::none) keep_written_nodata(info_, info_.bands[c]);
    }
  }

  Traits traits() const override {
    return {.reach = in_place_ ? Reach::sample : Reach::pixel,
            .cost = curve_ == Curve::none ? 1.0 : 12.0};
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const ConvertKernels& kernels = convert_kernels_for(context.isa);
    const TileView& in = inputs[0];
    const auto row =
        (curve_ == Curve::decode ? kernels.decode : kernels.encode)[static_cast<int>(in.type)];
    for (std::size_t c = 0; c < colours_.size(); ++c) {
      const int to = static_cast<int>(c);
      if (curve_ == Curve::none) copy_plane(in, colours_[c], out, to);
      for (std::int64_t y = 0; y < out.rect.height && curve_ != Curve::none; ++y)
        row(in.row(colours_[c], y), out.row(to, y), out.rect.width, full_);
    }
    keep_bands(kept_, old_bits_, in, out, context.isa);
    validity_.fill(inputs, out);
  }

 private:
  double full_;
  Curve curve_;
  std::vector<int> colours_;
  std::vector<KeptBand> kept_;
  int old_bits_ = 0;      ///< where the result has others
  bool in_place_ = true;  ///< every band stays where it is
  JoinedValidity validity_;
};

// --- by formulas --------------------------------------------------------------------------------

class ByFormulas final : public FormulaOperation {
 public:
  ByFormulas(const ImageInfo& input, ImageInfo result, const std::vector<std::string>& formulas)
      : FormulaOperation(std::move(result),
                         make_formulas(formulas, {&input, 1},
                                       {.type = input.type,
                                        .f64 = arithmetic_type(input.type) == SampleType::f64 ||
                                               input.type == SampleType::u16,
                                        .most_nodes = std::numeric_limits<std::size_t>::max()})) {}
};

/// `formulas` for the colour; the bands beside it are copied.
Image by_formulas(const Image& image, const Roles& roles, bool linear_light,
                  std::vector<std::string> formulas) {
  const ImageInfo& info = image.info();
  for (const KeptBand& band : bands_beside_colour(info, static_cast<int>(roles.size())))
    formulas.push_back(fmt::format("a[{}]", band.from));
  return add_operation(
      "convert", image,
      std::make_shared<ByFormulas>(info, in_model(info, roles, linear_light), formulas));
}

/// The bands of the colour, as formulas call them.
std::vector<std::string> colours_of(const ImageInfo& info) {
  std::vector<std::string> names;
  for (const int band : colour_bands(info))
    names.push_back(fmt::format("a[{}]", band));
  return names;
}

Image cmyk_to_srgb(const Image& image) {
  const std::vector<std::string> inks = colours_of(image.info());
  std::vector<std::string> formulas;
  for (std::size_t c = 0; c < 3; ++c)
    formulas.push_back(fmt::format("({2} - {0}) * ({2} - {1}) / {2}", inks[c], inks[3],
                                   full_sample(image.info())));
  return by_formulas(image, rgb(), false, std::move(formulas));
}

Image srgb_to_cmyk(const Image& image) {
  const double full = full_sample(image.info());
  const std::vector<std::string> light = colours_of(image.info());
  const std::string most = fmt::format("max({}, {}, {})", light[0], light[1], light[2]);
  std::vector<std::string> formulas;
  for (std::size_t c = 0; c < 3; ++c)
    formulas.push_back(fmt::format("{0} <= 0 ? 0 : ({0} - {1}) * {2} / {0}", most, light[c], full));
  formulas.push_back(fmt::format("{} - {}", full, most));
  return by_formulas(image, cmyk(), false, std::move(formulas));
}

Image luminance(const Image& image) {
  const std::vector<std::string> light = colours_of(image.info());
  return by_formulas(image, grey_alone(), true,
                     {fmt::format("{} * {} + {} * {} + {} * {}", srgb::kRed, light[0], srgb::kGreen,
                                  light[1], srgb::kBlue, light[2])});
}

// --- palettes -----------------------------------------------------------------------------------

/// The colours that a palette's indices stand for, 8 bits each.
class Looked final : public Operation {
 public:
  explicit Looked(const ImageInfo& input)
      : Operation(in_model(input, rgb())),
        index_(colour_bands(input).at(0)),
        bits_(input.bits),
        kept_(bands_beside_colour(input, 3)) {
    info_.type = SampleType::u8;
    info_.bits = 0;
    std::vector<std::vector<ChannelUse>> uses(3, {{0, index_}});
    for (const KeptBand& band : kept_) {
      uses.push_back({{0, band.from}});
      if (!band.is_alpha && input.type != SampleType::u8)
        throw refused(
            "a palette's colours have 8 bits, the bands beside them have more: choose one "
            "with select");
    }
    validity_ = JoinedValidity({&input, 1}, uses);
    info_.validity = validity_.kind();
    const std::vector<std::uint16_t>& palette = input.meta().palette;
    if (palette.size() < 3) throw refused("the image has palette indices, but no palette");
    if (input.type != SampleType::u8 && input.type != SampleType::u16)
      throw refused(
          fmt::format("palette indices of {}; u8 and u16 are possible", name_of(input.type)));
    const std::size_t values = input.type == SampleType::u8 ? 256 : 65536;
    for (auto& table : tables_)
      table.resize(values);  // an index beyond the palette is black
    for (std::size_t i = 0; i < std::min(values, palette.size() / 3); ++i)
      for (std::size_t c = 0; c < 3; ++c)
        tables_[c][i] = static_cast<std::uint8_t>(palette[3 * i + c] >> 8);
  }

  Traits traits() const override { return {.reach = Reach::pixel, .cost = 2}; }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    for (std::size_t c = 0; c < 3; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y) {
        auto* to = out.row<std::uint8_t>(static_cast<int>(c), y);
        if (inputs[0].type == SampleType::u8)
          look_up(inputs[0].row<std::uint8_t>(index_, y), tables_[c].data(), to, out.rect.width);
        else
          look_up(inputs[0].row<std::uint16_t>(index_, y), tables_[c].data(), to, out.rect.width);
      }
    keep_bands(kept_, bits_, inputs[0], out, context.isa);
    validity_.fill(inputs, out);
  }

 private:
  template <class T>
  static void look_up(const T* from, const std::uint8_t* table, std::uint8_t* to, std::int64_t n) {
    for (std::int64_t x = 0; x < n; ++x)
      to[x] = table[from[x]];
  }

  std::array<std::vector<std::uint8_t>, 3> tables_;
  int index_, bits_;
  std::vector<KeptBand> kept_;
  JoinedValidity validity_;
};

// --- the way from one model to another ----------------------------------------------------------

ColourModel model_of(const ImageInfo& info) {
  switch (info.colour) {
    case Colour::grey:
      return info.linear_light ? ColourModel::linear : ColourModel::grey;
    case Colour::rgb:
      return info.linear_light ? ColourModel::linear : ColourModel::srgb;
    case Colour::cmyk:
      return ColourModel::cmyk;
    case Colour::lab:
    case Colour::icc_lab:
      throw refused("Lab images are not converted yet: write TIFF, which holds Lab");
    default:
      throw refused(
          fmt::format("the image does not say what the colours of its {} band{} are: say it with "
                      "from, after select where there are others beside them",
                      info.colour_channels(), info.colour_channels() == 1 ? "" : "s"));
  }
}

void check(const ImageInfo& info, ColourModel from) {
  const auto colours = colour_bands(info).size();
  const bool fits = from == ColourModel::cmyk     ? colours == 4
                    : from == ColourModel::srgb   ? colours == 3
                    : from == ColourModel::linear ? colours == 1 || colours == 3
                                                  : colours == 1;
  if (!fits)
    throw refused(fmt::format("{} has {} colour bands; the image has {}", option_types::show(from),
                              from == ColourModel::cmyk     ? "4"
                              : from == ColourModel::srgb   ? "3"
                              : from == ColourModel::linear ? "1 or 3"
                                                            : "1",
                              colours));
  if (info.alpha == Alpha::premultiplied)
    throw refused("colours are converted apart from alpha: put `unpremultiply` before");
  const bool unsigned_type = info.type == SampleType::u8 || info.type == SampleType::u16 ||
                             info.type == SampleType::u32 || is_float(info.type);
  if (!unsigned_type)
    throw refused(
        fmt::format("takes colours of u8, u16, u32, f32 or f64, not {}; use cast to one "
                    "of these",
                    name_of(info.type)));
}

Image transferred(const Image& image, Curve curve) {
  const ImageInfo& info = image.info();
  const Roles& roles = colour_bands(info).size() == 1 ? grey_alone() : rgb();
  return add_operation("convert", image,
                       std::make_shared<Transfer>(info, roles, curve == Curve::decode, curve));
}

Image three_of(const Image& grey) {
  std::vector<std::string> formulas(3, colours_of(grey.info()).front());
  return by_formulas(grey, rgb(), grey.info().linear_light, std::move(formulas));
}

Image to_srgb(const Image& image, ColourModel from) {
  if (from == ColourModel::cmyk) return cmyk_to_srgb(image);
  const Image encoded = from == ColourModel::linear ? transferred(image, Curve::encode) : image;
  return colour_bands(encoded.info()).size() == 1 ? three_of(encoded) : encoded;
}

Image to_linear(const Image& image, ColourModel from) {
  if (from == ColourModel::linear) return image;
  return transferred(from == ColourModel::cmyk ? cmyk_to_srgb(image) : image, Curve::decode);
}

Image to_grey(const Image& image, ColourModel from) {
  if (from == ColourModel::grey) return image;
  if (from != ColourModel::linear)
    return grey(from == ColourModel::cmyk ? cmyk_to_srgb(image) : image,
                {.weights = GreyWeights::linear});
  return transferred(colour_bands(image.info()).size() == 1 ? image : luminance(image),
                     Curve::encode);
}

/// The image with what `model` says of its bands, where it does not say that itself.
Image named(const Image& image, ColourModel model) {
  const ImageInfo& info = image.info();
  const bool unnamed =
      info.colour == Colour::multiband || info.colour == Colour::palette || is_lab(info.colour);
  if (!unnamed && model_of(info) == model) return image;
  const Roles& roles = model == ColourModel::cmyk       ? cmyk()
                       : colour_bands(info).size() == 1 ? grey_alone()
                                                        : rgb();
  return add_operation(
      "convert", image,
      std::make_shared<Transfer>(info, roles, model == ColourModel::linear, Curve::none));
}

Image converted(const Image& image, const ConvertOptions& options) {
  if (image.info().white_is_zero) return converted(grey(image), options);
  if (image.info().colour == Colour::palette && !options.from) {
    const Image colours = add_operation("convert", image, std::make_shared<Looked>(image.info()));
    return converted(colours, options);
  }
  const ColourModel from = options.from ? *options.from : model_of(image.info());
  check(image.info(), from);
  const Image given = named(image, from);
  switch (options.to) {
    case ColourModel::srgb:
      return from == ColourModel::srgb ? given : to_srgb(given, from);
    case ColourModel::linear:
      return to_linear(given, from);
    case ColourModel::grey:
      return to_grey(given, from);
    case ColourModel::cmyk:
      return from == ColourModel::cmyk   ? given
             : from == ColourModel::srgb ? srgb_to_cmyk(given)
                                         : srgb_to_cmyk(to_srgb(given, from));
  }
  throw Error(ErrorKind::internal, "a colour model outside the enumeration");
}

}  // namespace

Image convert(const Image& image, const ConvertOptions& options) {
  return build_step("convert", image, [&] { return converted(image, options); });
}

StepSpec convert_step() {
  using O = ConvertOptions;
  return make_step(
      "convert", "colour",
      "Another colour model. srgb: red, green and blue, encoded as sRGB is (IEC 61966-2-1). "
      "linear: "
      "the same, or grey, in proportion to light: f32 from 0 to 1, f64 of u32 and f64. grey: the "
      "luminance, encoded as sRGB is, as grey has it with weights linear. cmyk: inks, 0 for none. "
      "Without an ICC profile's help: red = (full - cyan) * (full - black) / full and so on; black "
      "= "
      "full - the largest of red, green and blue, cyan = (largest - red) * full / largest, full "
      "being "
      "the type's largest value, 1 for f32 and f64. A palette's indices become sRGB of u8. An "
      "alpha "
      "band is kept, an image of the model passes. Computed in f32, of u16, u32 and f64 in f64; "
      "sRGB's "
      "curve in f64, rounded to f32 but for u32 and f64; integers are rounded to nearest, ties to "
      "even. Drops ICC profiles. A "
      "pixel is valid where all bands of its colour are. For u8, u16, u32, f32, "
      "f64.",
      {option("to", &O::to, "the model of the result").take_bare(),
       option("from", &O::from,
              "what the bands are, for images that do not say it; grey and RGB are taken to be "
              "encoded as sRGB is unless convert has made them linear")},
      convert);
}

}  // namespace sluice
