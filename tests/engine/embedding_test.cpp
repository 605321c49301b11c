// What a host may do with graphs: run them again and at once, read regions of them, hold their
// results.
#include <latch>
#include <thread>

#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/statistics/percentile.hpp"
#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// An image whose contrast depends on the whole of it.
struct Stretched {
  std::shared_ptr<Graph> graph = Graph::make();
  Image image;
  Result percentiles;

  Stretched() {
    const Picture in = random_picture(make_info(500, 400, SampleType::u16, 1), 5);
    const Image read = add_source(graph, picture_source(in, 64, 48));
    percentiles = percentile(read, {.at = {5, 90}});
    image = linear(stretch(read, {.low = percentiles[0], .high = percentiles[1]}), {.gain = 0.5});
  }
};

std::vector<std::byte> region_of(const Image& image, const Rect& region,
                                 const RunOptions& options = {}) {
  const std::int64_t row = region.width * image.info().channels() *
                           static_cast<std::int64_t>(size_of(image.info().type));
  std::vector<std::byte> buffer(static_cast<std::size_t>(row * region.height));
  read_region(image, region, buffer, row, options);
  return buffer;
}

// The same pixels out of a whole image, of one band.
std::vector<std::byte> part_of(const Picture& whole, const Rect& region) {
  std::vector<std::byte> part;
  const std::size_t size = size_of(whole.info.type);
  for (std::int64_t y = region.y; y < region.bottom(); ++y) {
    const std::byte* row = whole.samples.data() + whole.index(0, region.x, y) * size;
    part.insert(part.end(), row, row + static_cast<std::size_t>(region.width) * size);
  }
  return part;
}

}  // namespace

TEST_CASE("a region behind late numbers can be read when a run has found them", "[embedding]") {
  const Stretched s;
  const Rect region{37, 91, 200, 150};
  const Error before = error_of([&] { region_of(s.image, region); });
  CHECK(before.kind() == ErrorKind::usage);
  CHECK(before.step() == "stretch");
  CHECK_THAT(before.what(), contains("run()"));
  const auto sink = std::make_shared<PictureSink>(s.image.info(), 64, 64, true);
  add_sink("write", s.image, sink);
  run(*s.graph);
  CHECK(region_of(s.image, region) == part_of(sink->result, region));
}

TEST_CASE("a run only reads its graph, so that all may be done at once", "[embedding]") {
  const Stretched s;
  run(*s.graph);
  const Rect region{37, 91, 100, 80};
  const std::vector<std::byte> expected = region_of(s.image, region);
  const auto values = s.percentiles.values().arrays;
  RunOptions options;
  options.threads = 2;
  constexpr int kTimes = 5;
  std::latch start(5);
  std::atomic<int> wrong{0};
  const auto at_once = [&](auto&& f) {
    return std::thread([&, f] {
      start.arrive_and_wait();
      for (int i = 0; i < kTimes; ++i)
        wrong += f() ? 0 : 1;
    });
  };
  std::thread all[] = {
      at_once([&] { return run(*s.graph, options).values.at(0).values.arrays == values; }),
      at_once([&] { return run(*s.graph, options).values.at(0).values.arrays == values; }),
      at_once([&] { return region_of(s.image, region, options) == expected; }),
      at_once([&] { return plan(*s.graph, options).units > 0; }),
      at_once([&] { return s.percentiles.values().arrays == values; })};
  for (std::thread& thread : all)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a sink belongs to one run at a time", "[embedding]") {
  const Picture in = random_picture(make_info(300, 200, SampleType::u32, 1), 5);
  const auto graph = Graph::make();
  const Image image = box(add_source(graph, picture_source(in, 64, 48)), 2, Edge::replicate);
  const auto sink = std::make_shared<PictureSink>(image.info(), 64, 64, true);
  add_sink("write", image, sink);
  std::optional<Error> second;
  RunOptions options;
  options.planned = [&](const Plan&) { second = error_of([&] { run(*graph); }); };
  run(*graph, options);
  REQUIRE(second);
  CHECK(second->kind() == ErrorKind::usage);
  CHECK(second->step() == "write");
  CHECK(second->file() == "picture sink");
  CHECK(difference(sink->result, plain_box(in, 2, Edge::replicate)) == "");
  // Also after a run that failed.
  options.planned = [](const Plan&) { throw Error(ErrorKind::usage, "no"); };
  CHECK_THROWS_AS(run(*graph, options), Error);
  run(*graph);
  CHECK(sink->finished);
}

TEST_CASE("what is empty is refused, and says so", "[embedding]") {
  const auto empty = Graph::make();
  for (const auto& call : {std::function<void()>([&] { run(*empty); }),
                           std::function<void()>([&] { plan(*empty); })}) {
    const Error error = error_of(call);
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_THAT(error.what(), contains("nothing to do"));
  }
  std::byte buffer[16];
  const Image none;
  const auto graph = Graph::make();
  const std::function<void()> calls[] = {
      [&] {
        read_region(none, {0, 0, 1, 1}, buffer, 16);
      },
      [&] { none.info(); },
      [&] { Result().values(); },
      [&] { linear(none, {}); },
      [&] { percentile(none, {}); },
      [&] { add_sink("write", none, nullptr); },
      [&] { add_source(graph, nullptr); },
      [&] { add_generator("made", graph, nullptr); },
  };
  for (const auto& call : calls)
    CHECK(error_of(call).kind() == ErrorKind::usage);
}
