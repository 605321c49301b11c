#include "ops/statistics/percentile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/declare_step.hpp"
#include "ops/statistics/percentile_places.hpp"
#include "ops/statistics/percentile_rounds.hpp"
#include "ops/statistics/valid_samples.hpp"

namespace sluice {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Bins of the 8- and 16-bit types: one for each value, in ascending order.
template <class T>
struct Bins {
  static constexpr std::size_t kCount = std::size_t{1} << (8 * sizeof(T));
  static std::size_t key(T v) {
    return static_cast<std::size_t>(int{v} - int{std::numeric_limits<T>::lowest()});
  }
  static double value(std::size_t key) {
    return static_cast<double>(key) + static_cast<double>(std::numeric_limits<T>::lowest());
  }
};

class Histograms : public Accumulator {
 public:
  virtual std::vector<double> percentiles(std::size_t channel,
                                          const std::vector<double>& at) const = 0;
};

template <class T>
class HistogramsOf final : public Histograms {
 public:
  explicit HistogramsOf(const ImageInfo& info) : channels_(info.bands.size()) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      channels_[c].bins.assign(Bins<T>::kCount, 0);
      channels_[c].nodata = nodata_sample<T>(info, c);
    }
  }

  void add(const TileView& tile, Isa) override {
    for (int c = 0; c < tile.channels; ++c) {
      Channel& channel = channels_[static_cast<std::size_t>(c)];
      if constexpr (sizeof(T) == 1)
        add_bytes(channel, tile, c);
      else
        for (std::int64_t y = 0; y < tile.rect.height; ++y)
          add_row(channel, tile.row<const T>(c, y),
                  tile.validity ? tile.validity_row(c, y) : nullptr, tile.rect.width);
    }
  }

  void merge(const Accumulator& other) override {
    const auto& from = static_cast<const HistogramsOf&>(other);
    for (std::size_t c = 0; c < channels_.size(); ++c)
      for (std::size_t i = 0; i < Bins<T>::kCount; ++i)
        channels_[c].bins[i] += from.channels_[c].bins[i];
  }

  std::vector<double> percentiles(std::size_t channel,
                                  const std::vector<double>& at) const override {
    const Channel& c = channels_[channel];
    const auto counted = [&](std::size_t bin) {
      return c.nodata && Bins<T>::key(*c.nodata) == bin ? 0 : c.bins[bin];
    };
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < Bins<T>::kCount; ++i)
      count += counted(i);
    BinWalk walk(Bins<T>::kCount, counted);
    const auto sorted = [&](std::uint64_t k) {
      walk.to(k);
      return Bins<T>::value(walk.bin());
    };
    std::vector<double> all;
    for (const double percent : at) {
      const SortedPlace place = place_of(percent, count);
      const double a = count == 0 ? kNaN : sorted(place.k);
      const double b = place.part > 0 ? sorted(place.k + 1) : a;
      all.push_back(between(a, b, b - a, place.part));
    }
    return all;
  }

 private:
  struct Channel {
    std::vector<std::uint64_t> bins;
    std::optional<T> nodata;  ///< has a bin like others, which is left out in the end
  };

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
                    tile.validity ? tile.validity_row(c, y) + from : nullptr, end - from);
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
    for (std::int64_t x = 0; x < width; ++x)
      c.bins[Bins<T>::key(row[x])] += validity ? validity[x] >> 7 : 1;
  }

  std::vector<Channel> channels_;
};

/// Calls f<T>() with the samples' type, one of 8 or 16 bits.
template <class F>
auto with_short(SampleType type, F&& f) {
  switch (type) {
    case SampleType::u8:
      return f.template operator()<std::uint8_t>();
    case SampleType::i8:
      return f.template operator()<std::int8_t>();
    case SampleType::u16:
      return f.template operator()<std::uint16_t>();
    default:
      return f.template operator()<std::int16_t>();
  }
}

/// Percentiles of 8- and 16-bit samples.
class Percentile final : public Reduction {
 public:
  Percentile(const ImageInfo& info, std::vector<double> at) : info_(info), at_(std::move(at)) {}

  ReductionValues shape() const override { return percentile_shape(at_); }
  std::unique_ptr<Accumulator> start() const override {
    return with_short(info_.type, [&]<class T>() -> std::unique_ptr<Accumulator> {
      return std::make_unique<HistogramsOf<T>>(info_);
    });
  }
  ReductionValues finish(const Accumulator& all) const override {
    ReductionValues values = shape();
    for (std::size_t c = 0; c < info_.bands.size(); ++c) {
      const std::vector<double> found = static_cast<const Histograms&>(all).percentiles(c, at_);
      for (std::size_t i = 0; i < found.size(); ++i)
        values.arrays[0].second[i].push_back(found[i]);
    }
    return values;
  }
  std::int64_t accumulator_bytes() const override {
    return with_short(info_.type, [&]<class T>() {
      const std::int64_t bins = static_cast<std::int64_t>(Bins<T>::kCount) * 8;
      return (bins + 64) * info_.channels() + static_cast<std::int64_t>(sizeof(HistogramsOf<T>));
    });
  }

 private:
  ImageInfo info_;
  std::vector<double> at_;
};

void check(const std::vector<double>& at) {
  if (at.empty()) throw Error(ErrorKind::usage, "at is empty; it lists percents, 0 to 100");
  for (const double percent : at)
    if (!(percent >= 0 && percent <= 100))
      throw Error(ErrorKind::usage,
                  fmt::format("at has {}; a percentile lies between 0 and 100", percent));
}

}  // namespace

Result percentile(const Image& image, const PercentileOptions& options) {
  const ImageInfo& info = image.info();
  try {
    check(options.at);
    if (is_float(info.type)) return percentile_of_floats(image, options.at);
    if (size_of(info.type) > 2) return percentile_of_wide_integers(image, options.at);
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
      "out. Exact for integers, in one pass over the image for 8- and 16-bit samples, two for "
      "32-bit and four for 64-bit ones; a value beyond 2^53 comes out as the nearest f64. Floats "
      "take two passes, and a value is at most 2^-20 of the largest less the smallest finite "
      "sample off.",
      inputs(1),
      {option("at", &PercentileOptions::at, "percents, 0 to 100").min(0).max(100).take_bare()},
      [](std::span<const Image> in, const PercentileOptions& o) { return percentile(in[0], o); });
}

}  // namespace sluice
