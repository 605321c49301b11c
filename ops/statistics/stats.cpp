#include "ops/statistics/stats.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "engine/declare_step.hpp"
#include "ops/statistics/exact_sum.hpp"
#include "ops/statistics/stats.kernels.hpp"
#include "ops/statistics/valid_samples.hpp"

namespace sluice {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The samples of one channel of a tile, some of which count.
template <class T>
struct Samples {
  const TileView& tile;
  int channel;
  std::optional<T> nodata;

  const T* row(std::int64_t y) const { return tile.row<const T>(channel, y); }
  const std::uint8_t* validity(std::int64_t y) const {
    return tile.validity ? tile.validity_row(channel, y) : nullptr;
  }
  /// The column of the first sample that is `v` and counts, v being no nodata; -1: none.
  std::int64_t find(std::int64_t y, T v) const {
    const std::int64_t width = tile.rect.width;
    const T* const samples = row(y);
    const std::uint8_t* const valid = validity(y);
    if (sizeof(T) == 1 && !valid) {
      const void* at =
          std::memchr(samples, static_cast<std::uint8_t>(v), static_cast<std::size_t>(width));
      return at ? static_cast<const T*>(at) - samples : -1;
    }
    for (std::int64_t x = 0; x < width; ++x)
      if (samples[x] == v && (!valid || valid[x] >= 128)) return x;
    return -1;
  }
};

/// The smallest sample (Before: std::less) or the largest, and where it lies first, row by row.
template <class T, class Before>
class Extreme {
 public:
  /// Takes the most extreme sample of a tile's channel.
  void take(const Samples<T>& samples, T v) {
    if (found_ && Before()(value_, v)) return;
    const Rect& rect = samples.tile.rect;
    const bool equal = found_ && v == value_;
    for (std::int64_t y = 0; y < rect.height && !(equal && rect.y + y > y_); ++y) {
      const std::int64_t x = samples.find(y, v);
      if (x < 0) continue;
      if (!equal || rect.y + y < y_ || rect.x + x < x_)
        *this = Extreme(samples.row(y)[x], rect.x + x, rect.y + y);
      return;
    }
  }
  void merge(const Extreme& other) {
    if (!other.found_ || (found_ && Before()(value_, other.value_))) return;
    const bool equal = found_ && value_ == other.value_;
    if (equal && (y_ < other.y_ || (y_ == other.y_ && x_ <= other.x_))) return;
    *this = other;
  }
  double value() const { return found_ ? static_cast<double>(value_) : kNaN; }
  double x() const { return found_ ? static_cast<double>(x_) : kNaN; }
  double y() const { return found_ ? static_cast<double>(y_) : kNaN; }

  Extreme() = default;

 private:
  Extreme(T value, std::int64_t x, std::int64_t y) : value_(value), x_(x), y_(y), found_(true) {}
  T value_{};
  std::int64_t x_ = 0, y_ = 0;
  bool found_ = false;
};

template <class T>
struct Extremes {
  Extreme<T, std::less<T>> minimum;
  Extreme<T, std::greater<T>> maximum;
  void take(const Samples<T>& samples, T low, T high) {
    minimum.take(samples, low);
    maximum.take(samples, high);
  }
  void merge(const Extremes& other) {
    minimum.merge(other.minimum);
    maximum.merge(other.maximum);
  }
};

/// What is known of one channel in the end.
struct Summary {
  double minimum[3] = {kNaN, kNaN, kNaN};  ///< and its place, x and y
  double maximum[3] = {kNaN, kNaN, kNaN};
  std::int64_t count = 0;

  template <class T>
  void set(const Extremes<T>& e) {
    const double low[] = {e.minimum.value(), e.minimum.x(), e.minimum.y()};
    const double high[] = {e.maximum.value(), e.maximum.x(), e.maximum.y()};
    std::copy_n(low, 3, minimum);
    std::copy_n(high, 3, maximum);
  }
  LongInteger sum, squares;  ///< times 2^-unit and 2^-2unit
  int unit = 0;
  std::int64_t infinite[2] = {0, 0};  ///< samples that are +inf, -inf
};

/// Integers: a 128-bit sum, squares in 192 bits.
template <class T>
class IntegerChannel {
 public:
  void add(const Samples<T>& samples, Isa isa) {
    if constexpr (sizeof(T) <= 2)
      add_by_kernel(samples, isa);
    else
      add_one_by_one(samples);
  }

  void merge(const IntegerChannel& other) {
    count_ += other.count_;
    sum_ += other.sum_;
    add_squares(other.squares_);
    squares_carry_ += other.squares_carry_;
    extremes_.merge(other.extremes_);
  }

  Summary summary() const {
    Summary s;
    s.count = count_;
    s.sum = LongInteger(sum_);
    std::vector<std::int64_t> digits;
    for (int i = 0; i < 128; i += 32)
      digits.push_back(static_cast<std::uint32_t>(squares_ >> i));
    digits.push_back(squares_carry_);
    s.squares = LongInteger(digits);
    s.set(extremes_);
    return s;
  }

 private:
  void add_squares(UInt128 v) {
    squares_ += v;
    squares_carry_ += squares_ < v;
  }

  void add_one_by_one(const Samples<T>& samples) {
    const Rect& rect = samples.tile.rect;
    T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
    const std::int64_t before = count_;
    for (std::int64_t y = 0; y < rect.height; ++y)
      each_valid(samples.row(y), samples.validity(y), rect.width, samples.nodata, [&](T v) {
        // Negative numbers wrap to the same square, modulo 2^128.
        const Int128 wide = v;
        ++count_;
        sum_ += wide;
        add_squares(static_cast<UInt128>(wide) * static_cast<UInt128>(wide));
        low = std::min(low, v);
        high = std::max(high, v);
      });
    if (count_ > before) extremes_.take(samples, low, high);
  }

  void add_by_kernel(const Samples<T>& samples, Isa isa) {
    constexpr int kind = (sizeof(T) == 2 ? 2 : 0) + (std::is_signed_v<T> ? 1 : 0);
    constexpr int less = std::is_same_v<T, std::uint16_t> ? 32768 : 0;
    const TileView& tile = samples.tile;
    T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
    const std::int64_t before = count_;
    const std::int64_t rows = std::max<std::int64_t>(1, kPlaneSamples / tile.rect.width);
    for (std::int64_t y = 0; y < tile.rect.height; y += rows) {
      const PlaneOfSamples plane{reinterpret_cast<const std::byte*>(samples.row(y)),
                                 tile.row_stride,
                                 samples.validity(y),
                                 tile.validity_stride,
                                 tile.rect.width,
                                 std::min(rows, tile.rect.height - y),
                                 samples.nodata.has_value(),
                                 static_cast<std::int16_t>(samples.nodata.value_or(0) - less)};
      PlaneSums sums;
      stats_kernels_for(isa).sums[kind](plane, sums);
      if (sums.count == 0) continue;
      // Sum (v + less) and sum (v + less)^2 from those of v.
      const Int128 n = sums.count, s = sums.sum, q = sums.squares;
      count_ += sums.count;
      sum_ += s + less * n;
      add_squares(static_cast<UInt128>(q + 2 * less * s + Int128{less} * less * n));
      low = std::min(low, static_cast<T>(sums.minimum + less));
      high = std::max(high, static_cast<T>(sums.maximum + less));
    }
    if (count_ > before) extremes_.take(samples, low, high);
  }

  std::int64_t count_ = 0;
  Int128 sum_ = 0;
  UInt128 squares_ = 0;
  std::int64_t squares_carry_ = 0;  ///< times 2^128
  Extremes<T> extremes_;
};

/// Floats: sums in fixed point. A sample is mantissa * 2^(position - unit).
template <class T>
class FloatChannel {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr int kMantissa = std::numeric_limits<T>::digits;  // with the leading one
  static constexpr int kExponents =
      (1 << (sizeof(T) * 8 - static_cast<std::size_t>(kMantissa))) - 1;
  static constexpr int kUnit = kExponents / 2 + kMantissa - 2;  // 149 or 1074
  static constexpr int kHighest = kExponents - 2;

 public:
  void add(const Samples<T>& samples, Isa) {
    constexpr std::int64_t kBlock = std::int64_t{1} << 29;
    const Rect& rect = samples.tile.rect;
    T low = std::numeric_limits<T>::infinity(), high = -low;
    const std::int64_t before = count_;
    for (std::int64_t y = 0; y < rect.height; ++y) {
      const std::uint8_t* const validity = samples.validity(y);
      for (std::int64_t from = 0; from < rect.width; from += kBlock) {
        const std::int64_t part = std::min(kBlock, rect.width - from);
        if (waiting_ + part > kBlock * 2) settle();
        waiting_ += part;
        each_valid(samples.row(y) + from, validity ? validity + from : nullptr, part,
                   samples.nodata, [&](T v) {
                     low = v < low ? v : low;
                     high = v > high ? v : high;
                     add(v);
                   });
      }
    }
    if (count_ > before) extremes_.take(samples, low, high);
  }

  void merge(const FloatChannel& other) {
    count_ += other.count_;
    infinite_[0] += other.infinite_[0];
    infinite_[1] += other.infinite_[1];
    sum_.merge(other.sum_);
    squares_.merge(other.squares_);
    waiting_ = 1;
    extremes_.merge(other.extremes_);
  }

  Summary summary() const {
    Summary s;
    s.count = count_;
    s.sum = sum_.value();
    s.squares = squares_.value();
    s.unit = kUnit;
    s.infinite[0] = infinite_[0];
    s.infinite[1] = infinite_[1];
    s.set(extremes_);
    return s;
  }

  std::int64_t bytes() const { return sum_.bytes() + squares_.bytes(); }

 private:
  void add(T v) {
    ++count_;
    const Bits bits = std::bit_cast<Bits>(v);
    const bool negative = bits >> (sizeof(T) * 8 - 1);
    const int exponent = static_cast<int>(bits >> (kMantissa - 1)) & kExponents;
    if (exponent == kExponents) {
      ++infinite_[negative];
      return;
    }
    std::uint64_t mantissa = bits & ((Bits{1} << (kMantissa - 1)) - 1);
    int position = 0;
    if (exponent > 0) {
      mantissa |= std::uint64_t{1} << (kMantissa - 1);
      position = exponent - 1;
    }
    sum_.template add<kMantissa>(mantissa, position, negative);
    squares_.template add<2 * kMantissa>(UInt128{mantissa} * mantissa, 2 * position, false);
  }

  void settle() {
    sum_.settle();
    squares_.settle();
    waiting_ = 1;  // what settling leaves counts as one addition
  }

  std::int64_t count_ = 0, waiting_ = 0;
  std::int64_t infinite_[2] = {0, 0};
  ExactSum sum_{kMantissa, kHighest}, squares_{2 * kMantissa, 2 * kHighest};
  Extremes<T> extremes_;
};

template <class T>
using Channel = std::conditional_t<std::is_floating_point_v<T>, FloatChannel<T>, IntegerChannel<T>>;

class Gathered : public Accumulator {
 public:
  virtual Summary summary(std::size_t channel) const = 0;
};

template <class T>
class GatheredOf final : public Gathered {
 public:
  explicit GatheredOf(const ImageInfo& info) : channels_(info.bands.size()) {
    for (std::size_t c = 0; c < info.bands.size(); ++c)
      nodata_.push_back(nodata_sample<T>(info, c));
  }
  void add(const TileView& tile, Isa isa) override {
    for (std::size_t c = 0; c < channels_.size(); ++c)
      channels_[c].add({tile, static_cast<int>(c), nodata_[c]}, isa);
  }
  void merge(const Accumulator& other) override {
    const auto& from = static_cast<const GatheredOf&>(other);
    for (std::size_t c = 0; c < channels_.size(); ++c)
      channels_[c].merge(from.channels_[c]);
  }
  Summary summary(std::size_t channel) const override { return channels_[channel].summary(); }

 private:
  std::vector<Channel<T>> channels_;
  std::vector<std::optional<T>> nodata_;
};

/// Names of the arrays, and the numbers of a channel in that order.
constexpr const char* kNames[] = {"min",   "max",   "mean",  "deviation", "sum",  "squares",
                                  "count", "min_x", "min_y", "max_x",     "max_y"};
using Numbers = std::array<double, std::size(kNames)>;

struct Sums {
  double mean, deviation, sum, squares;
};

Sums evaluate_sums(const Summary& s) {
  const double n = static_cast<double>(s.count);
  if (s.count == 0) return {kNaN, kNaN, 0, 0};
  if (s.infinite[0] > 0 || s.infinite[1] > 0) {
    const double infinity = std::numeric_limits<double>::infinity();
    const double sum = s.infinite[1] == 0 ? infinity : s.infinite[0] == 0 ? -infinity : kNaN;
    return {sum, kNaN, sum, infinity};
  }
  const Scaled sum = s.sum.rounded(), squares = s.squares.rounded();
  const Scaled spread = (LongInteger(Int128{s.count}) * s.squares - s.sum * s.sum).rounded();
  // The root of an odd power of two takes one into the mantissa.
  const bool odd = spread.exponent % 2 != 0;
  const double root = std::sqrt(odd ? spread.mantissa * 2 : spread.mantissa);
  return {std::ldexp(sum.mantissa / n, sum.exponent - s.unit),
          std::ldexp(root / n, (spread.exponent - (odd ? 1 : 0)) / 2 - s.unit),
          std::ldexp(sum.mantissa, sum.exponent - s.unit),
          std::ldexp(squares.mantissa, squares.exponent - 2 * s.unit)};
}

Numbers evaluate(const Summary& s) {
  const Sums sums = evaluate_sums(s);
  return {s.minimum[0],
          s.maximum[0],
          sums.mean,
          sums.deviation,
          sums.sum,
          sums.squares,
          static_cast<double>(s.count),
          s.minimum[1],
          s.minimum[2],
          s.maximum[1],
          s.maximum[2]};
}

class Stats final : public Reduction {
 public:
  explicit Stats(const ImageInfo& info) : info_(info) {}

  ReductionValues shape() const override {
    ReductionValues values;
    for (const char* name : kNames)
      values.arrays.push_back({name, {{}}});
    return values;
  }
  std::unique_ptr<Accumulator> start() const override {
    return with_type(info_.type, [&]<class T>() -> std::unique_ptr<Accumulator> {
      return std::make_unique<GatheredOf<T>>(info_);
    });
  }
  ReductionValues finish(const Accumulator& all) const override {
    ReductionValues values = shape();
    for (std::size_t c = 0; c < info_.bands.size(); ++c) {
      const Numbers numbers = evaluate(static_cast<const Gathered&>(all).summary(c));
      for (std::size_t i = 0; i < numbers.size(); ++i)
        values.arrays[i].second[0].push_back(numbers[i]);
    }
    return values;
  }
  std::int64_t accumulator_bytes() const override {
    return with_type(info_.type, [&]<class T>() {
      std::int64_t each = sizeof(Channel<T>) + sizeof(std::optional<T>);
      if constexpr (std::is_floating_point_v<T>) each += FloatChannel<T>().bytes();
      return static_cast<std::int64_t>(sizeof(GatheredOf<T>)) + each * info_.channels();
    });
  }

 private:
  ImageInfo info_;
};

}  // namespace

Result stats(const Image& image, const StatsOptions&) {
  return add_reduction("stats", image, std::make_shared<Stats>(image.info()));
}

StepSpec stats_step() {
  return make_step<StatsOptions>(
      "stats", "statistics",
      "Smallest and largest value, mean, deviation (of the population), sum, sum of squares and "
      "count of the valid samples of each channel over the whole image, and where the smallest and "
      "the largest lie first, row by row: s.min, s.max, s.mean, s.deviation, s.sum, s.squares, "
      "s.count, s.min_x, s.min_y, s.max_x, s.max_y. NaN and pixels without a value (each "
      "band by its own validity; where the image has none, samples equal to nodata) are left out. "
      "Exact sums, so the result depends on "
      "no order. All sample types.",
      inputs(1), {},
      [](std::span<const Image> in, const StatsOptions& o) { return stats(in[0], o); });
}

}  // namespace sluice
