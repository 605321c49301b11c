// Percentiles of 32- and 64-bit integers, by rounds: each counts some more bits of a key that
// orders as the samples do, and so narrows every asked sample down to a longer prefix of its key.
#include <fmt/format.h>

#include <array>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "ops/statistics/percentile_places.hpp"
#include "ops/statistics/percentile_rounds.hpp"
#include "ops/statistics/valid_samples.hpp"

namespace sluice {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// How the bits of a key are shared out among the rounds.
struct KeyRounds {
  int bits;   ///< of the key
  int first;  ///< that the first round counts
  int later;  ///< that each later round counts, for every prefix that is asked for

  int count() const { return 1 + (bits - first) / later; }
  int width(int round) const { return round == 0 ? first : later; }
  int end(int round) const { return first + round * later; }  ///< bits known when it is over
  int shift(int round) const { return bits - end(round); }
};

/// Those whose largest histograms take least memory. A prefix is handed on as a double, so all
/// rounds but the last end within 53 bits.
KeyRounds key_rounds(int bits, std::size_t asked) {
  const int rounds = bits / 16;
  KeyRounds best{};
  double least = std::numeric_limits<double>::infinity();
  for (int later = 16; later >= 11; --later) {
    const int first = bits - (rounds - 1) * later;
    const double bins =
        std::max(std::ldexp(1, first), std::ldexp(static_cast<double>(asked), later));
    if (bins < least) {
      least = bins;
      best = {bits, first, later};
    }
  }
  return best;
}

/// One asked sample of a channel, as far as it is known: the sample at `place` of those whose keys
/// begin with `prefix`. The percentile lies `part` of the way from it to the next.
struct Asked {
  std::uint64_t prefix = 0;
  SortedPlace place;
};
using AskedByChannel = std::vector<std::vector<Asked>>;

constexpr std::array<const char*, 3> kHandedOn = {"prefix", "place", "part"};

class KeyCounts : public Accumulator {
 public:
  /// Asked samples of a channel with the bits of this round.
  virtual std::vector<Asked> narrowed(std::size_t channel) const = 0;
  /// Percentiles, when this was the last round.
  virtual std::vector<double> percentiles(std::size_t channel) const = 0;
};

/// What a round counts; shared by its accumulators.
struct KeyRound {
  KeyRounds rounds;
  int number = 0;
  std::vector<double> at;
  AskedByChannel asked;  ///< empty in the first round

  bool last() const { return number + 1 == rounds.count(); }
  std::int64_t bins() const { return std::int64_t{1} << rounds.width(number); }
};

template <class T>
class KeyCountsOf final : public KeyCounts {
  using Key = std::make_unsigned_t<T>;
  static constexpr Key kSign = std::is_signed_v<T> ? Key{1} << (sizeof(T) * 8 - 1) : Key{0};
  static constexpr Key kNone = std::numeric_limits<Key>::max();

  static Key key_of(T v) { return static_cast<Key>(v) ^ kSign; }
  static T value_of(Key key) { return static_cast<T>(key ^ kSign); }

 public:
  KeyCountsOf(std::shared_ptr<const KeyRound> round, const ImageInfo& info)
      : round_(std::move(round)), channels_(info.bands.size()) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      Channel& channel = channels_[c];
      channel.nodata = nodata_sample<T>(info, c);
      channel.prefixes = {Key{0}};
      if (round_->number > 0) {
        channel.prefixes.clear();
        for (const Asked& asked : round_->asked[c])
          channel.prefixes.push_back(static_cast<Key>(asked.prefix));
        std::sort(channel.prefixes.begin(), channel.prefixes.end());
        channel.prefixes.erase(std::unique(channel.prefixes.begin(), channel.prefixes.end()),
                               channel.prefixes.end());
      }
      channel.counts.assign(channel.prefixes.size() << width(), 0);
      channel.above.assign(channel.prefixes.size(), kNone);
    }
  }

  void add(const TileView& tile, Isa) override {
    for (int c = 0; c < tile.channels; ++c)
      for (std::int64_t y = 0; y < tile.rect.height; ++y)
        add_row(channels_[static_cast<std::size_t>(c)], tile.row<const T>(c, y),
                tile.validity ? tile.validity_row(c, y) : nullptr, tile.rect.width);
  }

  void merge(const Accumulator& other) override {
    const auto& from = static_cast<const KeyCountsOf&>(other);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      Channel& channel = channels_[c];
      const Channel& more = from.channels_[c];
      for (std::size_t i = 0; i < channel.counts.size(); ++i)
        channel.counts[i] += more.counts[i];
      for (std::size_t i = 0; i < channel.above.size(); ++i)
        channel.above[i] = std::min(channel.above[i], more.above[i]);
    }
  }

  std::vector<Asked> narrowed(std::size_t c) const override {
    std::vector<Asked> all = asked(c);
    for (Asked& one : all) {
      auto [at, walk] = bins_of(c, one);
      walk.to(one.place.k);
      one.prefix = one.prefix << width() | walk.bin();
      one.place.k -= std::min(one.place.k, walk.below());
    }
    return all;
  }

  std::vector<double> percentiles(std::size_t c) const override {
    std::vector<double> all;
    for (const Asked& one : asked(c)) {
      auto [at, walk] = bins_of(c, one);
      walk.to(one.place.k);
      const std::uint64_t* const counts = channels_[c].counts.data() + (at << width());
      if (counts[walk.bin()] == 0) {
        all.push_back(kNaN);
        continue;
      }
      const Key prefix = static_cast<Key>(one.prefix << width());
      const Key a = prefix | static_cast<Key>(walk.bin());
      const bool alone = one.place.k - walk.below() + 1 >= counts[walk.bin()];
      const Key b = alone && one.place.part > 0 ? key_behind(c, at, walk.bin()) : a;
      all.push_back(between(static_cast<double>(value_of(a)), static_cast<double>(value_of(b)),
                            static_cast<double>(static_cast<Key>(b - a)), one.place.part));
    }
    return all;
  }

 private:
  struct Channel {
    std::optional<T> nodata;
    std::vector<Key> prefixes;          ///< ascending
    std::vector<std::uint64_t> counts;  ///< of each prefix in turn
    std::vector<Key> above;  ///< behind each prefix: the least key before the next prefix
  };

  int width() const { return round_->rounds.width(round_->number); }

  std::vector<Asked> asked(std::size_t c) const {
    if (round_->number > 0) return round_->asked[c];
    std::uint64_t count = 0;
    for (const std::uint64_t n : channels_[c].counts)
      count += n;
    std::vector<Asked> all;
    for (const double percent : round_->at)
      all.push_back({0, place_of(percent, count)});
    return all;
  }

  /// The histogram that an asked sample is in: its number, and a walk through it.
  auto bins_of(std::size_t c, const Asked& one) const {
    const Channel& channel = channels_[c];
    const auto at =
        static_cast<std::size_t>(std::lower_bound(channel.prefixes.begin(), channel.prefixes.end(),
                                                  static_cast<Key>(one.prefix)) -
                                 channel.prefixes.begin());
    const std::uint64_t* const counts = channel.counts.data() + (at << width());
    const auto count = [counts](std::size_t bin) { return counts[bin]; };
    return std::pair(at, BinWalk(std::size_t{1} << width(), count));
  }

  /// The least key of all samples whose keys are larger than that of a bin.
  Key key_behind(std::size_t c, std::size_t at, std::size_t bin) const {
    const Channel& channel = channels_[c];
    const std::size_t bins = std::size_t{1} << width();
    for (std::size_t p = at; p < channel.prefixes.size(); ++p) {
      for (std::size_t i = p == at ? bin + 1 : 0; i < bins; ++i)
        if (channel.counts[(p << width()) + i] > 0)
          return static_cast<Key>(channel.prefixes[p] << width()) | static_cast<Key>(i);
      if (channel.above[p] != kNone) return channel.above[p];
    }
    return kNone;  // its sample is the largest there can be, or the image has changed meanwhile
  }

  void add_row(Channel& channel, const T* row, const std::uint8_t* validity,
               std::int64_t width_of_row) const {
    const int bits = width(), shift = round_->rounds.shift(round_->number);
    const Key mask = static_cast<Key>((std::uint64_t{1} << bits) - 1);
    const std::vector<Key>& prefixes = channel.prefixes;
    Key seen = prefixes.front();
    std::uint64_t* counts = channel.counts.data();  // of the prefix `seen`; null: it is not asked
    Key* above = nullptr;  // what the keys with that prefix lie behind; null: nothing
    each_valid(row, validity, width_of_row, channel.nodata, [&](T v) {
      const Key key = key_of(v), low = static_cast<Key>(key >> shift);
      const Key prefix = static_cast<Key>(low >> bits);
      if (prefix != seen) {
        seen = prefix;
        const auto next = std::upper_bound(prefixes.begin(), prefixes.end(), prefix);
        const auto at = static_cast<std::size_t>(next - prefixes.begin());
        const bool asked = at > 0 && prefixes[at - 1] == prefix;
        counts = asked ? channel.counts.data() + ((at - 1) << bits) : nullptr;
        above = at > 0 ? &channel.above[at - 1] : nullptr;
      }
      if (counts)
        ++counts[low & mask];
      else if (above)
        *above = std::min(*above, key);
    });
  }

  std::shared_ptr<const KeyRound> round_;
  std::vector<Channel> channels_;
};

class KeyReduction final : public Reduction {
 public:
  KeyReduction(const ImageInfo& info, KeyRound round)
      : info_(info), round_(std::make_shared<const KeyRound>(std::move(round))) {}

  ReductionValues shape() const override {
    if (round_->last()) return percentile_shape(round_->at);
    ReductionValues values;
    for (const char* name : kHandedOn)
      values.arrays.push_back({name, std::vector<std::vector<double>>(round_->at.size())});
    return values;
  }

  std::unique_ptr<Accumulator> start() const override {
    return with_type(info_.type, [&]<class T>() -> std::unique_ptr<Accumulator> {
      if constexpr (std::is_integral_v<T> && sizeof(T) >= 4)
        return std::make_unique<KeyCountsOf<T>>(round_, info_);
      else
        throw Error(ErrorKind::internal, "samples of this type are counted in one pass");
    });
  }

  ReductionValues finish(const Accumulator& all) const override {
    const auto& counts = static_cast<const KeyCounts&>(all);
    ReductionValues values = shape();
    for (std::size_t c = 0; c < info_.bands.size(); ++c) {
      if (round_->last()) {
        const std::vector<double> found = counts.percentiles(c);
        for (std::size_t i = 0; i < found.size(); ++i)
          values.arrays[0].second[i].push_back(found[i]);
        continue;
      }
      const std::vector<Asked> found = counts.narrowed(c);
      for (std::size_t i = 0; i < found.size(); ++i) {
        values.arrays[0].second[i].push_back(static_cast<double>(found[i].prefix));
        // Exact up to 2^53 samples in a channel.
        values.arrays[1].second[i].push_back(static_cast<double>(found[i].place.k));
        values.arrays[2].second[i].push_back(found[i].place.part);
      }
    }
    return values;
  }

  std::int64_t accumulator_bytes() const override {
    const std::int64_t prefixes =
        round_->number == 0 ? 1 : static_cast<std::int64_t>(round_->at.size());
    return (prefixes * (round_->bins() * 8 + 16) + 128) * info_.channels() + 64;
  }

  std::string purpose() const override {
    const int n = round_->number;
    return fmt::format("round {} of {} (the {} {} of {} bits)", n + 1, round_->rounds.count(),
                       n == 0 ? "first" : "next", round_->rounds.width(n), round_->rounds.bits);
  }

 private:
  ImageInfo info_;
  std::shared_ptr<const KeyRound> round_;
};

/// The late numbers of a round: what the round before hands on, array by array.
std::vector<Numbers> handed_on(const Result& before, std::size_t asked) {
  std::vector<Numbers> numbers;
  for (const char* name : kHandedOn)
    for (std::size_t i = 0; i < asked; ++i)
      numbers.push_back(before.value(name, static_cast<int>(i)));
  return numbers;
}

AskedByChannel asked_from(const LateValues& late, const std::vector<Numbers>& numbers,
                          int channels) {
  const std::size_t count = numbers.size() / kHandedOn.size();
  AskedByChannel asked(static_cast<std::size_t>(channels), std::vector<Asked>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const auto of = [&](std::size_t array) {
      return late.resolve(numbers[array * count + i], channels, kHandedOn[array]);
    };
    const std::vector<double> prefix = of(0), place = of(1), part = of(2);
    for (std::size_t c = 0; c < asked.size(); ++c)
      asked[c][i] = {static_cast<std::uint64_t>(prefix[c]),
                     {static_cast<std::uint64_t>(place[c]), part[c]}};
  }
  return asked;
}

}  // namespace

Result percentile_of_wide_integers(const Image& image, const std::vector<double>& at) {
  const ImageInfo info = image.info();  // a copy: the graph grows
  const int bits = static_cast<int>(size_of(info.type)) * 8;
  KeyRound round{key_rounds(bits, at.size()), 0, at, {}};
  Result found = add_reduction("percentile", image, std::make_shared<KeyReduction>(info, round));
  while (!round.last()) {
    image.graph().node(found.node()).inner = true;
    ++round.number;
    const std::vector<Numbers> numbers = handed_on(found, at.size());
    found = add_reduction("percentile", image, pointers_to(numbers),
                          [info, round, numbers](const LateValues& late) {
                            KeyRound bound = round;
                            bound.asked = asked_from(late, numbers, info.channels());
                            return std::make_shared<KeyReduction>(info, std::move(bound));
                          });
  }
  return found;
}

}  // namespace sluice
