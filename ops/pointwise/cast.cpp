#include "ops/pointwise/cast.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "engine/declare_step.hpp"
#include "ops/pointwise/plane_map.hpp"
#include "ops/pointwise/support.hpp"

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

/// Integers: how far v lies above the smallest value.
template <class T>
std::uint64_t above_smallest(T v) {
  return static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(std::numeric_limits<T>::min());
}

template <class From, class To>
To over_range(From v) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(static_cast<double>(above_smallest(v)) /
                           static_cast<double>(length_of_range<From>()));
  } else {
    constexpr std::uint64_t in = length_of_range<From>(), out = length_of_range<To>();
    std::uint64_t steps = above_smallest(v);
    if constexpr (out >= in) {
      steps *= out / in;
    } else {
      constexpr std::uint64_t divisor = in / out;  // odd: no tie
      steps = steps / divisor + (steps % divisor > divisor / 2 ? 1 : 0);
    }
    return static_cast<To>(steps + static_cast<std::uint64_t>(std::numeric_limits<To>::min()));
  }
}

using ConvertRow = void (*)(const void* in, void* out, std::int64_t n, bool range);

template <class From, class To>
void convert_row(const void* in, void* out, std::int64_t n, bool range) {
  const From* from = static_cast<const From*>(in);
  To* to = static_cast<To*>(out);
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<From>) {
      const double v = static_cast<double>(from[i]);
      constexpr double kLength = 0x1p64, kSmallest = std::is_signed_v<To> ? -0x1p63 : 0;
      to[i] = rounded_and_clamped<To>(range ? v * kLength + kSmallest : v);
    } else {
      to[i] = range ? over_range<From, To>(from[i]) : with_value<From, To>(from[i]);
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
      : PlaneMapOperation(input, options.to), range_(options.scale == CastScale::range) {
    same_ = input.type == options.to;
    if (!same_) labels_ = label_conversion(input.type, options.to);
    if (range_ && !same_ && !labels_)
      for (PlaneMap& map : maps_)
        map = range_map(input.type, options.to);
    if (range_ && !same_ && !is_float(input.type)) {
      for (BandInfo& band : info_.bands)
        describe_range(band);
    } else {
      for (BandInfo& band : info_.bands)
        if (band.nodata && !band.nodata->fits(info_.type)) band.nodata.reset();
    }
    const bool index_type = options.to == SampleType::u8 || options.to == SampleType::u16;
    if (!index_type || (range_ && !same_)) leave_palette(info_);
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
        labels_(inputs[0].row(c, y), out.row(c, y), out.rect.width, range_);
    join_validity(inputs, out);
  }

 private:
  /// Integers over the range: nodata and physical values follow where the map keeps values apart.
  void describe_range(BandInfo& band) const {
    const auto [in_low, in_high] = range_of(input_type_);
    const bool floating = is_float(info_.type);
    const auto [type_low, type_high] = range_of(info_.type);
    const double out_low = floating ? 0 : type_low, out_high = floating ? 1 : type_high;
    const double factor = (out_high - out_low) / (in_high - in_low);
    if (band.nodata && !labels_ && (floating || factor >= 1)) {
      band.nodata = rounded_to(
          (band.nodata->as_double() - in_low) / (in_high - in_low) * (out_high - out_low) + out_low,
          info_.type);
    } else {
      band.nodata.reset();
    }
    if (band.scale == 1 && band.offset == 0) return;
    band.scale /= factor;
    band.offset += in_low * (band.scale * factor) - out_low * band.scale;
  }

  bool range_ = false;
  bool same_ = false;
  ConvertRow labels_ = nullptr;
};

}  // namespace

Image cast(const Image& image, const CastOptions& options) {
  return add_operation("cast", {&image, 1}, {},
                       [options](std::span<const ImageInfo> in, const LateValues&) {
                         return std::make_shared<Cast>(in[0], options);
                       });
}

StepSpec cast_step() {
  using O = CastOptions;
  return make_step<O>(
      "cast", "pointwise",
      "Converts the samples to another type, any to any. scale none keeps the value: to an integer "
      "rounded "
      "to nearest, ties to even, and clamped, NaN becoming 0. scale range maps the full range of "
      "the one "
      "type to the full range of the other, 0 to 1 for f32 and f64, rounded to nearest. A nodata "
      "value "
      "goes along where the result holds it; validity is passed on.",
      inputs(1),
      {option("to", &O::to, "sample type of the result").require().take_bare(),
       option("scale", &O::scale, "none: the value stays; range: full range to full range")
           .take_bare()},
      [](std::span<const Image> in, const O& o) { return cast(in[0], o); });
}

}  // namespace sluice
