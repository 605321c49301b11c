#include "difference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace sluice::tool {

namespace {

class Pair : public Operation {
 public:
  Pair(const ImageInfo& a, const ImageInfo& b) : Operation(a) {
    info_.bands.insert(info_.bands.end(), b.bands.begin(), b.bands.end());
    info_.colour = Colour::multiband;
    info_.alpha = Alpha::none;
    info_.validity = Validity::none;
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    int first = 0;
    for (const TileView& input : inputs) {
      TileView half = out;
      half.data += first * out.plane_stride;
      half.channels = input.channels;
      copy_pixels(input, half, out.rect);
      first += input.channels;
    }
  }
};

// Sums of integer squares are exact in 128 bits (images have less than 2^62 bytes); the sums of
// floating ones are rounded, which is far below what is printed of them.
template <class T>
using Sum = std::conditional_t<std::is_integral_v<T> && sizeof(T) <= 4, unsigned __int128, double>;

template <class T>
class Differences : public Accumulator {
 public:
  struct Channel {
    double max = 0;
    std::int64_t over = 0;
    Sum<T> squares = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
  };

  Differences(int channels, double tolerance)
      : channels_(static_cast<std::size_t>(channels)), tolerance_(tolerance) {}

  void add(const TileView& tile, Isa) override {
    const int count = static_cast<int>(channels_.size());
    for (int c = 0; c < count; ++c)
      for (std::int64_t y = 0; y < tile.rect.height; ++y)
        add_row(channels_[static_cast<std::size_t>(c)], tile.row<const T>(c, y),
                tile.row<const T>(c + count, y), tile.rect.width);
  }

  void merge(const Accumulator& accumulator) override {
    const auto& other = static_cast<const Differences&>(accumulator);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      channels_[c].max = std::max(channels_[c].max, other.channels_[c].max);
      channels_[c].over += other.channels_[c].over;
      channels_[c].squares += other.channels_[c].squares;
      channels_[c].low = std::min(channels_[c].low, other.channels_[c].low);
      channels_[c].high = std::max(channels_[c].high, other.channels_[c].high);
    }
  }

  const std::vector<Channel>& channels() const { return channels_; }

 private:
  void add_row(Channel& channel, const T* a, const T* b, std::int64_t width) {
    for (std::int64_t x = 0; x < width; ++x) {
      const double sample = static_cast<double>(a[x]);
      channel.low = std::min(channel.low, sample);  // both leave out NaN
      channel.high = std::max(channel.high, sample);
      if (a[x] == b[x]) continue;
      const double distance = difference(a[x], b[x], channel.squares);
      channel.max = std::max(channel.max, distance);
      channel.over += distance > tolerance_ ? 1 : 0;
    }
  }

  static double difference(T a, T b, Sum<T>& squares) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(a) && std::isnan(b)) return 0;
      const double d = std::abs(static_cast<double>(a) - static_cast<double>(b));
      if (!std::isfinite(d)) return std::numeric_limits<double>::infinity();
      squares += d * d;
      return d;
    } else {
      using Unsigned = std::make_unsigned_t<T>;
      const auto d =
          static_cast<Unsigned>(a > b ? static_cast<Unsigned>(a) - static_cast<Unsigned>(b)
                                      : static_cast<Unsigned>(b) - static_cast<Unsigned>(a));
      squares += static_cast<Sum<T>>(d) * static_cast<Sum<T>>(d);
      return static_cast<double>(d);
    }
  }

  std::vector<Channel> channels_;
  double tolerance_;
};

class Difference : public Reduction {
 public:
  Difference(const ImageInfo& paired, double tolerance)
      : type_(paired.type), channels_(paired.channels() / 2), tolerance_(tolerance) {}

  ReductionValues shape() const override {
    ReductionValues values;
    for (const char* name : {"max", "over", "squares", "low", "high"})
      values.arrays.push_back({name, std::vector<std::vector<double>>(1)});
    return values;
  }
  std::unique_ptr<Accumulator> start() const override {
    return with_type(type_, [&]<class T>() -> std::unique_ptr<Accumulator> {
      return std::make_unique<Differences<T>>(channels_, tolerance_);
    });
  }
  ReductionValues finish(const Accumulator& all) const override {
    return with_type(type_, [&]<class T>() {
      ReductionValues values = shape();
      for (const auto& channel : static_cast<const Differences<T>&>(all).channels()) {
        const double numbers[] = {channel.max, static_cast<double>(channel.over),
                                  static_cast<double>(channel.squares), channel.low, channel.high};
        for (std::size_t i = 0; i < std::size(numbers); ++i)
          values.arrays[i].second[0].push_back(numbers[i]);
      }
      return values;
    });
  }
  std::int64_t accumulator_bytes() const override {
    return 64 + 80 * static_cast<std::int64_t>(channels_);
  }

 private:
  SampleType type_;
  int channels_;
  double tolerance_;
};

}  // namespace

Image paired(const Image& a, const Image& b) {
  const Image both[] = {a, b};
  return add_operation("compare", both, std::make_shared<Pair>(a.info(), b.info()));
}

std::shared_ptr<const Reduction> difference_of(const ImageInfo& paired, double tolerance) {
  return std::make_shared<Difference>(paired, tolerance);
}

}  // namespace sluice::tool
