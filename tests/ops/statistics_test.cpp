// stats and percentile against plain sums and sorted samples.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "ops/statistics/exact_sum.hpp"
#include "ops/statistics/percentile.hpp"
#include "ops/statistics/stats.hpp"
#include "support/catch.hpp"
#include "support/hooked_options.hpp"
#include "support/picture.hpp"
#include "support/rounds.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr std::array<std::array<std::int64_t, 2>, 4> kSizes{{{1, 1}, {3, 8}, {257, 1}, {533, 401}}};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Step = std::function<Result(const Image&)>;

TileView tile_of(Picture& picture, const Rect& rect) {
  TileView view;
  view.rect = picture.info.rect();
  view.type = picture.info.type;
  view.channels = picture.channels();
  view.data = picture.samples.data();
  view.row_stride = picture.width() * static_cast<std::int64_t>(size_of(view.type));
  view.plane_stride = view.row_stride * picture.height();
  if (!picture.validity.empty()) {
    view.validity = reinterpret_cast<std::byte*>(picture.validity.data());
    view.validity_stride = picture.width();
    if (picture.info.validity_planes() > 1)
      view.validity_plane_stride = picture.width() * picture.height();
  }
  return view.part(rect);
}

// The result by accumulators for `workers` workers that get units of a size in a seeded order, and
// are merged in one too. Of a step of several rounds: of one of them.
ReductionValues gather(const Reduction& reduction, const Picture& input, Isa isa,
                       std::int64_t unit_width, std::int64_t unit_height, std::size_t workers,
                       std::uint64_t seed) {
  Picture picture = input;
  picture.samples.resize(picture.samples.size() + 64, std::byte{0x99});
  if (!picture.validity.empty()) picture.validity.resize(picture.validity.size() + 64, 0xFF);
  std::vector<Rect> units;
  for (std::int64_t y = 0; y < input.height(); y += unit_height)
    for (std::int64_t x = 0; x < input.width(); x += unit_width)
      units.push_back(intersect({x, y, unit_width, unit_height}, input.info.rect()));
  std::mt19937_64 random(seed);
  std::shuffle(units.begin(), units.end(), random);
  std::vector<std::unique_ptr<Accumulator>> gathered;
  for (std::size_t i = 0; i < workers; ++i)
    gathered.push_back(reduction.start());
  for (const Rect& unit : units)
    gathered[random() % workers]->add(tile_of(picture, unit), isa);
  std::shuffle(gathered.begin(), gathered.end(), random);
  for (std::size_t i = 1; i < workers; ++i)
    gathered[0]->merge(*gathered[i]);
  return reduction.finish(*gathered[0]);
}

bool same_bits(const ReductionValues& a, const ReductionValues& b) {
  if (a.arrays.size() != b.arrays.size()) return false;
  for (std::size_t i = 0; i < a.arrays.size(); ++i)
    for (std::size_t k = 0; k < a.arrays[i].second.size(); ++k)
      for (std::size_t c = 0; c < a.arrays[i].second[k].size(); ++c) {
        const double u = a.arrays[i].second[k][c], v = b.arrays[i].second[k][c];
        if (std::bit_cast<std::uint64_t>(u) != std::bit_cast<std::uint64_t>(v)) return false;
      }
  return true;
}

// The result, after a check that instruction sets, units, orders and the engine's threads agree.
ReductionValues reduced(const Picture& picture, const Step& step,
                        const std::vector<Isa>& isas = available_isas()) {
  const Image image = add_source(Graph::make(), picture_source(picture));
  const Result result = step(image);
  const auto gathered = [&](Isa isa, std::int64_t width, std::int64_t height, std::size_t workers,
                            std::uint64_t seed) {
    return by_rounds(image.graph(), result.node(), [&](const Reduction& reduction) {
      return gather(reduction, picture, isa, width, height, workers, seed);
    });
  };
  const ReductionValues whole = gathered(Isa::sse4, picture.width(), picture.height(), 1, 1);
  for (const Isa isa : isas) {
    CHECK(same_bits(gathered(isa, 61, 37, 3, 2), whole));
    CHECK(same_bits(gathered(isa, 128, 1, 2, 3), whole));
  }
  for (const int threads : {1, 4}) {
    HookedOptions run_options;
    run_options.threads = threads;
    run_options.forced.poison = 0x5A;
    const Report report = run(image.graph(), run_options);
    CHECK(same_bits(result.values(), whole));
    CHECK(report.values.size() == 1);  // what is found on the way there is nobody's business
  }
  return whole;
}

ReductionValues stats_of(const Picture& picture) {
  return reduced(picture, [](const Image& i) { return stats(i); });
}
double get(const ReductionValues& values, const char* name, std::size_t channel = 0) {
  return values.find(name)->at(0).at(channel);
}

// The samples of a channel that count.
template <class T>
std::vector<T> counted(const Picture& p, int c) {
  std::vector<T> samples;
  const auto nodata = p.info.bands[static_cast<std::size_t>(c)].nodata;
  for (std::int64_t y = 0; y < p.height(); ++y)
    for (std::int64_t x = 0; x < p.width(); ++x) {
      const T v = p.at<T>(c, x, y);
      if (v != v) continue;
      if (p.validity.empty() && nodata && v == static_cast<T>(nodata->as_double())) continue;
      if (!p.valid(c, x, y)) continue;
      samples.push_back(v);
    }
  return samples;
}

template <class T>
void check_stats(const Picture& picture, const ReductionValues& values) {
  for (int c = 0; c < picture.channels(); ++c) {
    const auto channel = static_cast<std::size_t>(c);
    const std::vector<T> samples = counted<T>(picture, c);
    CHECK(get(values, "count", channel) == static_cast<double>(samples.size()));
    if (samples.empty()) {
      CHECK(get(values, "sum", channel) == 0);
      CHECK(std::isnan(get(values, "min", channel)));
      CHECK(std::isnan(get(values, "mean", channel)));
      continue;
    }
    const auto [low, high] = std::minmax_element(samples.begin(), samples.end());
    CHECK(get(values, "min", channel) == static_cast<double>(*low));
    CHECK(get(values, "max", channel) == static_cast<double>(*high));
    const auto first = [&](T wanted) {
      for (std::int64_t y = 0; y < picture.height(); ++y)
        for (std::int64_t x = 0; x < picture.width(); ++x)
          if (picture.at<T>(c, x, y) == wanted && picture.valid(c, x, y))
            return std::pair(static_cast<double>(x), static_cast<double>(y));
      return std::pair(-1., -1.);
    };
    CHECK(std::pair(get(values, "min_x", channel), get(values, "min_y", channel)) == first(*low));
    CHECK(std::pair(get(values, "max_x", channel), get(values, "max_y", channel)) == first(*high));
    const long double n = static_cast<long double>(samples.size());
    if constexpr (std::is_integral_v<T>) {
      Int128 sum = 0;
      UInt128 squares = 0;  // of 64 bits: modulo 2^128
      for (const T v : samples) {
        sum += v;
        squares += static_cast<UInt128>(Int128{v}) * static_cast<UInt128>(Int128{v});
      }
      if (sizeof(T) < 8) CHECK(get(values, "squares", channel) == static_cast<double>(squares));
      CHECK(get(values, "sum", channel) == static_cast<double>(sum));
      CHECK(get(values, "mean", channel) == static_cast<double>(sum) / static_cast<double>(n));
    }
    long double sum = 0, magnitude = 0, spread = 0;
    for (const T v : samples) {
      sum += static_cast<long double>(v);
      magnitude += std::abs(static_cast<long double>(v));
    }
    for (const T v : samples) {
      const long double away = static_cast<long double>(v) - sum / n;
      spread += away * away;
    }
    const auto near = [](double got, long double want, long double scale) {
      return std::abs(static_cast<long double>(got) - want) <= 4e-16L * scale;
    };
    CHECK(near(get(values, "sum", channel), sum, magnitude));
    CHECK(near(get(values, "mean", channel), sum / n, magnitude / n));
    const long double deviation = std::sqrt(spread / n);
    CHECK(near(get(values, "deviation", channel), deviation, deviation));
  }
}

Picture of_values(const std::vector<double>& values, SampleType type = SampleType::f64) {
  Picture picture(make_info(static_cast<std::int64_t>(values.size()), 1, type, 1));
  for (std::size_t i = 0; i < values.size(); ++i)
    picture.set(0, static_cast<std::int64_t>(i), 0, values[i]);
  return picture;
}

}  // namespace

TEST_CASE("stats of every type", "[statistics]") {
  for (int t = 0; t < kSampleTypes; ++t) {
    const auto type = static_cast<SampleType>(t);
    for (const auto& [width, height] : kSizes)
      for (const bool sparse : {false, true}) {
        INFO(name_of(type) << " " << width << " x " << height << (sparse ? " sparse" : ""));
        ImageInfo info = make_info(width, height, type, 2);
        info.validity = sparse ? Validity::common : Validity::none;
        Picture picture = random_picture(info, 11);
        if (sparse) picture.info.bands[1].nodata = picture.get(1, width / 2, height / 2);
        const ReductionValues values = stats_of(picture);
        with_type(type, [&]<class T>() { check_stats<T>(picture, values); });
      }
  }
}

TEST_CASE("stats finds the first of equal extremes", "[statistics]") {
  for (const SampleType type : {SampleType::u8, SampleType::i16, SampleType::f32}) {
    Picture picture(make_info(200, 90, type, 1));
    const std::int64_t low[][2] = {{190, 40}, {7, 41}, {199, 80}};
    for (std::int64_t y = 0; y < 90; ++y)
      for (std::int64_t x = 0; x < 200; ++x)
        picture.set(0, x, y, 9);
    for (const auto& [x, y] : low)
      picture.set(0, x, y, type == SampleType::f32 && x == 7 ? -0.0 : 0.0);
    const ReductionValues values = stats_of(picture);
    CHECK(get(values, "min_x") == 190);
    CHECK(get(values, "min_y") == 40);
    CHECK(get(values, "max_x") == 0);
    CHECK(get(values, "squares") == 81. * (200 * 90 - 3));
  }
}

TEST_CASE("stats of extreme samples", "[statistics]") {
  for (int t = 0; t < kSampleTypes; ++t) {
    const auto type = static_cast<SampleType>(t);
    with_type(type, [&]<class T>() {
      INFO(name_of(type));
      for (const T v : {std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest()}) {
        Picture picture(make_info(300, 200, type, 1));
        for (std::int64_t y = 0; y < 200; ++y)
          for (std::int64_t x = 0; x < 300; ++x)
            picture.at<T>(0, x, y) = v;
        const ReductionValues values = stats_of(picture);
        CHECK(get(values, "deviation") == 0);
        CHECK(get(values, "mean") == static_cast<double>(v));
        CHECK(get(values, "min") == static_cast<double>(v));
      }
    });
  }
}

TEST_CASE("stats of floats rounds once", "[statistics]") {
  const auto sum = [](const std::vector<double>& v) { return get(stats_of(of_values(v)), "sum"); };
  CHECK(sum({1e300, 1, -1e300}) == 1);
  CHECK(sum({1, 0x1p-53, 0x1p-106}) == 1 + 0x1p-52);  // above half an ulp
  CHECK(sum({1, 0x1p-53}) == 1);                      // ties to even
  CHECK(sum({5e-324, 5e-324, 5e-324}) == 15e-324);
  CHECK(sum({-3, 1, 1}) == -1);
  CHECK(sum({1e308, 1e308}) == kInfinity);
  const ReductionValues wide = stats_of(of_values({1.5e308, -1.5e308, 1.5e308, 1.5e308}));
  CHECK(get(wide, "mean") == 0.75e308);
  CHECK(get(wide, "deviation") == Approx(1.299038105676658e308));
  const ReductionValues tiny = stats_of(of_values({0, 10e-324}));
  CHECK(get(tiny, "deviation") == 5e-324);
  const ReductionValues offset = stats_of(of_values({1e15 + 1, 1e15 + 2, 1e15 + 3}));
  CHECK(get(offset, "deviation") == Approx(std::sqrt(2.0 / 3)).epsilon(1e-15));
}

TEST_CASE("stats of NaN, infinities and nothing", "[statistics]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const SampleType type : {SampleType::f32, SampleType::f64}) {
    const ReductionValues some = stats_of(of_values({nan, 4, nan, 6}, type));
    CHECK(get(some, "count") == 2);
    CHECK(get(some, "mean") == 5);
    CHECK(get(some, "deviation") == 1);
    const ReductionValues up = stats_of(of_values({1, kInfinity}, type));
    CHECK(get(up, "sum") == kInfinity);
    CHECK(get(up, "max") == kInfinity);
    CHECK(std::isnan(get(up, "deviation")));
    CHECK(get(up, "squares") == kInfinity);
    CHECK(get(up, "max_x") == 1);
    CHECK(std::isnan(get(stats_of(of_values({-kInfinity, kInfinity}, type)), "mean")));
    const ReductionValues none = stats_of(of_values({nan, nan}, type));
    CHECK(get(none, "count") == 0);
    CHECK(std::isnan(get(none, "max")));
  }
  Picture all_nodata(make_info(20, 3, SampleType::u16, 1));
  all_nodata.info.bands[0].nodata = 0;
  CHECK(get(stats_of(all_nodata), "count") == 0);
  all_nodata.info.bands[0].nodata = -1;  // no u16 has this value
  CHECK(get(stats_of(all_nodata), "count") == 60);
}

namespace {

using Wide = long double;  // holds 64-bit integers and doubles exactly

// NumPy's default percentile of sorted samples.
template <class T>
double sorted_percentile(const std::vector<T>& sorted, double percent) {
  const double h = static_cast<double>(sorted.size() - 1) * (percent / 100);
  const auto k = static_cast<std::size_t>(h);
  const double t = h - static_cast<double>(k);
  const T low = sorted[k], high = sorted[std::min(k + 1, sorted.size() - 1)];
  const double a = static_cast<double>(low), b = static_cast<double>(high);
  if (t == 0 || a == b) return a;
  const double step = static_cast<double>(Wide(high) - Wide(low));
  return t < 0.5 ? a + step * t : b - step * (1 - t);
}

// Against sorted samples: integers exactly, floats within the promised error.
template <class T>
void check_percentiles(std::vector<T> samples, const std::vector<double>& at,
                       const ReductionValues& values, std::size_t channel = 0) {
  const auto& p = *values.find("p");
  REQUIRE(p.size() == at.size());
  std::sort(samples.begin(), samples.end());
  for (std::size_t i = 0; i < at.size(); ++i) {
    INFO(at[i] << " %");
    const double got = p[i][channel];
    if (samples.empty()) {
      CHECK(std::isnan(got));
      continue;
    }
    const double want = sorted_percentile(samples, at[i]);
    const bool exact = std::is_integral_v<T> || at[i] == 0 || at[i] == 100;
    const Wide range = Wide(samples.back()) - Wide(samples.front());
    CHECK(std::abs(Wide(got) - Wide(want)) <= (exact ? 0 : range / (1 << 20)));
  }
}

std::vector<double> hundred() {
  std::vector<double> at;
  for (int i = 0; i <= 100; ++i)
    at.push_back(i);
  return at;
}

// Samples of a type as they are, of which doubles would not tell all apart.
template <class T>
Picture of_samples(SampleType type, const std::vector<T>& samples) {
  Picture picture(make_info(static_cast<std::int64_t>(samples.size()), 1, type, 1));
  for (std::size_t i = 0; i < samples.size(); ++i)
    picture.at<T>(0, static_cast<std::int64_t>(i), 0) = samples[i];
  return picture;
}

template <class T>
void check_samples(SampleType type, const std::vector<T>& samples, const std::vector<double>& at) {
  INFO(name_of(type) << ", " << samples.size() << " samples, " << at.size() << " percents");
  const ReductionValues values = reduced(
      of_samples(type, samples), [&](const Image& i) { return percentile(i, {at}); }, {best_isa()});
  check_percentiles(samples, at, values);
}

// Lookalike ids, wide spreads, and neighbours whose keys begin differently.
template <class T>
void check_integers(SampleType type) {
  std::mt19937_64 random(5);
  std::vector<T> near, wide, steps;
  constexpr T kMost = std::numeric_limits<T>::max();
  for (int i = 0; i < 2000; ++i) {
    near.push_back(static_cast<T>(kMost - kMost / 8 + static_cast<T>(random() % 300)));
    wide.push_back(static_cast<T>(random()));
    steps.push_back(static_cast<T>(T{1} << (random() % (sizeof(T) * 8))));
  }
  for (const auto& samples : {near, wide, steps})
    for (const auto& at : {std::vector<double>{2, 50, 98}, hundred(), {33.3}})
      check_samples(type, samples, at);
  const T least = std::numeric_limits<T>::lowest();
  check_samples<T>(type, {kMost, least, kMost, least, static_cast<T>(kMost - 1)}, hundred());
  check_samples<T>(type, {kMost}, {0, 50, 100});
  check_samples<T>(type, {least, least}, {0, 50, 100});
}

}  // namespace

TEST_CASE("percentile of every type", "[statistics]") {
  const PercentileOptions options{{0, 2, 25, 50, 61.7, 98, 100}};
  for (int t = 0; t < kSampleTypes; ++t) {
    const auto type = static_cast<SampleType>(t);
    for (const auto& [width, height] : kSizes)
      for (const bool sparse : {false, true}) {
        INFO(name_of(type) << " " << width << " x " << height << (sparse ? " sparse" : ""));
        ImageInfo info = make_info(width, height, type, 2);
        info.validity = sparse ? Validity::common : Validity::none;
        Picture picture = random_picture(info, 13);
        if (sparse) picture.info.bands[1].nodata = picture.get(1, width / 2, height / 2);
        const ReductionValues values =
            reduced(picture, [&](const Image& i) { return percentile(i, options); }, {best_isa()});
        with_type(type, [&]<class T>() {
          for (int c = 0; c < 2; ++c)
            check_percentiles(counted<T>(picture, c), options.at, values,
                              static_cast<std::size_t>(c));
        });
      }
  }
}

TEST_CASE("percentile of wide integers is exact, whatever they have in common", "[statistics]") {
  check_integers<std::uint32_t>(SampleType::u32);
  check_integers<std::int32_t>(SampleType::i32);
  check_integers<std::uint64_t>(SampleType::u64);
  check_integers<std::int64_t>(SampleType::i64);
}

TEST_CASE("percentile of floats errs by their spread, not by their size", "[statistics]") {
  std::mt19937_64 random(6);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::vector<double> days, signed_zeros, huge, tiny, clustered, whole;
  std::vector<float> northings;
  for (int i = 0; i < 3000; ++i) {
    days.push_back(2459000.5 + 30 * uniform());
    northings.push_back(static_cast<float>(4000000 + 1000 * uniform()));
    signed_zeros.push_back(i % 2 ? 0.0 : -0.0);
    huge.push_back((uniform() - 0.5) * 2 * std::numeric_limits<double>::max());
    tiny.push_back(static_cast<double>(random() % 50) * 5e-324);
    clustered.push_back(i == 0 ? 1e12 : uniform());
    whole.push_back(static_cast<double>(random() % 9000) - 4500);
  }
  check_samples(SampleType::f32, northings, hundred());
  for (const auto& samples : {days, signed_zeros, huge, tiny, clustered})
    check_samples(SampleType::f64, samples, hundred());
  // A bin that holds one value gives it exactly.
  const std::vector<double> at = hundred();
  const ReductionValues values =
      reduced(of_values(whole), [&](const Image& i) { return percentile(i, {at}); }, {best_isa()});
  std::sort(whole.begin(), whole.end());
  for (std::size_t i = 0; i < at.size(); ++i)
    CHECK(values.find("p")->at(i)[0] == sorted_percentile(whole, at[i]));
}

TEST_CASE("percentile of infinities and nothing", "[statistics]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const SampleType type : {SampleType::f32, SampleType::f64}) {
    const auto at = [&](const std::vector<double>& v, double percent) {
      const ReductionValues values =
          reduced(of_values(v, type), [&](const Image& i) { return percentile(i, {{percent}}); });
      return values.find("p")->at(0).at(0);
    };
    CHECK(at({1, 2, kInfinity}, 50) == 2);
    CHECK(at({1, kInfinity, kInfinity}, 75) == kInfinity);
    CHECK(at({1, kInfinity}, 50) == kInfinity);
    CHECK(at({-kInfinity, 5, 6, kInfinity}, 0) == -kInfinity);
    CHECK(at({-kInfinity, 5, 7, kInfinity}, 50) == 6);
    CHECK(at({-kInfinity, -kInfinity}, 50) == -kInfinity);
    CHECK(at({nan, 3, nan, 4, nan}, 100) == 4);
    CHECK(std::isnan(at({nan, nan}, 50)));
    CHECK(std::signbit(at({-0.0, -0.0, 0.0}, 50)) == false);
  }
}

TEST_CASE("percentile takes as many passes as its type needs, and says what for", "[statistics]") {
  const auto purposes = [](SampleType type) {
    const Image image = add_source(Graph::make(), picture_source(of_values({1, 2}, type)));
    percentile(image, {{2, 98}});
    std::vector<std::string> texts;
    for (const PlannedPass& pass : plan(image.graph()).passes) {
      REQUIRE(pass.stages.size() == 1);
      CHECK(pass.stages[0].name == "percentile");
      CHECK(pass.stages[0].accumulator_bytes > 0);
      CHECK(pass.memory.results == pass.stages[0].accumulator_bytes * (pass.threads + 1));
      texts.push_back(pass.stages[0].purpose);
    }
    return texts;
  };
  using Texts = std::vector<std::string>;
  for (const SampleType type : {SampleType::u8, SampleType::i8, SampleType::u16, SampleType::i16})
    CHECK(purposes(type) == Texts{""});
  for (const SampleType type : {SampleType::u32, SampleType::i32})
    CHECK(purposes(type) ==
          Texts{"round 1 of 2 (the first 16 of 32 bits)", "round 2 of 2 (the next 16 of 32 bits)"});
  for (const SampleType type : {SampleType::u64, SampleType::i64})
    CHECK(purposes(type) ==
          Texts{"round 1 of 4 (the first 16 of 64 bits)", "round 2 of 4 (the next 16 of 64 bits)",
                "round 3 of 4 (the next 16 of 64 bits)", "round 4 of 4 (the next 16 of 64 bits)"});
  for (const SampleType type : {SampleType::f32, SampleType::f64})
    CHECK(purposes(type) ==
          Texts{"round 1 of 2 (smallest and largest)", "round 2 of 2 (counts between these)"});
}

TEST_CASE("many percentiles of wide integers take memory in measure", "[statistics]") {
  for (const SampleType type : {SampleType::u32, SampleType::i64}) {
    const Image image = add_source(Graph::make(), picture_source(of_values({1, 2}, type)));
    percentile(image, {hundred()});
    for (const PlannedPass& pass : plan(image.graph()).passes)
      CHECK(pass.stages[0].accumulator_bytes < 32 << 20);
  }
}

TEST_CASE("percentile refuses what is none", "[statistics]") {
  const Image image = add_source(Graph::make(), picture_source(of_values({1, 2})));
  CHECK_THROWS_AS(percentile(image, {{}}), Error);
  CHECK_THROWS_AS(percentile(image, {{-1}}), Error);
  CHECK_THROWS_AS(percentile(image, {{50, 100.5}}), Error);
  CHECK_THROWS_WITH(percentile(image, {{101}}),
                    "percentile: at has 101; a percentile lies between 0 and 100");
}
