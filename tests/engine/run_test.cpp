// Graphs run end to end against the same steps done plainly.
#include <atomic>
#include <thread>

#include "engine/run.hpp"
#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

class Fails final : public Operation {
 public:
  explicit Fails(ImageInfo info) : Operation(std::move(info)) {}
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext&) const override {
    if (out.rect.contains({200, 200, 1, 1})) throw Error(ErrorKind::data, "no");
  }
};

// Counts pixels.
class Count final : public Reduction {
 public:
  struct Sum final : Accumulator {
    double n = 0;
    void add(const TileView& t, Isa) override {
      n += static_cast<double>(t.rect.width * t.rect.height);
    }
    void merge(const Accumulator& o) override { n += static_cast<const Sum&>(o).n; }
  };
  ReductionValues shape() const override { return {{{"n", {{}}}}}; }
  std::unique_ptr<Accumulator> start() const override { return std::make_unique<Sum>(); }
  ReductionValues finish(const Accumulator& a) const override {
    return {{{"n", {{static_cast<const Sum&>(a).n}}}}};
  }
  std::int64_t accumulator_bytes() const override { return sizeof(Sum); }
};

struct Size {
  std::int64_t width, height;
};
constexpr Size kSizes[] = {{1, 1}, {3, 8}, {257, 1}, {133, 101}};

}  // namespace

TEST_CASE("a chain with halos, edges, a transposition and a diamond equals plain code") {
  const Edge edge = GENERATE(Edge::replicate, Edge::mirror, Edge::constant, Edge::wrap);
  const int threads = GENERATE(1, 2, 8);
  const std::uint64_t keep_seed = GENERATE(0, 3, 8);  // nothing, some, or other nodes are kept
  for (const Size size : kSizes) {
    const Picture in = random_picture(make_info(size.width, size.height, SampleType::u32, 2), 5);
    auto graph = Graph::make();
    const Image read = add_source(graph, picture_source(in, 32, 24));
    const Image pair[] = {turn(box(box(read, 2, edge), 3, edge)), turn(read)};
    const Image sum = add_operation("add", pair, std::make_shared<Added>(pair[0].info()));

    Picture expected = plain_transposed(plain_box(plain_box(in, 2, edge), 3, edge));
    const Picture other = plain_transposed(in);
    for (int c = 0; c < 2; ++c)
      for (std::int64_t y = 0; y < expected.height(); ++y)
        for (std::int64_t x = 0; x < expected.width(); ++x)
          expected.at<std::uint32_t>(c, x, y) += other.at<std::uint32_t>(c, x, y);

    HookedOptions options;
    options.threads = threads;
    options.forced.keep_seed = keep_seed;
    for (const std::int64_t unit : {0, 8, 40, 64}) {
      for (const std::uint64_t seed : {0, 1}) {
        options.forced.unit_width = unit;
        options.forced.unit_height = unit;
        options.forced.shuffle_seed = seed;
        options.forced.poison = seed ? 0xA5 : 0x5A;
        INFO(size.width << "x" << size.height << " unit " << unit << " seed " << seed);
        CHECK(difference(pull(sum, options), expected) == "");
      }
    }
  }
}

TEST_CASE("one thread means the caller's alone; eight run at once where the host allows") {
  const Picture in = random_picture(make_info(400, 300, SampleType::u32, 1), 5);
  auto graph = Graph::make();
  const Image image = box(add_source(graph, picture_source(in, 32, 24)), 2, Edge::replicate);
  std::atomic<int> most{0};
  HookedOptions options;
  options.forced.observed_concurrency = &most;
  options.forced.unit_width = options.forced.unit_height = 16;
  options.threads = 1;
  const std::thread::id caller = std::this_thread::get_id();
  bool elsewhere = false;
  options.progress = [&](const Progress&) {
    elsewhere = elsewhere || std::this_thread::get_id() != caller;
  };
  pull(image, options);
  CHECK(most == 1);
  CHECK_FALSE(elsewhere);
  most = 0;
  options.threads = 8;
  options.forced.shuffle_seed = 3;
  // On a machine that is busy with something else, threads may come late to a short run.
  for (int attempt = 0; attempt < 50 && most <= 2; ++attempt)
    pull(image, options);
  CHECK(most > 2);
  CHECK(most <= 8);
}

TEST_CASE("a budget one byte short is refused with the least that would do; the least does") {
  const Picture in = random_picture(make_info(500, 400, SampleType::u32, 3), 5);
  auto graph = Graph::make();
  const Image image = box(add_source(graph, picture_source(in, 64, 64)), 4, Edge::replicate);
  const Result count = add_reduction("count", image, std::make_shared<Count>());
  HookedOptions options;
  options.threads = 2;
  const Plan free = plan(*graph, options);
  CHECK(free.least_bytes <= free.peak_bytes);
  options.memory = free.least_bytes;
  const Report report = run(*graph, options);
  CHECK(count.values().arrays[0].second[0][0] == 500 * 400);
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  CHECK(report.plan.peak_bytes <= free.least_bytes);
  CHECK(report.sources.at(0).blocks_decoded == report.sources.at(0).blocks_total);
  options.memory = free.least_bytes - 1;
  try {
    run(*graph, options);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::memory);
    CHECK(std::string(error.what()).find(std::to_string(free.least_bytes)) != std::string::npos);
  }
}

TEST_CASE("a run is stopped on request, and an error names its step and unit") {
  const Picture in = random_picture(make_info(500, 400, SampleType::u32, 1), 5);
  auto graph = Graph::make();
  const Image read = add_source(graph, picture_source(in, 16, 16));
  HookedOptions options;
  options.threads = 2;
  SECTION("stopped") {
    std::stop_source stop;
    options.stop = stop.get_token();
    options.forced.unit_width = options.forced.unit_height = 16;
    options.progress = [&](const Progress&) { stop.request_stop(); };
    CHECK_THROWS_WITH(pull(box(read, 1, Edge::replicate), options), "stopped on request");
  }
  SECTION("failing") {
    graph->set_place({"fails", "line 3"});
    const Image failing = add_operation("fails", read, std::make_shared<Fails>(read.info()));
    CHECK_THROWS_WITH(pull(failing, options), Catch::Matchers::StartsWith("fails (line 3): unit "));
  }
}
