#include "reference/pointwise.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/simd/math.hpp"
#include "ops/common/formula.hpp"
#include "ops/common/srgb.hpp"

namespace sluice::test::reference {

namespace {

bool in_f64(SampleType t) {
  return t == SampleType::u32 || t == SampleType::i32 || t == SampleType::f64;
}

/// Stores a computed value as the operations do.
void put(Picture& out, int c, std::int64_t x, std::int64_t y, double v) {
  if (is_float(out.info.type) && std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
  out.set(c, x, y, rounded(v, out.info.type));
}

template <class F>
void each_sample(const Picture& out, F&& f) {
  for (int c = 0; c < out.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x)
        f(c, x, y);
}

/// The validity of the same band of the input.
void keep_validity(const Picture& in, Picture& out) {
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) { return in.valid(c, x, y); });
}

template <class T>
double affine(double v, double subtract, double factor, double add) {
  T r = static_cast<T>(v) - static_cast<T>(subtract);
  r = r * static_cast<T>(factor);
  r = r + static_cast<T>(add);
  return static_cast<double>(r);
}
double affine(bool f64, double v, double subtract, double factor, double add) {
  return f64 ? affine<double>(v, subtract, factor, add) : affine<float>(v, subtract, factor, add);
}

using i128 = __int128;

template <class T>
i128 clamped(i128 v) {
  const i128 low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  return v < low ? low : v > high ? high : v;
}

/// A double rounded to nearest, ties to even, clamped, as an exact integer.
template <class T>
T integer_of(double v) {
  if (std::isnan(v)) return 0;
  v = std::nearbyint(v);
  if (v > 1e20) return std::numeric_limits<T>::max();
  if (v < -1e20) return std::numeric_limits<T>::min();
  return static_cast<T>(clamped<T>(static_cast<i128>(v)));
}

template <class From, class To>
To cast_value(From v) {
  if constexpr (std::is_same_v<From, To>) {
    return v;
  } else if constexpr (std::is_floating_point_v<To>) {
    const To r = static_cast<To>(v);
    return std::isnan(static_cast<double>(r)) ? std::numeric_limits<To>::quiet_NaN() : r;
  } else if constexpr (std::is_floating_point_v<From>) {
    return integer_of<To>(static_cast<double>(v));
  } else {
    return static_cast<To>(clamped<To>(v));
  }
}

/// `bits`: of integers, 0 for all of them; `turned`: the largest sample is black.
template <class From, class To>
To cast_range(From v, int bits, bool turned) {
  constexpr bool kFloatFrom = std::is_floating_point_v<From>,
                 kFloatTo = std::is_floating_point_v<To>;
  if constexpr (kFloatFrom && kFloatTo) {
    constexpr bool kF64 = sizeof(From) == 8 || sizeof(To) == 8;
    if (!turned) return cast_value<From, To>(v);
    return cast_value<double, To>(affine(kF64, static_cast<double>(v), 1, -1, 0));
  } else if constexpr (kFloatFrom) {
    const double low = static_cast<double>(std::numeric_limits<To>::min());
    const double length =
        static_cast<double>(i128{std::numeric_limits<To>::max()} - std::numeric_limits<To>::min());
    constexpr bool kF64 = sizeof(To) >= 4 || sizeof(From) == 8;
    return integer_of<To>(
        affine(kF64, static_cast<double>(v), turned ? 1 : 0, turned ? -length : length, low));
  } else {
    const i128 low = bits > 0 ? i128{0} : i128{std::numeric_limits<From>::min()};
    const i128 high = bits > 0 ? (i128{1} << bits) - 1 : i128{std::numeric_limits<From>::max()};
    const i128 in = high - low;
    i128 steps = turned ? high - v : v - low;
    if constexpr (kFloatTo) {
      constexpr bool kF64 = sizeof(From) >= 4 || sizeof(To) == 8;
      if (sizeof(From) == 8) steps = steps < 0 ? 0 : steps > in ? in : steps;
      if (kF64) return static_cast<To>(static_cast<double>(steps) / static_cast<double>(in));
      return static_cast<To>(static_cast<float>(steps) / static_cast<float>(in));
    } else {
      const i128 out = i128{std::numeric_limits<To>::max()} - std::numeric_limits<To>::min();
      steps = steps < 0 ? 0 : steps > in ? in : steps;
      // No tie: the length of the range is odd.
      using u128 = unsigned __int128;
      const auto whole =
          (static_cast<u128>(steps) * static_cast<u128>(out) + static_cast<u128>(in) / 2) /
          static_cast<u128>(in);
      return static_cast<To>(static_cast<i128>(whole) + std::numeric_limits<To>::min());
    }
  }
}

/// Band `from` as band `to`, the same share of the full range of both types.
void keep_alpha(const Picture& in, int from, Picture& out, int to) {
  const int bits = in.info.bits == out.info.bits ? 0 : in.info.bits;
  with_type(in.info.type, [&]<class From>() {
    with_type(out.info.type, [&]<class To>() {
      for (std::int64_t y = 0; y < out.height(); ++y)
        for (std::int64_t x = 0; x < out.width(); ++x) {
          const From v = in.at<From>(from, x, y);
          if constexpr (std::is_same_v<From, To>)
            out.at<To>(to, x, y) = bits == 0 ? v : cast_range<From, To>(v, bits, false);
          else
            out.at<To>(to, x, y) = cast_range<From, To>(v, bits, false);
        }
    });
  });
}
void keep_alpha(const Picture& in, Picture& out) {
  if (const int alpha = in.info.alpha_band(); alpha >= 0) keep_alpha(in, alpha, out, alpha);
}

}  // namespace

Picture linear(const Picture& in, const ImageInfo& info, std::span<const double> gain,
               std::span<const double> offset) {
  Picture out(info);
  const bool f64 = in_f64(in.info.type) || in_f64(info.type);
  each_sample(out, [&](int c, std::int64_t x, std::int64_t y) {
    if (c == info.alpha_band()) return;
    const auto k = static_cast<std::size_t>(c);
    put(out, c, x, y, affine(f64, in.get(c, x, y), 0, gain[k], offset[k]));
  });
  keep_alpha(in, out);
  keep_validity(in, out);
  return out;
}

Picture stretch(const Picture& in, const ImageInfo& info, std::span<const double> low,
                std::span<const double> high, double out_low, double out_high) {
  Picture out(info);
  const bool f64 = in_f64(in.info.type) || in_f64(info.type);
  each_sample(out, [&](int c, std::int64_t x, std::int64_t y) {
    if (c == info.alpha_band()) return;
    const auto k = static_cast<std::size_t>(c);
    const bool flat = low[k] == high[k];
    const double factor = flat ? 0 : (out_high - out_low) / (high[k] - low[k]);
    double v = affine(f64, in.get(c, x, y), flat ? 0 : low[k], factor, out_low);
    const double bottom = std::fmin(out_low, out_high), top = std::fmax(out_low, out_high);
    if (v < (f64 ? bottom : static_cast<float>(bottom))) v = bottom;
    if (v > (f64 ? top : static_cast<float>(top))) v = top;
    put(out, c, x, y, v);
  });
  keep_alpha(in, out);
  keep_validity(in, out);
  return out;
}

Picture cast(const Picture& in, const ImageInfo& info, CastScale scale) {
  Picture out(info);
  with_type(in.info.type, [&]<class From>() {
    with_type(info.type, [&]<class To>() {
      constexpr bool kWide = (std::is_integral_v<From> && sizeof(From) == 8) ||
                             (std::is_integral_v<To> && sizeof(To) == 8);
      const bool turned = in.info.white_is_zero && !kWide;
      const bool ranges =
          scale == CastScale::range && (!std::is_same_v<From, To> || in.info.bits > 0 || turned);
      each_sample(out, [&](int c, std::int64_t x, std::int64_t y) {
        const From v = in.at<From>(c, x, y);
        out.at<To>(c, x, y) =
            ranges ? cast_range<From, To>(v, in.info.bits, turned && c != in.info.alpha_band())
                   : cast_value<From, To>(v);
      });
    });
  });
  keep_validity(in, out);
  return out;
}

namespace {

template <class T>
double weighted(const double (&v)[3], double r, double g, double b) {
  const T red = static_cast<T>(v[0]) * static_cast<T>(r);
  const T green = static_cast<T>(v[1]) * static_cast<T>(g);
  const T blue = static_cast<T>(v[2]) * static_cast<T>(b);
  return static_cast<double>((red + green) + blue);
}

double luminance(const double (&v)[3], SampleType type, double full) {
  constexpr auto kSingle = math::Accuracy::single, kFull = math::Accuracy::full;
  if (type == SampleType::f64) {
    const double linear[3] = {srgb::decoded<kFull>(v[0]), srgb::decoded<kFull>(v[1]),
                              srgb::decoded<kFull>(v[2])};
    return srgb::encoded<kFull>(weighted<double>(linear, 0.2126, 0.7152, 0.0722));
  }
  double linear[3];
  for (int i = 0; i < 3; ++i)
    linear[i] = static_cast<float>(srgb::decoded<kSingle>(v[i] / full));
  const double encoded = srgb::encoded<kSingle>(weighted<float>(linear, 0.2126, 0.7152, 0.0722));
  return static_cast<float>(encoded) * static_cast<float>(full);
}

/// The sample of white.
double full_of(const ImageInfo& info) {
  if (is_float(info.type)) return 1;
  return info.bits > 0 ? std::ldexp(1, info.bits) - 1 : range_of(info.type).second;
}

}  // namespace

Picture grey(const Picture& in, const ImageInfo& info, GreyWeights weights) {
  Picture out(info);
  std::vector<int> colours, others;
  for (int c = 0; c < in.channels(); ++c) {
    const BandRole role = in.info.bands[static_cast<std::size_t>(c)].role;
    const bool colour = c != in.info.alpha_band() &&
                        (in.info.colour == Colour::multiband || role != BandRole::data);
    (colour ? colours : others).push_back(c);
  }
  const double full = full_of(in.info);
  const bool rec601 = weights == GreyWeights::rec601;
  const bool linear = weights == GreyWeights::linear && !in.info.linear_light;
  const double r = rec601 ? 0.299 : 0.2126, g = rec601 ? 0.587 : 0.7152,
               b = rec601 ? 0.114 : 0.0722;
  for (std::int64_t y = 0; y < out.height(); ++y)
    for (std::int64_t x = 0; x < out.width(); ++x) {
      if (colours.size() == 1) {
        const bool f64 = in_f64(info.type);
        if (in.info.white_is_zero)
          put(out, 0, x, y, affine(f64, in.get(colours[0], x, y), full, -1, -0.0));
        continue;
      }
      const double v[3] = {in.get(colours[0], x, y), in.get(colours[1], x, y),
                           in.get(colours[2], x, y)};
      if (linear) {
        put(out, 0, x, y, luminance(v, info.type, full));
      } else {
        put(out, 0, x, y,
            in_f64(info.type) ? weighted<double>(v, r, g, b) : weighted<float>(v, r, g, b));
      }
    }
  const auto copy = [&](int from, int to) {
    const std::size_t plane = out.index(1, 0, 0) * size_of(info.type);
    std::copy_n(
        in.samples.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(from) * plane),
        plane,
        out.samples.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(to) * plane));
  };
  if (colours.size() == 1 && !in.info.white_is_zero) copy(colours[0], 0);
  for (std::size_t i = 0; i < others.size(); ++i)
    copy(others[i], static_cast<int>(i) + 1);
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    if (c > 0) return in.valid(others[static_cast<std::size_t>(c - 1)], x, y);
    return std::all_of(colours.begin(), colours.end(),
                       [&](int band) { return in.valid(band, x, y); });
  });
  return out;
}

Picture select(const Picture& in, const ImageInfo& info, std::span<const int> bands) {
  Picture out(info);
  with_type(info.type, [&]<class T>() {
    each_sample(out, [&](int c, std::int64_t x, std::int64_t y) {
      out.at<T>(c, x, y) = in.at<T>(bands[static_cast<std::size_t>(c)], x, y);
    });
  });
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    return in.valid(bands[static_cast<std::size_t>(c)], x, y);
  });
  return out;
}

Picture stack(std::span<const Picture> in, const ImageInfo& info) {
  Picture out(info);
  out.samples.clear();
  std::vector<std::pair<const Picture*, int>> bands;
  for (const Picture& p : in) {
    out.samples.insert(out.samples.end(), p.samples.begin(), p.samples.end());
    for (int c = 0; c < p.channels(); ++c)
      bands.emplace_back(&p, c);
  }
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    const auto& [picture, band] = bands[static_cast<std::size_t>(c)];
    return picture->valid(band, x, y);
  });
  return out;
}

namespace {

using formula::Op;

template <class T>
T function(Op op, double a, double b) {
  constexpr auto kAccuracy = sizeof(T) == 4 ? math::Accuracy::single : math::Accuracy::full;
  switch (op) {
    case Op::exp:
      return static_cast<T>(math::exp<kAccuracy>(a));
    case Op::log:
      return static_cast<T>(math::log<kAccuracy>(a));
    case Op::log10:
      return static_cast<T>(math::log10<kAccuracy>(a));
    case Op::sin:
      return static_cast<T>(math::sin<kAccuracy>(a));
    case Op::cos:
      return static_cast<T>(math::cos<kAccuracy>(a));
    case Op::tan:
      return static_cast<T>(math::tan<kAccuracy>(a));
    case Op::asin:
      return static_cast<T>(math::asin<kAccuracy>(a));
    case Op::acos:
      return static_cast<T>(math::acos<kAccuracy>(a));
    case Op::atan:
      return static_cast<T>(math::atan<kAccuracy>(a));
    case Op::atan2:
      return static_cast<T>(math::atan2<kAccuracy>(a, b));
    default:
      return static_cast<T>(math::pow<kAccuracy>(a, b));
  }
}

template <class T>
T modulo(T a, T b) {
  T r = std::fabs(a) - std::fabs(b) * std::trunc(std::fabs(a) / std::fabs(b));
  if (r < 0) r += std::fabs(b);
  if (r >= std::fabs(b)) r -= std::fabs(b);
  return a < 0 ? -r : r;
}

template <class T>
T operation(const formula::Node& node, T a, T b, T c, bool constant_exponent) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const bool either = std::isnan(a) || std::isnan(b);
  switch (node.op) {
    case Op::negate:
      return -a;
    case Op::logical_not:
      return a == 0 ? T(1) : T(0);
    case Op::abs:
      return std::fabs(a);
    case Op::sqrt:
      return std::sqrt(a);
    case Op::floor:
      return std::floor(a);
    case Op::ceil:
      return std::ceil(a);
    case Op::round:
      return std::nearbyint(a);
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::modulo:
      return modulo(a, b);
    case Op::equal:
      return a == b ? T(1) : T(0);
    case Op::not_equal:
      return a == b ? T(0) : T(1);
    case Op::less:
      return a < b ? T(1) : T(0);
    case Op::less_equal:
      return a <= b ? T(1) : T(0);
    case Op::logical_and:
      return a == 0 || b == 0 ? T(0) : T(1);
    case Op::logical_or:
      return a == 0 && b == 0 ? T(0) : T(1);
    case Op::min:
      return either ? nan : b <= a ? b : a;
    case Op::max:
      return either ? nan : b >= a ? b : a;
    case Op::select:
      return a == 0 ? c : b;
    case Op::power:
      if (constant_exponent) {
        if (b == T(2)) return a * a;
        if (b == T(3)) return a * a * a;
        if (b == T(0.5)) return std::sqrt(a);
        if (b == T(-1)) return 1 / a;
      }
      return function<T>(node.op, static_cast<double>(a), static_cast<double>(b));
    default:
      return function<T>(node.op, static_cast<double>(a), static_cast<double>(b));
  }
}

template <class T>
void evaluate(const formula::Tree& tree, std::span<const Picture> in, Picture& out) {
  std::vector<T> values(tree.nodes.size());
  std::vector<bool> constant;  // nodes without a pixel in them
  for (const formula::Node& node : tree.nodes) {
    bool all = formula::arguments_of(node.op) > 0 || node.op == Op::constant;
    for (int k = 0; k < formula::arguments_of(node.op); ++k)
      all = all && constant[static_cast<std::size_t>(node.arguments[k])];
    constant.push_back(all);
  }
  const int passes = tree.per_band ? out.channels() : 1;
  for (int band = 0; band < passes; ++band)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x) {
        for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
          const formula::Node& node = tree.nodes[i];
          const auto value = [&](int k) {
            return node.arguments[k] < 0 ? T(0)
                                         : values[static_cast<std::size_t>(node.arguments[k])];
          };
          if (node.op == Op::constant) {
            values[i] = static_cast<T>(node.value);
          } else if (node.op == Op::nodata) {
            const std::vector<BandInfo>& bands = in[0].info.bands;
            values[i] = static_cast<T>(
                bands[bands.size() == 1 ? 0 : static_cast<std::size_t>(band)].nodata->as_double());
          } else if (node.op == Op::column) {
            values[i] = static_cast<T>(x);
          } else if (node.op == Op::row) {
            values[i] = static_cast<T>(y);
          } else if (node.op == Op::load) {
            values[i] = static_cast<T>(in[static_cast<std::size_t>(node.input)].get(
                node.band < 0 ? band : node.band, x, y));
          } else {
            const bool fixed =
                node.op == Op::power && constant[static_cast<std::size_t>(node.arguments[1])];
            values[i] = operation<T>(node, value(0), value(1), value(2), fixed);
          }
        }
        for (std::size_t k = 0; k < tree.results.size(); ++k)
          put(out, tree.per_band ? band : static_cast<int>(k), x, y,
              static_cast<double>(values[static_cast<std::size_t>(tree.results[k])]));
      }
}

}  // namespace

Picture expression(std::span<const Picture> in, const ImageInfo& info,
                   std::span<const std::string> formulas, std::span<const std::string> names,
                   bool f64) {
  std::vector<ImageInfo> infos;
  for (const Picture& p : in)
    infos.push_back(p.info);
  const formula::Tree tree = formula::parse(formulas, infos, names);
  Picture out(info);
  if (f64) {
    evaluate<double>(tree, in, out);
  } else {
    evaluate<float>(tree, in, out);
  }
  // Valid where all that the formula reads is.
  fill_validity(out, [&](int c, std::int64_t x, std::int64_t y) {
    const std::function<bool(int)> valid = [&](int node) {
      const formula::Node& n = tree.nodes[static_cast<std::size_t>(node)];
      if (n.op == Op::load)
        return in[static_cast<std::size_t>(n.input)].valid(n.band < 0 ? c : n.band, x, y);
      bool all = true;
      for (const int argument : n.arguments)
        all = all && (argument < 0 || valid(argument));
      return all;
    };
    return valid(tree.results[tree.results.size() == 1 ? 0 : static_cast<std::size_t>(c)]);
  });
  return out;
}

}  // namespace sluice::test::reference
