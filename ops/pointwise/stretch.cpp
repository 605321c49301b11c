#include "ops/pointwise/stretch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"
#include "ops/common/plane_map.hpp"

namespace sluice {

namespace {

PlaneMap stretch_map(double low, double high, double out_low, double out_high) {
  PlaneMap map;
  map.subtract = low;
  map.factor = (out_high - out_low) / (high - low);
  map.add = out_low;
  map.low = std::min(out_low, out_high);
  map.high = std::max(out_low, out_high);
  if (low == high) map.subtract = map.factor = 0;
  return map;
}

void check_given(const Numbers& numbers, const char* name) {
  if (numbers.empty())
    throw refused(fmt::format("{} is required: a number, or one per band", name));
}

class Stretch final : public PlaneMapOperation {
 public:
  Stretch(const ImageInfo& input, const StretchOptions& options, const LateValues& late)
      : PlaneMapOperation(input, options.type, true) {
    refuse_64_bit_integers({input.type, info_.type});
    check_given(options.low, "low");
    check_given(options.high, "high");
    const std::vector<double> low = late.resolve(options.low, input.channels(), "low");
    const std::vector<double> high = late.resolve(options.high, input.channels(), "high");
    const auto [type_low, type_high] = range_of(info_.type);
    const bool floating = is_float(info_.type);
    const double out_low = options.out_low.value_or(floating ? 0 : type_low);
    const double out_high = options.out_high.value_or(floating ? 1 : type_high);
    for (const auto& [name, v] : {std::pair("out_low", out_low), std::pair("out_high", out_high)})
      if (!std::isfinite(v) || v < type_low || v > type_high)
        throw refused(fmt::format("{} = {} does not fit into {} ({} to {})", name, v,
                                  name_of(info_.type), type_low, type_high));
    for (std::size_t c = 0; c < maps_.size(); ++c)
      maps_[c] = stretch_map(low[c], high[c], out_low, out_high);
    change_values(info_);
    info_.white_is_zero = input.white_is_zero;
    keep_written_nodata(info_);
    leave_palette(info_);
  }
};

}  // namespace

Image stretch(const Image& image, const StretchOptions& options) {
  return add_node<Stretch>("stretch", image, options, {&options.low, &options.high});
}

StepSpec stretch_step() {
  using O = StretchOptions;
  return make_step(
      "stretch", "pointwise",
      "Maps the values low to high linearly to out_low to out_high, clamping what lies outside; "
      "low "
      "above high inverts, low equal to high gives out_low. An alpha band is kept, converted to "
      "the "
      "range of the type. (sample - low) * ((out_high - out_low) / (high - low)) + out_low, the "
      "quotient in f64, the rest in f32, in f64 when input or result is f64, u32 or i32; integer "
      "results are rounded to nearest, ties to even. NaN stays NaN (0 in an integer). Scales, "
      "offsets "
      "and, without validity, nodata values of the bands are dropped; validity is passed on. Not "
      "for "
      "u64 and i64.",
      {option("low", &O::low, "becomes out_low: one number, one per band, or a result, ${p[0]}")
           .require()
           .take_bare(),
       option("high", &O::high, "becomes out_high: one number, one per band, or a result, ${p[1]}")
           .require()
           .take_bare(),
       option("out_low", &O::out_low,
              "the type's smallest value when not given, 0 for f32 and f64"),
       option("out_high", &O::out_high,
              "the type's largest value when not given, 1 for f32 and f64"),
       option("type", &O::type, "sample type of the result")},
      stretch);
}

}  // namespace sluice
