#include "ops/pointwise/linear.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/pointwise/plane_map.hpp"
#include "ops/pointwise/support.hpp"

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
      : PlaneMapOperation(input, options.type.value_or(input.type)) {
    refuse_64_bit_integers(input.type, info_.type);
    const std::vector<double> gain = late.resolve(options.gain, input.channels(), "gain");
    const std::vector<double> offset = late.resolve(options.offset, input.channels(), "offset");
    const bool is_late = options.gain.late() || options.offset.late();
    for (std::size_t c = 0; c < maps_.size(); ++c) {
      if (static_cast<int>(c) >= input.colour_channels()) {
        if (input.type != info_.type) maps_[c] = range_map(input.type, info_.type);
        continue;
      }
      maps_[c].factor = gain[c];
      maps_[c].add = offset[c];
      describe_band(info_.bands[c], gain[c], offset[c], is_late);
    }
    leave_palette(info_);
  }

 private:
  void describe_band(BandInfo& band, double gain, double offset, bool is_late) const {
    const bool f64 = needs_f64(input_type_) || needs_f64(info_.type);
    if (band.nodata) {
      const double exact = mapped(band.nodata->as_double(), gain, offset, f64);
      const double stored = rounded_to(exact, info_.type);
      const bool distinct =
          gain != 0 && !band.nodata->is_nan() == !std::isnan(stored) &&
          (is_float(info_.type) || (std::fabs(gain) >= 1 && std::fabs(stored - exact) <= 0.5));
      if (is_late || !distinct) {
        band.nodata.reset();
      } else {
        band.nodata = stored;
      }
    }
    if (band.scale == 1 && band.offset == 0) return;
    if (is_late || gain == 0) {
      band.scale = 1, band.offset = 0;
    } else {
      band.scale /= gain;
      band.offset -= offset * band.scale;
    }
  }
};

}  // namespace

Image linear(const Image& image, const LinearOptions& options) {
  const Numbers* late[] = {&options.gain, &options.offset};
  return add_operation("linear", {&image, 1}, late,
                       [options](std::span<const ImageInfo> in, const LateValues& values) {
                         return std::make_shared<Linear>(in[0], options, values);
                       });
}

StepSpec linear_step() {
  using O = LinearOptions;
  return make_step<O>(
      "linear", "pointwise",
      "sample * gain + offset, per band; an alpha band is kept. Computed in f32, in f64 when input "
      "or "
      "result is f64, u32 or i32; integer results are rounded to nearest, ties to even, and "
      "clamped. NaN "
      "stays NaN (0 in an integer). A nodata value goes through the same arithmetic and is dropped "
      "where "
      "values may collide with it; validity is passed on. Not for u64 and i64.",
      inputs(1),
      {option("gain", &O::gain,
              "factor: one number, or one per band (the alpha band's is not used)")
           .take_bare(),
       option("offset", &O::offset, "added after the multiplication: one number, or one per band")
           .take_bare(),
       option("type", &O::type, "sample type of the result; the input's when not given")},
      [](std::span<const Image> in, const O& o) { return linear(in[0], o); });
}

}  // namespace sluice
