// Numbers of options that come from results.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/run.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/statistics/percentile.hpp"
#include "ops/statistics/stats.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/error_of.hpp"
#include "support/picture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// A host's own reduction: how many samples of each channel of a f32 image lie above a limit.
class Above final : public Reduction {
 public:
  explicit Above(std::vector<double> limits) : limits_(std::move(limits)) {}
  ReductionValues shape() const override { return {{{"above", {{}}}}}; }
  std::unique_ptr<Accumulator> start() const override { return std::make_unique<Counts>(limits_); }
  ReductionValues finish(const Accumulator& all) const override {
    return {{{"above", {static_cast<const Counts&>(all).counts}}}};
  }
  std::int64_t accumulator_bytes() const override { return 1 << 10; }
  std::string purpose() const override { return "counts"; }

 private:
  struct Counts : Accumulator {
    explicit Counts(std::vector<double> l) : limits(std::move(l)), counts(limits.size(), 0) {}
    void add(const TileView& tile, Isa) override {
      for (int c = 0; c < tile.channels; ++c)
        for (std::int64_t y = 0; y < tile.rect.height; ++y)
          for (std::int64_t x = 0; x < tile.rect.width; ++x)
            if (tile.row<const float>(c, y)[x] > static_cast<float>(limits[std::size_t(c)]))
              ++counts[std::size_t(c)];
    }
    void merge(const Accumulator& other) override {
      for (std::size_t c = 0; c < counts.size(); ++c)
        counts[c] += static_cast<const Counts&>(other).counts[c];
    }
    std::vector<double> limits, counts;
  };
  std::vector<double> limits_;
};

Result above(const Image& image, const Numbers& limit) {
  const Numbers* const late[] = {&limit};
  return add_reduction("above", image, late, [limit](const LateValues& known) {
    return std::make_shared<Above>(known.resolve(limit, 2, "limit"));
  });
}

}  // namespace

TEST_CASE("a reduction may take its numbers from another one", "[late]") {
  Picture picture(make_info(30, 20, SampleType::f32, 2));
  for (std::int64_t y = 0; y < 20; ++y)
    for (std::int64_t x = 0; x < 30; ++x) {
      picture.set(0, x, y, static_cast<double>(x));
      picture.set(1, x, y, y == 3 ? 30 : 0);
    }
  const auto graph = Graph::make();
  const Image image = add_source(graph, picture_source(picture, 16, 16));
  const Result given = above(image, 24.5);
  const Result mean = stats(image);
  const Result found = above(image, mean.value("mean"));
  const Image moved = linear(image, {.offset = found.value("above")});
  add_sink("write", moved, std::make_shared<PictureSink>(moved.info(), 16, 16, false));
  const std::vector<Node> before = graph->nodes();

  const Plan planned = plan(*graph);
  REQUIRE(planned.passes.size() == 3);
  REQUIRE(planned.passes[1].stages.size() == 1);
  CHECK(planned.passes[1].stages[0].purpose == "counts");
  for (int i = 0; i < 2; ++i) {
    const Report report = run(*graph);
    CHECK(report.values.size() == 3);
    CHECK(given.values().arrays[0].second[0] == std::vector<double>{100, 30});
    CHECK(found.values().arrays[0].second[0] == std::vector<double>{300, 30});
  }
  for (std::size_t id = 0; id < before.size(); ++id) {
    CHECK(graph->nodes()[id].reduction == before[id].reduction);
    CHECK(graph->nodes()[id].operation == before[id].operation);
  }
  const Numbers none(LateRef{image.node(), "", 0});
  const Error error = error_of([&] { above(image, none); });
  CHECK(error.step() == "above");
  CHECK(error.reason() == "a late number refers to a step that gives no result");
}

TEST_CASE("a number that is none is refused, given or late", "[late]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinite = std::numeric_limits<double>::infinity();
  const int kind = GENERATE(0, 1, 2);
  const double bad = kind == 0 ? nan : kind == 1 ? infinite : -infinite;
  // An image with no valid pixel has no percentiles; one of that value alone has it as its mean.
  ImageInfo info = make_info(30, 20, SampleType::f32, 2);
  info.validity = std::isnan(bad) ? Validity::common : Validity::none;
  Picture picture(info);
  for (std::int64_t y = 0; y < 20; ++y)
    for (std::int64_t x = 0; x < 30; ++x)
      picture.set(0, x, y, std::isnan(bad) ? 1 : bad);
  std::fill(picture.validity.begin(), picture.validity.end(), std::uint8_t{0});
  const auto graph = Graph::make();
  const Image image = add_source(graph, picture_source(picture, 16, 16));
  const auto expect = [&](const char* option, const Error& error) {
    INFO(error.what());
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.reason().find(std::string(option) + " must be finite") == 0);
  };
  expect("low", error_of([&] { stretch(image, {.low = bad, .high = 2}); }));
  expect("high", error_of([&] { stretch(image, {.low = 1, .high = {0, bad}}); }));
  expect("gain", error_of([&] { linear(image, {.gain = bad}); }));
  expect("offset", error_of([&] { linear(image, {.offset = bad}); }));

  graph->set_place({"percentile", "line 4"});
  const Result result = percentile(image, {.at = {2, 98}});
  graph->set_place({"the user", "line 5"});
  const bool stretches = GENERATE(true, false);
  const Image user = stretches ? stretch(image, {.low = 0, .high = result[1]})
                               : linear(image, {.gain = result[1]});
  auto sink = std::make_shared<PictureSink>(user.info(), 16, 16, false);
  add_sink("write", user, sink);
  const Error error = error_of([&] { run(*graph); });
  INFO(error.what());
  CHECK(error.kind() == ErrorKind::data);
  CHECK(error.step() == "the user (line 5)");
  CHECK(error.reason() == std::string(stretches ? "high" : "gain") +
                              " is value 1 of percentile (line 4), which is " +
                              (std::isnan(bad) ? "nan"
                               : bad > 0       ? "inf"
                                               : "-inf") +
                              " for channel 0: " +
                              (std::isnan(bad) ? "its image has no pixel with a value there"
                                               : "its image has infinite samples there"));
}
