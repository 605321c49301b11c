#include "ops/pointwise/linear.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/node.hpp"
#include "ops/common/plane_map.hpp"

namespace sluice {

namespace {

/// As the kernels compute it: f32 or f64.
double mapped(double v, double gain, double offset, bool f64) {
  if (f64) return v * gain + offset;
  return static_cast<float>(v) * static_cast<float>(gain) + static_cast<float>(offset);
}

class Linear final : public PlaneMapOperation {
 public:
  Linear(const ImageInfo& input, const LinearOptions& options, const LateValues& late)
      : PlaneMapOperation(input, options.type.value_or(input.type), true) {
    refuse_64_bit_integers({input.type, info_.type});
    const std::vector<double> gain = late.resolve(options.gain, input.channels(), "gain");
    const std::vector<double> offset = late.resolve(options.offset, input.channels(), "offset");
    const bool is_late = options.gain.late() || options.offset.late();
    for (std::size_t c = 0; c < maps_.size(); ++c) {
      if (static_cast<int>(c) == input.alpha_band()) continue;
      maps_[c].factor = gain[c];
      maps_[c].add = offset[c];
      describe_band(info_.bands[c], gain[c], offset[c], is_late);
    }
    change_bands(info_);
    info_.white_is_zero = input.white_is_zero;
    leave_palette(info_);
  }

 private:
  void describe_band(BandInfo& band, double gain, double offset, bool is_late) const {
    if (band.nodata) band.nodata = nodata_after(*band.nodata, gain, offset, is_late);
    if (band.scale == 1 && band.offset == 0) return;
    if (is_late || gain == 0) {
      band.scale = 1, band.offset = 0;
    } else {
      band.scale /= gain;
      band.offset -= offset * band.scale;
    }
  }

  /// Without validity only where no other sample becomes equal to it; with it the value that is
  /// written for pixels without one.
  std::optional<SampleValue> nodata_after(const SampleValue& nodata, double gain, double offset,
                                          bool is_late) const {
    const bool f64 = needs_f64(input_type_) || needs_f64(info_.type);
    const double exact = mapped(nodata.as_double(), gain, offset, f64);
    const double stored = rounded_to(exact, info_.type);
    const bool held = !nodata.is_nan() == !std::isnan(stored) &&
                      (is_float(info_.type) || std::fabs(stored - exact) <= 0.5);
    const bool apart = is_float(info_.type) || std::fabs(gain) >= 1;
    if (!is_late && gain != 0 && held && (apart || info_.has_validity())) return stored;
    if ((is_late || gain != 0) && info_.has_validity() && nodata.fits(info_.type)) return nodata;
    return std::nullopt;
  }
};

}  // namespace

Image linear(const Image& image, const LinearOptions& options) {
  return add_node<Linear>("linear", image, options, {&options.gain, &options.offset});
}

StepSpec linear_step() {
  using O = LinearOptions;
  return make_step(
      "linear", "pointwise",
      "sample * gain + offset, per band; an alpha band is kept. Computed in f32, in f64 when input "
      "or result is f64, u32 or i32, every operation rounded; integer results are rounded to "
      "nearest, ties to even, and clamped. NaN stays NaN (0 in an integer). A nodata value goes "
      "through the same arithmetic and is dropped where values may collide with it, unless "
      "validity, "
      "which is passed on, tells them apart. Scale and offset of the bands follow, so that "
      "physical "
      "values stay. Not for u64 and i64.",
      {option("gain", &O::gain,
              "factor: one number, or one per band (the alpha band's is not used)")
           .take_bare(),
       option("offset", &O::offset, "added after the multiplication: one number, or one per band")
           .take_bare(),
       option("type", &O::type, "sample type of the result; the input's when not given")},
      linear);
}

}  // namespace sluice
