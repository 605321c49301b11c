// Numbers of options that come from results.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/run.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/statistics/percentile.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/error_of.hpp"
#include "support/picture.hpp"

using namespace sluice;
using namespace sluice::test;

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
