#include "ops/bands/grey.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/bands/grey.kernels.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"
#include "ops/common/plane_map.hpp"
#include "ops/common/planes.hpp"
#include "ops/common/srgb.hpp"
#include "ops/common/validity.hpp"

namespace sluice {

namespace {

constexpr std::array<double, 3> kRec601{0.299, 0.587, 0.114};
constexpr std::array<double, 3> kRec709{srgb::kRed, srgb::kGreen, srgb::kBlue};

/// Decoded values of all samples of u8 or u16, of which `full` is white.
std::vector<float> decoding_table(SampleType type, double full) {
  std::vector<float> table(static_cast<std::size_t>(range_of(type).second) + 1);
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] =
        static_cast<float>(srgb::decoded<math::Accuracy::single>(static_cast<double>(i) / full));
  return table;
}

class Grey final : public Operation {
 public:
  Grey(const ImageInfo& input, const GreyOptions& options)
      : Operation(input), weights_(options.weights), full_(full_sample(input)) {
    if (input.colour == Colour::grey) {
      describe_grey(input);
      return;
    }
    check(input);
    if (weights_ == GreyWeights::linear && input.linear_light) weights_ = GreyWeights::rec709;
    if (weights_ == GreyWeights::linear) check_linear(input);
    colours_ = colour_bands(input);
    if (colours_.size() != 3)
      throw refused(
          fmt::format("takes red, green and blue; the input has {} colour band{}; choose "
                      "three with select",
                      colours_.size(), colours_.size() == 1 ? "" : "s"));
    kept_ = bands_beside_colour(input, 1);
    info_ = with_colour(input, {BandRole::grey});
    info_.linear_light = input.linear_light;
    set_validity(input);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const TileView& in = inputs[0];
    if (inverts_)
      map_plane(inverted(full_), in, colours_[0], out, 0, context.isa);
    else if (colours_.size() == 3)
      weigh(in, out, grey_kernels_for(context.isa));
    else
      copy_plane(in, colours_[0], out, 0);
    for (const KeptBand& band : kept_)
      copy_plane(in, band.from, out, band.to);
    validity_.fill(inputs, out);
  }

  Traits traits() const override {
    const bool weighs = colours_.size() == 3;
    return {.reach = Reach::pixel,
            .cost = !weighs                           ? 1.0
                    : weights_ == GreyWeights::linear ? 15.0
                                                      : 2.0};
  }

  bool uses_channel(int, int channel, const std::vector<bool>& wanted) const override {
    for (const KeptBand& band : kept_)
      if (band.from == channel) return wanted[static_cast<std::size_t>(band.to)];
    return wanted[0];
  }

 private:
  static PlaneMap inverted(double full) {
    PlaneMap map;
    map.subtract = full;
    map.factor = -1;
    return map;
  }

  static void check(const ImageInfo& input) {
    const bool unnamed = input.colour == Colour::multiband;
    if (!unnamed && input.colour != Colour::rgb)
      throw refused(
          fmt::format("takes red, green and blue; the input is {}: put `convert to=srgb` before",
                      input.colour == Colour::cmyk ? "CMYK"
                      : is_lab(input.colour)       ? "Lab"
                                                   : "palette indices"));
    refuse_64_bit_integers({input.type});
  }

  void check_linear(const ImageInfo& input) {
    if (input.alpha == Alpha::premultiplied)
      throw refused("linear weights need straight alpha: put `unpremultiply` before");
    if (input.type == SampleType::u8 || input.type == SampleType::u16)
      table_ = decoding_table(input.type, full_);
    else if (!is_float(input.type))
      throw refused(
          fmt::format("linear weights take sRGB samples of u8, u16, f32 or f64, not {}; use "
                      "cast with scale range",
                      name_of(input.type)));
  }

  // It is grey already: at most white and black change places.
  void describe_grey(const ImageInfo& input) {
    colours_ = colour_bands(input);
    kept_ = bands_beside_colour(input, 1);
    inverts_ = input.white_is_zero;
    if (inverts_) {
      refuse_64_bit_integers({input.type});
      change_values(info_);
      info_.bits = input.bits;
    }
    set_validity(input);
  }

  void set_validity(const ImageInfo& input) {
    std::vector<std::vector<ChannelUse>> uses(1);
    for (const int band : colours_)
      uses[0].push_back({0, band});
    for (const KeptBand& band : kept_)
      uses.push_back({{0, band.from}});
    validity_ = JoinedValidity({&input, 1}, uses);
    info_.validity = validity_.kind();
    if (colours_.size() == 3 || inverts_) {
      info_.bands[0].nodata = input.bands[static_cast<std::size_t>(colours_[0])].nodata;
      keep_written_nodata(info_, info_.bands[0]);
    }
  }

  void weigh(const TileView& in, const TileView& out, const GreyKernels& kernels) const {
    const auto type = static_cast<int>(in.type);
    const std::array<double, 3>& weights = weights_ == GreyWeights::rec601 ? kRec601 : kRec709;
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const auto *r = in.row(colours_[0], y), *g = in.row(colours_[1], y),
                 *b = in.row(colours_[2], y);
      if (weights_ == GreyWeights::linear) {
        kernels.luminance[type](r, g, b, out.row(0, y), table_.data(), out.rect.width, full_);
      } else {
        kernels.weighted[type](r, g, b, out.row(0, y), weights.data(), out.rect.width);
      }
    }
  }

  GreyWeights weights_;
  double full_;
  bool inverts_ = false;
  std::vector<int> colours_;
  std::vector<KeptBand> kept_;
  std::vector<float> table_;
  JoinedValidity validity_;
};

}  // namespace

Image grey(const Image& image, const GreyOptions& options) {
  return add_node<Grey>("grey", image, options);
}

StepSpec grey_step() {
  using O = GreyOptions;
  return make_step(
      "grey", "bands",
      "One grey band out of red, green and blue; alpha and measurements beside them are kept. "
      "rec601: 0.299 R + 0.587 G + 0.114 B, rec709: 0.2126 R + 0.7152 G + 0.0722 B, on the stored "
      "samples: (wr R + wg G) + wb B in f32, in f64 for f64, u32 and i32, every operation rounded; "
      "integers to nearest, ties to even. linear: the rec709 sum in linear light, for sRGB samples "
      "of u8, u16, f32, f64 (0 to 1), with sRGB's curve (IEC 61966-2-1) computed in f64; decoded "
      "values, sum and encoded value are rounded to f32, but for f64. Of an image in linear light "
      "already it is the sum itself. A grey image passes; where 0 is white its samples are turned "
      "round. A pixel is valid where all three bands are. Not for u64 and i64.",
      {option("weights", &O::weights,
              "rec601 and rec709 weigh the samples as they are, linear the light")
           .take_bare()},
      grey);
}

}  // namespace sluice
