// Stopping before anything is computed.
#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// An operation that asks the run to stop when the planner has looked at it so many times, and
// counts how often it looks all the same.
class Stopping final : public Operation {
 public:
  Stopping(ImageInfo info, std::stop_source stop, std::int64_t after)
      : Operation(std::move(info)), stop_(std::move(stop)), after_(after) {}
  Rect needs(int, const Rect& out) const override {
    if (++looks == after_) stop_.request_stop();
    return out.grown(2, 2, 2, 2);
  }
  void compute(std::span<const TileView>, const TileView&, const ComputeContext&) const override {
    throw std::logic_error("nothing is to be computed");
  }
  mutable std::atomic<std::int64_t> looks{0};

 private:
  mutable std::stop_source stop_;
  std::int64_t after_;
};

}  // namespace

TEST_CASE("planning is stopped on request", "[stop]") {
  const auto graph = Graph::make();
  // Generated, so that its size costs nothing.
  const Image source = add_source(
      graph, picture_source(Picture(make_info(8000, 8000, SampleType::u8, 1)), 256, 256));
  const auto looks = [&](std::int64_t stop_after, auto&& call) {
    const auto from = Graph::make();
    std::stop_source stop;
    const auto operation = std::make_shared<Stopping>(source.info(), stop, stop_after);
    const Image read = add_source(from, graph->node(0).source);
    const Image image = add_operation("look", read, operation);
    add_sink("write", image, std::make_shared<PictureSink>(image.info(), 16, 16, true));
    RunOptions options;
    options.memory = std::int64_t{1} << 30;
    options.threads = 2;
    options.stop = stop.get_token();
    call(*from, options);
    return operation->looks.load();
  };
  const std::int64_t all = looks(-1, [](const Graph& g, const RunOptions& o) { plan(g, o); });
  REQUIRE(all > 1000);
  for (const bool only_plan : {true, false}) {
    const std::int64_t stopped = looks(all / 10, [&](const Graph& g, const RunOptions& o) {
      const Error error = error_of([&] {
        if (only_plan)
          plan(g, o);
        else
          run(g, o);
      });
      CHECK(error.kind() == ErrorKind::cancelled);
    });
    CHECK(stopped < all / 2);
  }
}

TEST_CASE("a run that is to stop when it begins opens no output", "[stop]") {
  const auto graph = Graph::make();
  const Image image = box(
      add_source(graph, picture_source(random_picture(make_info(64, 64, SampleType::u32, 1), 1))),
      1, Edge::replicate);
  struct Unwanted final : Sink {
    std::string name() const override { return "unwanted"; }
    BlockGrid grid() const override { return {64, 64, 64, 64}; }
    std::int64_t encoded_bound() const override { return 1; }
    void begin() override { begun = true; }
    std::int64_t encode(std::int64_t, const TileView&, std::span<std::byte>,
                        const CodecContext&) const override {
      return 0;
    }
    void store(std::int64_t, std::span<const std::byte>) override {}
    void finish() override {}
    void abandon() noexcept override {}
    std::int64_t bytes_written() const override { return 0; }
    bool begun = false;
  };
  const auto sink = std::make_shared<Unwanted>();
  add_sink("write", image, sink);
  std::stop_source stop;
  RunOptions options;
  options.stop = stop.get_token();
  options.planned = [&](const Plan&) { stop.request_stop(); };
  CHECK(error_of([&] { run(*graph, options); }).kind() == ErrorKind::cancelled);
  CHECK(!sink->begun);
}
