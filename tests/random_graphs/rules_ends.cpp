// Rules of synth, where pixels begin, and of stats and percentile, where they end.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/generators/synth.hpp"
#include "ops/statistics/percentile.hpp"
#include "random_graphs/rules.hpp"
#include "reference/synth.hpp"
#include "support/rounds.hpp"

namespace sluice::test {

namespace {

__extension__ using Wide = __int128;

using Options = std::optional<std::vector<GivenOption>>;

// The generator puts the size before these.
Options choose_synth(const RuleInput& in) {
  static const std::vector<std::string> kinds = {"terrain", "tissue", "gradient", "checker",
                                                 "noise"};
  const std::string kind = in.random.pick(kinds);
  std::vector<GivenOption> options = {given("kind", kind)};
  if (kind == "terrain" || kind == "tissue" || kind == "noise")
    options.push_back(given("seed", in.random.between(0, 99)));
  if (kind == "checker") options.push_back(given("cell", in.random.between(1, 40)));
  if (kind != "terrain" && kind != "tissue") {
    options.push_back(given("type", std::string(name_of(random_type(in.random)))));
    options.push_back(given("channels", in.random.between(1, 4)));
  }
  return options;
}

template <class T>
T ramp(std::int64_t i, std::int64_t n) {
  if (n <= 1) return T{0};
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(static_cast<double>(i) / static_cast<double>(n - 1));
  } else {
    const Wide most = std::numeric_limits<T>::max(), steps = n - 1;
    return static_cast<T>((2 * i * most + steps) / (2 * steps));
  }
}

template <class T>
T synth_sample(const SynthOptions& o, int c, std::int64_t x, std::int64_t y) {
  if (o.kind == SynthKind::gradient)
    return c % 3 == 0   ? ramp<T>(x, o.width)
           : c % 3 == 1 ? ramp<T>(y, o.height)
                        : ramp<T>(x + y, o.width + o.height - 1);
  constexpr bool kFloat = std::is_floating_point_v<T>;
  if (o.kind == SynthKind::checker) {
    const bool odd = (x / o.cell + y / o.cell) % 2 != 0;
    return !odd ? T{0} : kFloat ? T{1} : std::numeric_limits<T>::max();
  }
  const std::uint32_t bits = noise_bits(o.seed, c, x, y);
  if constexpr (kFloat) return static_cast<T>(static_cast<double>(bits >> 8) * 0x1p-24);
  const std::int64_t lowest =
      sizeof(T) < 4 ? static_cast<std::int64_t>(std::numeric_limits<T>::min()) : 0;
  return static_cast<T>(
      static_cast<std::int64_t>(bits >> (sizeof(T) < 4 ? 32 - 8 * sizeof(T) : 0)) + lowest);
}

Picture plain_synth(const PlainInput& p) {
  const auto& o = p.as<SynthOptions>();
  Picture out(p.info);
  with_type(p.info.type, [&]<class T>() {
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x)
        for (int c = 0; c < out.channels(); ++c)
          out.at<T>(c, x, y) =
              o.kind == SynthKind::terrain ? static_cast<T>(terrain_pixel(o.seed, x, y))
              : o.kind == SynthKind::tissue
                  ? static_cast<T>(tissue_pixel(o.seed, x, y)[static_cast<std::size_t>(c)])
                  : synth_sample<T>(o, c, x, y);
  });
  return out;
}

template <class T>
struct Counted {
  T value;
  std::int64_t x, y;
};

// The samples of a channel that count, row by row.
template <class T>
std::vector<Counted<T>> counted(const Picture& in, int c) {
  std::vector<Counted<T>> samples;
  const auto nodata = in.info.bands[static_cast<std::size_t>(c)].nodata;
  for (std::int64_t y = 0; y < in.height(); ++y)
    for (std::int64_t x = 0; x < in.width(); ++x) {
      const T v = in.at<T>(c, x, y);
      if (v != v) continue;
      if (in.validity.empty() && nodata && v == static_cast<T>(nodata->as_double())) continue;
      if (!in.valid(c, x, y)) continue;
      samples.push_back({v, x, y});
    }
  return samples;
}

template <class T>
bool is_less(const Counted<T>& a, const Counted<T>& b) {
  return a.value < b.value;
}

// The reduction itself, over the picture as one tile. What it gives is compared with plain sums and
// sorted samples by tests/ops; for integers that is done here too.
ReductionValues gathered(const Picture& picture, const Graph& graph, NodeId node) {
  const auto sample = static_cast<std::int64_t>(size_of(picture.info.type));
  Picture padded = picture;
  padded.samples.resize(padded.samples.size() + kRowSlack);
  padded.validity.resize(padded.validity.size() + kRowSlack);
  TileView view;
  view.rect = picture.info.rect();
  view.type = picture.info.type;
  view.channels = picture.channels();
  view.data = padded.samples.data();
  view.row_stride = picture.width() * sample;
  view.plane_stride = view.row_stride * picture.height();
  if (picture.info.has_validity()) {
    view.validity = reinterpret_cast<std::byte*>(padded.validity.data());
    view.validity_stride = picture.width();
    if (picture.info.validity_planes() > 1)
      view.validity_plane_stride = picture.width() * picture.height();
  }
  return by_rounds(graph, node, [&](const Reduction& reduction) {
    const std::unique_ptr<Accumulator> all = reduction.start();
    all->add(view, Isa::sse4);
    return reduction.finish(*all);
  });
}

template <class T>
void plain_stats(const Picture& in, int c, ReductionValues& values) {
  const std::vector<Counted<T>> samples = counted<T>(in, c);
  if (samples.empty()) return;
  Wide sum = 0, squares = 0;
  for (const Counted<T>& v : samples) {
    sum += v.value;
    squares += Wide{v.value} * v.value;
  }
  const auto low = std::min_element(samples.begin(), samples.end(), is_less<T>);
  const auto high = std::max_element(samples.begin(), samples.end(), is_less<T>);
  const Wide n = static_cast<Wide>(samples.size());
  const double count = static_cast<double>(n);
  const std::pair<const char*, double> numbers[] = {
      {"min", static_cast<double>(low->value)},
      {"max", static_cast<double>(high->value)},
      {"mean", static_cast<double>(sum) / count},
      {"deviation", std::sqrt(static_cast<double>(n * squares - sum * sum)) / count},
      {"sum", static_cast<double>(sum)},
      {"squares", static_cast<double>(squares)},
      {"count", count},
      {"min_x", static_cast<double>(low->x)},
      {"min_y", static_cast<double>(low->y)},
      {"max_x", static_cast<double>(high->x)},
      {"max_y", static_cast<double>(high->y)}};
  for (auto& [name, array] : values.arrays)
    for (const auto& [known, number] : numbers)
      if (name == known) array[0][static_cast<std::size_t>(c)] = number;
}

ReductionValues stats_values(const Picture& in, const void*, const Graph& graph, NodeId node) {
  ReductionValues values = gathered(in, graph, node);
  with_type(in.info.type, [&]<class T>() {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 4)
      for (int c = 0; c < in.channels(); ++c)
        plain_stats<T>(in, c, values);
  });
  return values;
}

ReductionValues percentile_values(const Picture& in, const void* options, const Graph& graph,
                                  NodeId node) {
  const std::vector<double>& at = static_cast<const PercentileOptions*>(options)->at;
  ReductionValues values = gathered(in, graph, node);
  if (is_float(in.info.type)) return values;
  with_type(in.info.type, [&]<class T>() {
    for (int c = 0; c < in.channels(); ++c) {
      std::vector<Counted<T>> sorted = counted<T>(in, c);
      if (sorted.empty()) continue;
      std::sort(sorted.begin(), sorted.end(), is_less<T>);
      for (std::size_t i = 0; i < at.size(); ++i) {
        const double h = static_cast<double>(sorted.size() - 1) * (at[i] / 100);
        const auto k = static_cast<std::size_t>(std::floor(h));
        const T low = sorted[k].value, high = sorted[std::min(k + 1, sorted.size() - 1)].value;
        const auto below = static_cast<double>(low), above = static_cast<double>(high);
        const auto step = static_cast<double>(static_cast<Wide>(high) - static_cast<Wide>(low));
        const double part = h - std::floor(h);
        values.arrays[0].second[i][static_cast<std::size_t>(c)] =
            part < 0.5 ? below + step * part : above - step * (1 - part);
      }
    }
  });
  return values;
}

Options choose_percentile(const RuleInput& in) {
  return {{given("at", std::vector<double>{in.random.number(0, 20), in.random.number(70, 100)})}};
}

}  // namespace

std::vector<Rule> source_and_result_rules() {
  return {
      {"read", nullptr, nullptr, nullptr},
      {"write", nullptr, nullptr, nullptr},
      {"synth", choose_synth, plain_synth, nullptr},
      {"stats", [](const RuleInput&) { return Options(std::vector<GivenOption>{}); }, nullptr,
       stats_values},
      {"percentile", choose_percentile, nullptr, percentile_values},
  };
}

}  // namespace sluice::test
