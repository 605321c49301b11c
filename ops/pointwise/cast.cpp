#include "ops/pointwise/cast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "engine/declare_step.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/node.hpp"
#include "ops/common/plane_map.hpp"
#include "ops/common/validity.hpp"

namespace sluice {

namespace {

// u64 and i64 are labels, moved and converted now and then: exact integer arithmetic, one sample at
// a time. All other types go through the vector kernels of PlaneMapOperation.

template <class To>
To rounded_and_clamped(double v) {
  if (std::isnan(v)) return 0;
  v = std::nearbyint(v);
  constexpr double kAbove = std::is_signed_v<To> ? 0x1p63 : 0x1p64;  // the largest value + 1
  static_assert(sizeof(To) == 8);
  if (v >= kAbove) return std::numeric_limits<To>::max();
  if (v <= static_cast<double>(std::numeric_limits<To>::min()))
    return std::numeric_limits<To>::min();
  return static_cast<To>(v);
}

template <class From, class To>
To with_value(From v) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(v);
  } else {
    if (std::cmp_less(v, std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (std::cmp_greater(v, std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(v);
  }
}

template <class T>
constexpr std::uint64_t length_of_range() {
  return static_cast<std::uint64_t>(std::numeric_limits<std::make_unsigned_t<T>>::max());
}

/// Integers: v of the range that begins at `low` and is `length` long over the full range of To, to
/// nearest. Lengths are 2^n - 1, which is odd: there are no ties.
template <class From, class To>
To over_range(From v, From low, std::uint64_t length) {
  const std::uint64_t above =
      v < low ? 0 : static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(low);
  const std::uint64_t steps = std::min(above, length);
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(static_cast<double>(steps) / static_cast<double>(length));
  } else {
    __extension__ using Wide = unsigned __int128;
    const auto q =
        static_cast<std::uint64_t>((Wide(steps) * length_of_range<To>() + length / 2) / length);
    return static_cast<To>(q + static_cast<std::uint64_t>(std::numeric_limits<To>::min()));
  }
}

/// `bits`: of the range of integers, 0 for all of the type.
using ConvertRow = void (*)(const void* in, void* out, std::int64_t n, bool range, int bits);

template <class From, class To>
void convert_row(const void* in, void* out, std::int64_t n, bool range, int bits) {
  const From* from = static_cast<const From*>(in);
  To* to = static_cast<To*>(out);
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<From>) {
      const double v = static_cast<double>(from[i]);
      constexpr double kLength = 0x1p64, kSmallest = std::is_signed_v<To> ? -0x1p63 : 0;
      to[i] = rounded_and_clamped<To>(range ? v * kLength + kSmallest : v);
    } else if (range) {
      const From low = bits > 0 ? From{0} : std::numeric_limits<From>::min();
      to[i] = over_range<From, To>(
          from[i], low, bits > 0 ? (std::uint64_t{1} << bits) - 1 : length_of_range<From>());
    } else {
      to[i] = with_value<From, To>(from[i]);
    }
  }
}

/// The conversion when one of the types is u64 or i64.
ConvertRow label_conversion(SampleType from, SampleType to) {
  return with_type(from, [&]<class From>() -> ConvertRow {
    return with_type(to, []<class To>() -> ConvertRow {
      constexpr bool kWideFrom = std::is_integral_v<From> && sizeof(From) == 8;
      constexpr bool kWideTo = std::is_integral_v<To> && sizeof(To) == 8;
      if constexpr (kWideFrom || kWideTo) {
        return &convert_row<From, To>;
      } else {
        return nullptr;
      }
    });
  });
}

class Cast final : public PlaneMapOperation {
 public:
  Cast(const ImageInfo& input, const CastOptions& options)
      : PlaneMapOperation(input, options.to, false), bits_(input.bits) {
    const bool wide = is_64_bit_integer(input.type) || is_64_bit_integer(options.to);
    turns_ = options.scale == CastScale::range && input.white_is_zero && !wide;
    ranges_ = options.scale == CastScale::range &&
              (input.type != options.to || bits_ > 0 || turns_) &&
              !(is_float(input.type) && is_float(options.to) && !turns_);
    same_ = input.type == options.to && !ranges_;
    if (same_) return;
    if (input.type != options.to) labels_ = label_conversion(input.type, options.to);
    describe(input);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    if (same_) {
      if (inputs[0].data != out.data) copy_pixels(inputs[0], out, out.rect);
      return;
    }
    if (!labels_) return PlaneMapOperation::compute(inputs, out, context);
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        labels_(inputs[0].row(c, y), out.row(c, y), out.rect.width, ranges_, bits_);
    pass_validity(inputs[0], out);
  }

 private:
  void describe(const ImageInfo& input) {
    change_bands(info_);
    const bool index_type = info_.type == SampleType::u8 || info_.type == SampleType::u16;
    if (!index_type || ranges_) leave_palette(info_);
    if (!ranges_) {
      if (!is_float(info_.type)) info_.bits = input.bits;
      info_.white_is_zero = input.white_is_zero;
      for (BandInfo& band : info_.bands)
        if (band.nodata && !band.nodata->fits(info_.type)) band.nodata.reset();
      return;
    }
    for (std::size_t c = 0; c < maps_.size(); ++c) {
      const bool turned = turns_ && static_cast<int>(c) != input.alpha_band();
      if (!labels_) maps_[c] = range_map(input.type, info_.type, bits_, turned);
      describe_band(info_.bands[c], maps_[c]);
    }
  }

  /// Nodata and physical values follow where the map keeps values apart.
  void describe_band(BandInfo& band, const PlaneMap& map) const {
    if (labels_ || is_float(input_type_)) {
      band.nodata.reset();
      change_values(band);
      return;
    }
    const double factor = map.divide ? 1 / map.factor : map.factor;
    const bool apart = is_float(info_.type) || std::fabs(factor) >= 1;
    if (band.nodata && (apart || info_.has_validity()))
      band.nodata =
          rounded_to((band.nodata->as_double() - map.subtract) * factor + map.add, info_.type);
    else
      band.nodata.reset();
    if (band.scale == 1 && band.offset == 0) return;
    band.offset += (map.subtract - map.add / factor) * band.scale;
    band.scale /= factor;
  }

  int bits_;
  bool ranges_ = false;  ///< scale range, where it does anything
  bool turns_ = false;   ///< black becomes the smallest sample
  bool same_ = false;
  ConvertRow labels_ = nullptr;
};

}  // namespace

Image cast(const Image& image, const CastOptions& options) {
  return add_node<Cast>("cast", image, options);
}

StepSpec cast_step() {
  using O = CastOptions;
  return make_step(
      "cast", "pointwise",
      "Converts the samples to another type, any to any. scale none keeps the value: to an integer "
      "rounded to nearest, ties to even, and clamped, NaN becoming 0; to f32 and f64 the nearest. "
      "scale range maps the full range of the one type to that of the other, 0 to 1 for f32 and "
      "f64: "
      "integers to integers to nearest; integers to f32 and f64 as (v - smallest) / (largest - "
      "smallest), f32 to 8 and 16 bits as v * (largest - smallest) + smallest in f32, else in f64, "
      "and clamped. The range of samples is that of the bits which their file has, and where 0 is "
      "white in it they are turned round, so that black becomes the smallest sample. A nodata "
      "value "
      "goes along where the result holds it, and is dropped else; validity is passed on, so that "
      "pixels without a value stay without one.",
      {option("to", &O::to, "sample type of the result").require().take_bare(),
       option("scale", &O::scale, "none: the value stays; range: full range to full range")
           .take_bare()},
      cast);
}

}  // namespace sluice
