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
  }
  return view.part(rect);
}

// The result by accumulators for `workers` workers that get units of a size in a seeded order, and
// are merged in one too.
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
  const Reduction& reduction = *image.graph().node(result.node()).reduction;
  const ReductionValues whole =
      gather(reduction, picture, Isa::sse4, picture.width(), picture.height(), 1, 1);
  for (const Isa isa : isas) {
    CHECK(same_bits(gather(reduction, picture, isa, 61, 37, 3, 2), whole));
    CHECK(same_bits(gather(reduction, picture, isa, 128, 1, 2, 3), whole));
  }
  for (const int threads : {1, 4}) {
    HookedOptions run_options;
    run_options.threads = threads;
    run_options.forced.poison = 0x5A;
    run(image.graph(), run_options);
    CHECK(same_bits(result.values(), whole));
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
      if (v != v || (nodata && v == static_cast<T>(nodata->as_double()))) continue;
      if (!p.validity.empty() && p.validity[p.index(0, x, y)] == 0) continue;
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
          if (picture.at<T>(c, x, y) == wanted &&
              (picture.validity.empty() || picture.validity[picture.index(0, x, y)] != 0))
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

// NumPy's default percentile of sorted samples.
template <class T>
double sorted_percentile(const std::vector<T>& sorted, double percent) {
  const double h = static_cast<double>(sorted.size() - 1) * (percent / 100);
  const auto k = static_cast<std::size_t>(h);
  const double t = h - static_cast<double>(k);
  const double a = static_cast<double>(sorted[k]);
  const double b = static_cast<double>(sorted[std::min(k + 1, sorted.size() - 1)]);
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
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
        const auto& p = *values.find("p");
        REQUIRE(p.size() == options.at.size());
        with_type(type, [&]<class T>() {
          for (int c = 0; c < 2; ++c) {
            std::vector<T> samples = counted<T>(picture, c);
            std::sort(samples.begin(), samples.end());
            for (std::size_t i = 0; i < options.at.size(); ++i) {
              const double got = p[i][static_cast<std::size_t>(c)];
              if (samples.empty()) {
                CHECK(std::isnan(got));
                continue;
              }
              const double want = sorted_percentile(samples, options.at[i]);
              const bool exact = sizeof(T) <= 2 || options.at[i] == 0 || options.at[i] == 100;
              // Between two samples of different size the error is that of the larger one.
              const double h = static_cast<double>(samples.size() - 1) * (options.at[i] / 100);
              const auto k = static_cast<std::size_t>(h);
              const double scale = std::max(
                  std::abs(static_cast<double>(samples[k])),
                  std::abs(static_cast<double>(samples[std::min(k + 1, samples.size() - 1)])));
              CHECK(std::abs(got - want) <= (exact ? 0 : scale / 4000));
            }
          }
        });
      }
  }
}

TEST_CASE("percentile of small integers in wide types is exact", "[statistics]") {
  for (const SampleType type : {SampleType::i32, SampleType::i64}) {
    std::vector<double> values;
    for (int v = -4095; v <= 4095; ++v)
      values.push_back(v);
    const ReductionValues result = reduced(of_values(values, type), [](const Image& i) {
      return percentile(i, {{0, 1, 12.5, 50, 50.01, 99.9, 100}});
    });
    const auto& p = *result.find("p");
    std::size_t i = 0;
    for (const double percent : {0.0, 1.0, 12.5, 50.0, 50.01, 99.9, 100.0})
      CHECK(p[i++][0] == sorted_percentile(values, percent));
  }
}

TEST_CASE("percentile of what f32 cannot hold, and of infinities", "[statistics]") {
  const auto at = [](const std::vector<double>& v, double percent) {
    const ReductionValues values =
        reduced(of_values(v), [&](const Image& i) { return percentile(i, {{percent}}); });
    return values.find("p")->at(0).at(0);
  };
  CHECK(at({-1e300, 1, 1e300}, 50) == Approx(1).epsilon(0.0003));
  CHECK(at({-1e300, 1, 1e300}, 100) == 1e300);
  CHECK(at({-1e300, -1e299, 1, 2}, 0) == -1e300);
  CHECK(at({1, 2, kInfinity}, 50) == Approx(2).epsilon(0.0003));
  CHECK(at({1, kInfinity, kInfinity}, 75) == kInfinity);
  CHECK(at({0.0, -0.0, 0.0}, 50) == Approx(0).margin(1e-40));
}

TEST_CASE("percentile refuses what is none", "[statistics]") {
  const Image image = add_source(Graph::make(), picture_source(of_values({1, 2})));
  CHECK_THROWS_AS(percentile(image, {{}}), Error);
  CHECK_THROWS_AS(percentile(image, {{-1}}), Error);
  CHECK_THROWS_AS(percentile(image, {{50, 100.5}}), Error);
  CHECK_THROWS_WITH(percentile(image, {{101}}),
                    "percentile: at has 101; a percentile lies between 0 and 100");
}
