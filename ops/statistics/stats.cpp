#include "ops/statistics/stats.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "ops/statistics/exact_sum.hpp"
#include "ops/statistics/stats.kernels.hpp"
#include "ops/statistics/valid_samples.hpp"

namespace sluice {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What is known of one channel in the end.
struct Summary {
  double minimum = kNaN, maximum = kNaN;
  std::int64_t count = 0;
  LongInteger sum, squares;  ///< times 2^-unit and 2^-2unit
  int unit = 0;
  std::int64_t infinite[2] = {0, 0};  ///< samples that are +inf, -inf
};

/// Integers: a 128-bit sum, squares in 192 bits.
template <class T>
class IntegerChannel {
 public:
  void add_row(const T* row, const std::uint8_t* validity, std::int64_t width,
               std::optional<T> nodata, Isa isa) {
    if constexpr (sizeof(T) <= 2) {
      add_row_by_kernel(row, validity, width, nodata, isa);
    } else {
      each_valid(row, validity, width, nodata, [this](T v) {
        // Negative numbers wrap to the same square, modulo 2^128.
        const Int128 wide = v;
        ++count_;
        sum_ += wide;
        add_squares(static_cast<UInt128>(wide) * static_cast<UInt128>(wide));
        minimum_ = std::min(minimum_, v);
        maximum_ = std::max(maximum_, v);
      });
    }
  }

  void merge(const IntegerChannel& other) {
    count_ += other.count_;
    sum_ += other.sum_;
    add_squares(other.squares_);
    squares_carry_ += other.squares_carry_;
    minimum_ = std::min(minimum_, other.minimum_);
    maximum_ = std::max(maximum_, other.maximum_);
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
    if (count_ > 0) {
      s.minimum = static_cast<double>(minimum_);
      s.maximum = static_cast<double>(maximum_);
    }
    return s;
  }

 private:
  void add_squares(UInt128 v) {
    squares_ += v;
    squares_carry_ += squares_ < v;
  }

  void add_row_by_kernel(const T* row, const std::uint8_t* validity, std::int64_t width,
                         std::optional<T> nodata, Isa isa) {
    constexpr int kind = (sizeof(T) == 2 ? 2 : 0) + (std::is_signed_v<T> ? 1 : 0);
    constexpr int less = std::is_same_v<T, std::uint16_t> ? 32768 : 0;
    const RowOfSamples samples{reinterpret_cast<const std::byte*>(row), validity, width,
                               nodata.has_value(),
                               static_cast<std::int16_t>(nodata.value_or(0) - less)};
    RowSums sums;
    stats_kernels_for(isa).sums[kind](samples, sums);
    if (sums.count == 0) return;
    // Sum (v + less) and sum (v + less)^2 from those of v.
    const Int128 n = sums.count, s = sums.sum, q = sums.squares;
    count_ += sums.count;
    sum_ += s + less * n;
    add_squares(static_cast<UInt128>(q + 2 * less * s + Int128{less} * less * n));
    minimum_ = std::min(minimum_, static_cast<T>(sums.minimum + less));
    maximum_ = std::max(maximum_, static_cast<T>(sums.maximum + less));
  }

  std::int64_t count_ = 0;
  Int128 sum_ = 0;
  UInt128 squares_ = 0;
  std::int64_t squares_carry_ = 0;  ///< times 2^128
  T minimum_ = std::numeric_limits<T>::max();
  T maximum_ = std::numeric_limits<T>::lowest();
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
  void add_row(const T* row, const std::uint8_t* validity, std::int64_t width,
               std::optional<T> nodata, Isa) {
    constexpr std::int64_t kBlock = std::int64_t{1} << 29;
    for (std::int64_t from = 0; from < width; from += kBlock) {
      const std::int64_t part = std::min(kBlock, width - from);
      if (waiting_ + part > kBlock * 2) settle();
      waiting_ += part;
      each_valid(row + from, validity ? validity + from : nullptr, part, nodata,
                 [this](T v) { add(v); });
    }
  }

  void merge(const FloatChannel& other) {
    count_ += other.count_;
    infinite_[0] += other.infinite_[0];
    infinite_[1] += other.infinite_[1];
    sum_.merge(other.sum_);
    squares_.merge(other.squares_);
    waiting_ = 1;
    minimum_ = std::min(minimum_, other.minimum_);
    maximum_ = std::max(maximum_, other.maximum_);
  }

  Summary summary() const {
    Summary s;
    s.count = count_;
    s.sum = sum_.value();
    s.squares = squares_.value();
    s.unit = kUnit;
    s.infinite[0] = infinite_[0];
    s.infinite[1] = infinite_[1];
    if (count_ > 0) {
      s.minimum = static_cast<double>(minimum_);
      s.maximum = static_cast<double>(maximum_);
    }
    return s;
  }

  std::int64_t bytes() const { return sum_.bytes() + squares_.bytes(); }

 private:
  void add(T v) {
    ++count_;
    minimum_ = v < minimum_ ? v : minimum_;
    maximum_ = v > maximum_ ? v : maximum_;
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
  T minimum_ = std::numeric_limits<T>::infinity();
  T maximum_ = -std::numeric_limits<T>::infinity();
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
    for (const BandInfo& band : info.bands)
      nodata_.push_back(nodata_sample<T>(band));
  }
  void add(const TileView& tile, Isa isa) override {
    for (std::size_t c = 0; c < channels_.size(); ++c)
      for (std::int64_t y = 0; y < tile.rect.height; ++y)
        channels_[c].add_row(tile.row<const T>(static_cast<int>(c), y),
                             tile.validity ? tile.validity_row(y) : nullptr, tile.rect.width,
                             nodata_[c], isa);
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

struct Numbers6 {
  double minimum, maximum, mean, deviation, sum, count;
};

Numbers6 evaluate(const Summary& s) {
  const double n = static_cast<double>(s.count);
  if (s.count == 0) return {kNaN, kNaN, kNaN, kNaN, 0, 0};
  if (s.infinite[0] > 0 || s.infinite[1] > 0) {
    const double infinity = std::numeric_limits<double>::infinity();
    const double sum = s.infinite[1] == 0 ? infinity : s.infinite[0] == 0 ? -infinity : kNaN;
    return {s.minimum, s.maximum, sum, kNaN, sum, n};
  }
  const Scaled sum = s.sum.rounded();
  const Scaled spread = (LongInteger(Int128{s.count}) * s.squares - s.sum * s.sum).rounded();
  // The root of an odd power of two takes one into the mantissa.
  const bool odd = spread.exponent % 2 != 0;
  const double root = std::sqrt(odd ? spread.mantissa * 2 : spread.mantissa);
  return {s.minimum,
          s.maximum,
          std::ldexp(sum.mantissa / n, sum.exponent - s.unit),
          std::ldexp(root / n, (spread.exponent - (odd ? 1 : 0)) / 2 - s.unit),
          std::ldexp(sum.mantissa, sum.exponent - s.unit),
          n};
}

class Stats final : public Reduction {
 public:
  explicit Stats(const ImageInfo& info) : info_(info) {}

  ReductionValues shape() const override {
    ReductionValues values;
    for (const char* name : {"min", "max", "mean", "deviation", "sum", "count"})
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
      const Numbers6 n = evaluate(static_cast<const Gathered&>(all).summary(c));
      const double numbers[] = {n.minimum, n.maximum, n.mean, n.deviation, n.sum, n.count};
      for (std::size_t i = 0; i < std::size(numbers); ++i)
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
      "Smallest and largest value, mean, deviation (of the population), sum and count of the valid "
      "samples of each channel over the whole image: s.min, s.max, s.mean, s.deviation, s.sum, "
      "s.count. Nodata, NaN and invalid pixels are left out. Exact sums, so the result depends on "
      "no order. All sample types.",
      inputs(1), {},
      [](std::span<const Image> in, const StatsOptions& o) { return stats(in[0], o); });
}

}  // namespace sluice
