#include "ops/statistics/percentile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/declare_step.hpp"
#include "ops/statistics/valid_samples.hpp"

namespace sluice {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Bins of an order-preserving key, and the sample value a bin stands for.
template <class T>
struct Bins {
  static constexpr bool kExact = sizeof(T) <= 2;
  static constexpr int kDropped = 12;  ///< low bits of the f32 that the key leaves out
  static constexpr std::size_t kCount =
      kExact ? std::size_t{1} << (8 * (kExact ? sizeof(T) : 1)) : std::size_t{1} << (32 - kDropped);

  static std::size_t key(T v) {
    if constexpr (kExact) {
      return static_cast<std::size_t>(int{v} - int{std::numeric_limits<T>::lowest()});
    } else {
      // Adding 0 turns -0 into 0. Negative floats order downwards by their bits.
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(v) + 0.0f);
      const std::uint32_t ordered = bits >> 31 ? ~bits : bits | 0x80000000u;
      return ordered >> kDropped;
    }
  }

  static double value(std::size_t key) {
    if constexpr (kExact) {
      return static_cast<double>(key) + static_cast<double>(std::numeric_limits<T>::lowest());
    } else {
      const auto first = static_cast<std::uint32_t>(key << kDropped);
      const std::uint32_t last = first | ((1u << kDropped) - 1);
      const double low = as_float(first), high = as_float(last);
      if (!std::isfinite(low) || !std::isfinite(high))
        return low + high > 0 ? std::numeric_limits<double>::infinity()
                              : -std::numeric_limits<double>::infinity();
      const double middle = (low + high) / 2;
      // Of integers the middle one; where a bin holds one alone, that one.
      if constexpr (std::is_integral_v<T>)
        return middle < 0 ? std::ceil(middle) : std::floor(middle);
      return middle;
    }
  }

 private:
  static double as_float(std::uint32_t ordered) {
    const std::uint32_t bits = ordered >> 31 ? ordered & 0x7fffffffu : ~ordered;
    // NaN patterns beside infinity's bin mean infinity.
    if ((bits & 0x7fffffffu) > 0x7f800000u)
      return bits >> 31 ? -std::numeric_limits<double>::infinity()
                        : std::numeric_limits<double>::infinity();
    return static_cast<double>(std::bit_cast<float>(bits));
  }
};

class Histograms : public Accumulator {
 public:
  virtual double percentile(std::size_t channel, double percent) const = 0;
};

template <class T>
class HistogramsOf final : public Histograms {
 public:
  explicit HistogramsOf(const ImageInfo& info) : channels_(info.bands.size()) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      channels_[c].bins.assign(Bins<T>::kCount, 0);
      channels_[c].nodata = nodata_sample<T>(info.bands[c]);
    }
  }

  void add(const TileView& tile, Isa) override {
    for (int c = 0; c < tile.channels; ++c) {
      Channel& channel = channels_[static_cast<std::size_t>(c)];
      if constexpr (sizeof(T) == 1)
        add_bytes(channel, tile, c);
      else
        for (std::int64_t y = 0; y < tile.rect.height; ++y)
          add_row(channel, tile.row<const T>(c, y), tile.validity ? tile.validity_row(y) : nullptr,
                  tile.rect.width);
    }
  }

  void merge(const Accumulator& other) override {
    const auto& from = static_cast<const HistogramsOf&>(other);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      for (std::size_t i = 0; i < Bins<T>::kCount; ++i)
        channels_[c].bins[i] += from.channels_[c].bins[i];
      channels_[c].minimum = std::min(channels_[c].minimum, from.channels_[c].minimum);
      channels_[c].maximum = std::max(channels_[c].maximum, from.channels_[c].maximum);
    }
  }

  double percentile(std::size_t channel, double percent) const override {
    const Channel& c = channels_[channel];
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < Bins<T>::kCount; ++i)
      count += counted(c, i);
    if (count == 0) return kNaN;
    const double last = static_cast<double>(count - 1);
    const double h = last * (percent / 100);
    const double whole = std::min(std::floor(h), last), part = h - whole;
    const auto k = std::min(static_cast<std::uint64_t>(whole), count - 1);
    const double a = sorted(c, k, count), b = sorted(c, std::min(k + 1, count - 1), count);
    if (part == 0 || a == b) return a;  // infinities too
    // From the nearer end, so that the result never passes b.
    return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
  }

 private:
  struct Channel {
    std::vector<std::uint64_t> bins;
    std::optional<T> nodata;
    // Of the types whose bins are not exact.
    using Limits = std::numeric_limits<T>;
    T minimum = Limits::has_infinity ? Limits::infinity() : Limits::max();
    T maximum = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  };

  /// Samples in a bin. Where a bin is one value, nodata is left out here, not when counting.
  static std::uint64_t counted(const Channel& c, std::size_t bin) {
    if (Bins<T>::kExact && c.nodata && Bins<T>::key(*c.nodata) == bin) return 0;
    return c.bins[bin];
  }

  /// The sample at place k of `count` in ascending order.
  static double sorted(const Channel& c, std::uint64_t k, std::uint64_t count) {
    if (!Bins<T>::kExact && k == 0) return static_cast<double>(c.minimum);
    if (!Bins<T>::kExact && k == count - 1) return static_cast<double>(c.maximum);
    std::size_t bin = 0;
    for (std::uint64_t below = counted(c, 0); below <= k; below += counted(c, bin))
      ++bin;
    const double value = Bins<T>::value(bin);
    if (Bins<T>::kExact) return value;
    return std::clamp(value, static_cast<double>(c.minimum), static_cast<double>(c.maximum));
  }

  /// Four histograms in turn: equal neighbours, which are common, do not wait for each other.
  static void add_bytes(Channel& channel, const TileView& tile, int c) {
    constexpr std::int64_t kMost = std::int64_t{1} << 31;  // samples before a bin is full
    const std::int64_t width = tile.rect.width;
    std::uint32_t bins[4][256] = {};
    std::int64_t waiting = 0;
    for (std::int64_t y = 0; y < tile.rect.height; ++y) {
      for (std::int64_t from = 0; from < width; from += kMost) {
        const std::int64_t end = std::min(width, from + kMost);
        if (waiting + end - from > kMost) {
          settle(channel, bins);
          waiting = 0;
        }
        waiting += end - from;
        count_bytes(bins, tile.row<const T>(c, y) + from,
                    tile.validity ? tile.validity_row(y) + from : nullptr, end - from);
      }
    }
    settle(channel, bins);
  }

  static void count_bytes(std::uint32_t (&bins)[4][256], const T* row, const std::uint8_t* validity,
                          std::int64_t width) {
    std::int64_t x = 0;
    if (validity) {
      for (; x < width; ++x)
        bins[x & 3][Bins<T>::key(row[x])] += validity[x] >> 7;
      return;
    }
    for (; x + 4 <= width; x += 4)
      for (std::int64_t i = 0; i < 4; ++i)
        ++bins[i][Bins<T>::key(row[x + i])];
    for (; x < width; ++x)
      ++bins[0][Bins<T>::key(row[x])];
  }

  static void settle(Channel& channel, std::uint32_t (&bins)[4][256]) {
    for (std::size_t i = 0; i < 256; ++i)
      for (auto& part : bins)
        channel.bins[i] += std::exchange(part[i], 0);
  }

  static void add_row(Channel& c, const T* row, const std::uint8_t* validity, std::int64_t width) {
    if constexpr (Bins<T>::kExact) {
      for (std::int64_t x = 0; x < width; ++x)
        c.bins[Bins<T>::key(row[x])] += validity ? validity[x] >> 7 : 1;
    } else {
      each_valid(row, validity, width, c.nodata, [&](T v) {
        ++c.bins[Bins<T>::key(v)];
        c.minimum = std::min(c.minimum, v);
        c.maximum = std::max(c.maximum, v);
      });
    }
  }

  std::vector<Channel> channels_;
};

class Percentile final : public Reduction {
 public:
  Percentile(const ImageInfo& info, std::vector<double> at) : info_(info), at_(std::move(at)) {
    if (at_.empty()) throw Error(ErrorKind::usage, "at is empty; it lists percents, 0 to 100");
    for (const double percent : at_)
      if (!(percent >= 0 && percent <= 100))
        throw Error(ErrorKind::usage,
                    fmt::format("at has {}; a percentile lies between 0 and 100", percent));
  }

  ReductionValues shape() const override {
    return {{{"p", std::vector<std::vector<double>>(at_.size())}}};
  }
  std::unique_ptr<Accumulator> start() const override {
    return with_type(info_.type, [&]<class T>() -> std::unique_ptr<Accumulator> {
      return std::make_unique<HistogramsOf<T>>(info_);
    });
  }
  ReductionValues finish(const Accumulator& all) const override {
    ReductionValues values = shape();
    for (std::size_t i = 0; i < at_.size(); ++i)
      for (std::size_t c = 0; c < info_.bands.size(); ++c)
        values.arrays[0].second[i].push_back(
            static_cast<const Histograms&>(all).percentile(c, at_[i]));
    return values;
  }
  std::int64_t accumulator_bytes() const override {
    return with_type(info_.type, [&]<class T>() {
      const std::int64_t bins = static_cast<std::int64_t>(Bins<T>::kCount) * 8;
      return (bins + 64) * info_.channels() + static_cast<std::int64_t>(sizeof(HistogramsOf<T>));
    });
  }

 private:
  ImageInfo info_;
  std::vector<double> at_;
};

}  // namespace

Result percentile(const Image& image, const PercentileOptions& options) {
  const ImageInfo& info = image.info();
  try {
    return add_reduction("percentile", image, std::make_shared<Percentile>(info, options.at));
  } catch (Error& error) {
    const std::string place = image.graph().place().text();
    error.at_step(place.empty() ? "percentile" : place);
    throw;
  }
}

StepSpec percentile_step() {
  return make_step<PercentileOptions>(
      "percentile", "statistics",
      "The values below which given percents of the valid samples of each channel lie, over the "
      "whole image, interpolated linearly: p[0], p[1], ... Nodata, NaN and invalid pixels are left "
      "out. Exact for 8- and 16-bit samples, else within 1 part in 4096.",
      inputs(1),
      {option("at", &PercentileOptions::at, "percents, 0 to 100").min(0).max(100).take_bare()},
      [](std::span<const Image> in, const PercentileOptions& o) { return percentile(in[0], o); });
}

}  // namespace sluice
