#include "ops/bands/grey.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "engine/declare_step.hpp"
#include "ops/bands/band_support.hpp"
#include "ops/bands/grey.kernels.hpp"
#include "ops/bands/srgb.hpp"
#include "ops/pointwise/support.hpp"

namespace sluice {

namespace {

constexpr std::array<double, 3> kRec601{0.299, 0.587, 0.114};
constexpr std::array<double, 3> kRec709{srgb::kRed, srgb::kGreen, srgb::kBlue};

/// Decoded values of all samples of u8 or u16.
std::vector<float> decoding_table(double largest) {
  std::vector<float> table(static_cast<std::size_t>(largest) + 1);
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] =
        static_cast<float>(srgb::decoded<math::Accuracy::single>(static_cast<double>(i) / largest));
  return table;
}

class Grey final : public Operation {
 public:
  Grey(const ImageInfo& input, const GreyOptions& options)
      : Operation(input), passes_(input.colour == Colour::grey), weights_(options.weights) {
    if (passes_) return;
    const bool multiband = input.colour == Colour::rgb || input.colour == Colour::multiband;
    if (!multiband || input.colour_channels() != 3)
      throw Error(ErrorKind::usage,
                  fmt::format("takes red, green and blue; the input has {} colour band{}{}; choose "
                              "three with select",
                              input.colour_channels(), input.colour_channels() == 1 ? "" : "s",
                              input.colour == Colour::palette ? " (palette indices)"
                              : is_lab(input.colour)          ? " (Lab)"
                                                              : ""));
    refuse_64_bit_integers(input.type, input.type);
    if (weights_ == GreyWeights::linear) check_linear(input);
    describe(input);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    const TileView& in = inputs[0];
    if (passes_) {
      for (int c = 0; c < out.channels; ++c)
        copy_plane(in, c, out, c);
    } else {
      weigh(in, out, grey_kernels_for(context.isa));
      if (out.channels == 2) copy_plane(in, 3, out, 1);
    }
    join_validity(inputs, out);
  }

  Traits traits() const override {
    Traits traits;
    traits.reach = Reach::pixel;
    traits.cost = passes_ ? 1 : weights_ == GreyWeights::linear ? 15 : 2;
    return traits;
  }

 private:
  void check_linear(const ImageInfo& input) {
    if (input.alpha == Alpha::premultiplied)
      throw Error(ErrorKind::usage,
                  "linear weights need straight alpha: premultiplied samples are no sRGB values");
    if (input.type == SampleType::u8) {
      table_ = decoding_table(255);
    } else if (input.type == SampleType::u16) {
      table_ = decoding_table(65535);
    } else if (!is_float(input.type)) {
      throw Error(
          ErrorKind::usage,
          fmt::format("linear weights take sRGB samples of u8, u16, f32 or f64, not {}; use "
                      "cast with scale range",
                      name_of(input.type)));
    }
  }

  void describe(const ImageInfo& input) {
    BandInfo band;
    band.role = BandRole::grey;
    info_.bands = {band};
    if (input.alpha != Alpha::none) info_.bands.push_back(input.bands.back());
    set_band_colour(info_, BandColour::grey);
  }

  void weigh(const TileView& in, const TileView& out, const GreyKernels& kernels) const {
    const auto type = static_cast<int>(in.type);
    const std::array<double, 3>& weights = weights_ == GreyWeights::rec601 ? kRec601 : kRec709;
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const auto *r = in.row(0, y), *g = in.row(1, y), *b = in.row(2, y);
      if (weights_ == GreyWeights::linear) {
        kernels.luminance[type](r, g, b, out.row(0, y), table_.data(), out.rect.width);
      } else {
        kernels.weighted[type](r, g, b, out.row(0, y), weights.data(), out.rect.width);
      }
    }
  }

  bool passes_;
  GreyWeights weights_;
  std::vector<float> table_;
};

}  // namespace

Image grey(const Image& image, const GreyOptions& options) {
  return add_operation("grey", {&image, 1}, {},
                       [options](std::span<const ImageInfo> in, const LateValues&) {
                         return std::make_shared<Grey>(in[0], options);
                       });
}

StepSpec grey_step() {
  using O = GreyOptions;
  return make_step<O>(
      "grey", "bands",
      "One grey band out of red, green and blue; an alpha band is kept, a grey image passes. "
      "rec601: 0.299 "
      "R + 0.587 G + 0.114 B, rec709: 0.2126 R + 0.7152 G + 0.0722 B, on the stored samples, in "
      "f32 (f64 "
      "for f64, u32, i32), integers rounded to nearest, ties to even. linear: the rec709 sum in "
      "linear "
      "light, for sRGB samples of u8, u16, f32, f64 (0 to 1). Validity is passed on, "
      "nodata values are dropped. Not for u64 and i64.",
      inputs(1),
      {option("weights", &O::weights,
              "rec601 and rec709 weigh the samples as they are, linear the light")
           .take_bare()},
      [](std::span<const Image> in, const O& o) { return grey(in[0], o); });
}

}  // namespace sluice
