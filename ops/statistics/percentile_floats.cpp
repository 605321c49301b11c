// Percentiles of floats, in two rounds: the range of the samples, then a histogram over it.
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "ops/statistics/percentile_places.hpp"
#include "ops/statistics/percentile_rounds.hpp"
#include "ops/statistics/valid_samples.hpp"

namespace sluice {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Twice as wide as the promised error, and one more, so that rounding stays within it.
constexpr std::size_t kBins = (std::size_t{1} << 19) + 1;

/// The samples of one channel that count: how many are finite, and between what they lie.
struct FloatRange {
  double minimum = kInfinity, maximum = -kInfinity;
  std::uint64_t finite = 0, below = 0, above = 0;  ///< below and above: the infinite ones

  std::uint64_t count() const { return below + finite + above; }
};

constexpr std::array<const char*, 5> kHandedOn = {"minimum", "maximum", "finite", "below", "above"};

/// Calls finite(sample) or infinite(sample) for the samples of a row that count; 0 has no sign, so
/// that nothing depends on which zero came first.
template <class T, class Finite, class Infinite>
void each_float(const T* row, const std::uint8_t* validity, std::int64_t width,
                std::optional<T> nodata, const Finite& finite, const Infinite& infinite) {
  each_valid(row, validity, width, nodata, [&](T v) {
    if (std::isfinite(v))
      finite(v + T{0});
    else
      infinite(v);
  });
}

template <class T>
std::vector<std::optional<T>> nodata_of(const ImageInfo& info) {
  std::vector<std::optional<T>> all;
  for (std::size_t c = 0; c < info.bands.size(); ++c)
    all.push_back(nodata_sample<T>(info, c));
  return all;
}

// --- the first round -----------------------------------------------------------------------------

class Ranges : public Accumulator {
 public:
  virtual const FloatRange& range(std::size_t channel) const = 0;
};

template <class T>
class RangesOf final : public Ranges {
 public:
  explicit RangesOf(const ImageInfo& info)
      : nodata_(nodata_of<T>(info)), ranges_(info.bands.size()) {}

  void add(const TileView& tile, Isa) override {
    for (int c = 0; c < tile.channels; ++c)
      for (std::int64_t y = 0; y < tile.rect.height; ++y)
        add_row(static_cast<std::size_t>(c), tile.row<const T>(c, y),
                tile.validity ? tile.validity_row(c, y) : nullptr, tile.rect.width);
  }
  void merge(const Accumulator& other) override {
    for (std::size_t c = 0; c < ranges_.size(); ++c) {
      const FloatRange& from = static_cast<const RangesOf&>(other).ranges_[c];
      FloatRange& to = ranges_[c];
      to.minimum = std::min(to.minimum, from.minimum);
      to.maximum = std::max(to.maximum, from.maximum);
      to.finite += from.finite;
      to.below += from.below;
      to.above += from.above;
    }
  }
  const FloatRange& range(std::size_t channel) const override { return ranges_[channel]; }

 private:
  void add_row(std::size_t c, const T* row, const std::uint8_t* validity, std::int64_t width) {
    T low = std::numeric_limits<T>::infinity(), high = -low;
    std::uint64_t finite = 0, below = 0, above = 0;
    each_float(
        row, validity, width, nodata_[c],
        [&](T v) {
          ++finite;
          low = v < low ? v : low;
          high = v > high ? v : high;
        },
        [&](T v) { ++(v < 0 ? below : above); });
    FloatRange& range = ranges_[c];
    range.minimum = std::min(range.minimum, static_cast<double>(low));
    range.maximum = std::max(range.maximum, static_cast<double>(high));
    range.finite += finite;
    range.below += below;
    range.above += above;
  }

  std::vector<std::optional<T>> nodata_;
  std::vector<FloatRange> ranges_;
};

class RangeReduction final : public Reduction {
 public:
  explicit RangeReduction(const ImageInfo& info) : info_(info) {}

  ReductionValues shape() const override {
    ReductionValues values;
    for (const char* name : kHandedOn)
      values.arrays.push_back({name, {{}}});
    return values;
  }
  std::unique_ptr<Accumulator> start() const override {
    if (info_.type == SampleType::f32) return std::make_unique<RangesOf<float>>(info_);
    return std::make_unique<RangesOf<double>>(info_);
  }
  ReductionValues finish(const Accumulator& all) const override {
    ReductionValues values = shape();
    for (std::size_t c = 0; c < info_.bands.size(); ++c) {
      const FloatRange& range = static_cast<const Ranges&>(all).range(c);
      const bool any = range.finite > 0;
      // Numbers of samples are exact up to 2^53.
      const double numbers[] = {any ? range.minimum : 0, any ? range.maximum : 0,
                                static_cast<double>(range.finite), static_cast<double>(range.below),
                                static_cast<double>(range.above)};
      for (std::size_t i = 0; i < kHandedOn.size(); ++i)
        values.arrays[i].second[0].push_back(numbers[i]);
    }
    return values;
  }
  std::int64_t accumulator_bytes() const override {
    return static_cast<std::int64_t>(sizeof(FloatRange) + sizeof(std::optional<double>)) *
               info_.channels() +
           static_cast<std::int64_t>(sizeof(RangesOf<double>));
  }
  std::string purpose() const override { return "round 1 of 2 (smallest and largest)"; }

 private:
  ImageInfo info_;
};

// --- the second round ----------------------------------------------------------------------------

class FloatCounts : public Accumulator {
 public:
  virtual std::vector<double> percentiles(std::size_t channel,
                                          const std::vector<double>& at) const = 0;
};

template <class T>
class FloatCountsOf final : public FloatCounts {
  struct Bin {
    std::uint64_t count = 0;
    T low = std::numeric_limits<T>::infinity();
    T high = -std::numeric_limits<T>::infinity();
  };

 public:
  FloatCountsOf(const ImageInfo& info, std::vector<FloatRange> ranges)
      : nodata_(nodata_of<T>(info)),
        ranges_(std::move(ranges)),
        bins_(info.bands.size(), std::vector<Bin>(kBins)) {}

  static std::int64_t bytes(int channels) {
    return static_cast<std::int64_t>(kBins * sizeof(Bin) + sizeof(std::vector<Bin>) +
                                     sizeof(FloatRange) + sizeof(std::optional<T>)) *
               channels +
           static_cast<std::int64_t>(sizeof(FloatCountsOf));
  }

  void add(const TileView& tile, Isa) override {
    for (int c = 0; c < tile.channels; ++c)
      for (std::int64_t y = 0; y < tile.rect.height; ++y)
        add_row(static_cast<std::size_t>(c), tile.row<const T>(c, y),
                tile.validity ? tile.validity_row(c, y) : nullptr, tile.rect.width);
  }

  void merge(const Accumulator& other) override {
    const auto& from = static_cast<const FloatCountsOf&>(other);
    for (std::size_t c = 0; c < bins_.size(); ++c)
      for (std::size_t i = 0; i < kBins; ++i) {
        Bin& bin = bins_[c][i];
        const Bin& more = from.bins_[c][i];
        bin.count += more.count;
        bin.low = std::min(bin.low, more.low);
        bin.high = std::max(bin.high, more.high);
      }
  }

  std::vector<double> percentiles(std::size_t c, const std::vector<double>& at) const override {
    const FloatRange& range = ranges_[c];
    const std::vector<Bin>& bins = bins_[c];
    BinWalk walk(kBins, [&](std::size_t bin) { return bins[bin].count; });
    const auto sorted = [&](std::uint64_t k) {
      if (k < range.below) return -kInfinity;
      k -= range.below;
      if (k >= range.finite) return kInfinity;
      walk.to(k);
      const Bin& bin = bins[walk.bin()];
      const double low = static_cast<double>(bin.low), high = static_cast<double>(bin.high);
      return k == walk.below()                   ? low
             : k - walk.below() + 1 >= bin.count ? high
                                                 : std::midpoint(low, high);
    };
    std::vector<double> all;
    for (const double percent : at) {
      const SortedPlace place = place_of(percent, range.count());
      const double a = range.count() == 0 ? kNaN : sorted(place.k);
      const double b = place.part > 0 ? sorted(place.k + 1) : a;
      all.push_back(between(a, b, b - a, place.part));
    }
    return all;
  }

 private:
  void add_row(std::size_t c, const T* row, const std::uint8_t* validity, std::int64_t width) {
    const FloatRange& range = ranges_[c];
    // Two ends of opposite sign may be further apart than a number can say.
    const double scale = std::isfinite(range.maximum - range.minimum) ? 1 : 0.5;
    const double first = range.minimum * scale;
    const double whole = range.maximum * scale - first, size = whole > 0 ? whole : 1;
    constexpr double kLast = static_cast<double>(kBins - 1);
    Bin* const bins = bins_[c].data();
    each_float(
        row, validity, width, nodata_[c],
        [&](T v) {
          const double at = (static_cast<double>(v) * scale - first) / size * kBins;
          // Within the bins also where the file has changed since the first round.
          Bin& bin = bins[static_cast<std::size_t>(std::min(std::max(at, 0.0), kLast))];
          ++bin.count;
          bin.low = v < bin.low ? v : bin.low;
          bin.high = v > bin.high ? v : bin.high;
        },
        [](T) {});
  }

  std::vector<std::optional<T>> nodata_;
  std::vector<FloatRange> ranges_;
  std::vector<std::vector<Bin>> bins_;
};

class FloatReduction final : public Reduction {
 public:
  FloatReduction(const ImageInfo& info, std::vector<double> at, std::vector<FloatRange> ranges)
      : info_(info), at_(std::move(at)), ranges_(std::move(ranges)) {}

  ReductionValues shape() const override { return percentile_shape(at_); }
  std::unique_ptr<Accumulator> start() const override {
    if (info_.type == SampleType::f32)
      return std::make_unique<FloatCountsOf<float>>(info_, ranges_);
    return std::make_unique<FloatCountsOf<double>>(info_, ranges_);
  }
  ReductionValues finish(const Accumulator& all) const override {
    ReductionValues values = shape();
    for (std::size_t c = 0; c < info_.bands.size(); ++c) {
      const std::vector<double> found = static_cast<const FloatCounts&>(all).percentiles(c, at_);
      for (std::size_t i = 0; i < found.size(); ++i)
        values.arrays[0].second[i].push_back(found[i]);
    }
    return values;
  }
  std::int64_t accumulator_bytes() const override {
    return info_.type == SampleType::f32 ? FloatCountsOf<float>::bytes(info_.channels())
                                         : FloatCountsOf<double>::bytes(info_.channels());
  }
  std::string purpose() const override { return "round 2 of 2 (counts between these)"; }

 private:
  ImageInfo info_;
  std::vector<double> at_;
  std::vector<FloatRange> ranges_;  ///< by channel
};

std::vector<FloatRange> ranges_from(const LateValues& late, const std::vector<Numbers>& numbers,
                                    int channels) {
  const auto of = [&](std::size_t i) { return late.resolve(numbers[i], channels, kHandedOn[i]); };
  const std::vector<double> minimum = of(0), maximum = of(1), finite = of(2), below = of(3),
                            above = of(4);
  std::vector<FloatRange> ranges;
  for (std::size_t c = 0; c < minimum.size(); ++c)
    ranges.push_back({minimum[c], maximum[c], static_cast<std::uint64_t>(finite[c]),
                      static_cast<std::uint64_t>(below[c]), static_cast<std::uint64_t>(above[c])});
  return ranges;
}

}  // namespace

Result percentile_of_floats(const Image& image, const std::vector<double>& at) {
  const ImageInfo info = image.info();  // a copy: the graph grows
  const Result before = add_reduction("percentile", image, std::make_shared<RangeReduction>(info));
  image.graph().node(before.node()).inner = true;
  std::vector<Numbers> numbers;
  for (const char* name : kHandedOn)
    numbers.push_back(before.value(name));
  return add_reduction("percentile", image, pointers_to(numbers),
                       [info, at, numbers](const LateValues& known) {
                         return std::make_shared<FloatReduction>(
                             info, at, ranges_from(known, numbers, info.channels()));
                       });
}

}  // namespace sluice
