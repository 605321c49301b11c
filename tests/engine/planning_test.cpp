// Plans of images that nobody will ever compute: what they take, and what more memory or threads
// change.
#include <fmt/format.h>

#include "engine/run.hpp"
#include "support/box.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// An image of any size in blocks, of which nothing is ever read.
class Promised final : public Source {
 public:
  Promised(ImageInfo info, std::int64_t block_width, std::int64_t block_height)
      : Source(std::move(info)), width_(block_width), height_(block_height) {}
  std::string name() const override { return "promised"; }
  BlockGrid grid() const override { return {info_.width, info_.height, width_, height_}; }
  std::int64_t encoded_bytes_of(Interval blocks) const override { return blocks.size(); }
  std::int64_t encoded_bytes() const override { return 1000; }

 private:
  std::int64_t width_, height_;
};

// Takes blocks and keeps nothing.
class Taken final : public Sink {
 public:
  Taken(const ImageInfo& info, bool any_order)
      : grid_{info.width, info.height, 256, 256},
        bytes_(256 * 256 * info.channels() * static_cast<std::int64_t>(size_of(info.type))),
        any_order_(any_order) {}
  std::string name() const override { return "taken"; }
  BlockGrid grid() const override { return grid_; }
  bool any_order() const override { return any_order_; }
  std::int64_t encoded_bound() const override { return bytes_; }
  void begin() override {}
  std::int64_t encode(std::int64_t, const TileView&, std::span<std::byte>,
                      const CodecContext&) const override {
    return 0;
  }
  void store(std::int64_t, std::span<const std::byte>) override {}
  void finish() override {}
  void abandon() noexcept override {}
  std::int64_t bytes_written() const override { return 0; }

 private:
  BlockGrid grid_;
  std::int64_t bytes_;
  bool any_order_;
};

struct Pipeline {
  std::shared_ptr<Graph> graph = Graph::make();
  Image image;
  Pipeline(std::int64_t width, std::int64_t height, std::int64_t block = 256) {
    image = add_source(graph, std::make_shared<Promised>(
                                  make_info(width, height, SampleType::u32, 1), block, block));
  }
  void write(const Image& from, bool any_order = false) {
    add_sink("write", from, std::make_shared<Taken>(from.info(), any_order));
  }
};

double work_of(const Plan& plan) {
  double work = 0;
  for (const PlannedPass& pass : plan.passes)
    work += pass.work;
  return work;
}

int threads_of(const Plan& plan) {
  int threads = 1 << 20;
  for (const PlannedPass& pass : plan.passes)
    threads = std::min(threads, pass.threads);
  return threads;
}

}  // namespace

TEST_CASE("more memory never means fewer threads or more work, and is not spent for nothing") {
  Pipeline p(30'000, 20'000, 512);
  const int kind = GENERATE(0, 1, 2);
  const Image boxed = box(p.image, kind == 0 ? 2 : 40, Edge::replicate);
  p.write(kind == 2 ? turn(boxed) : boxed, GENERATE(false, true));
  if (kind == 1) p.write(box(p.image, 3, Edge::replicate));
  for (const int threads : {1, 2, 16, 64}) {
    RunOptions options;
    options.threads = threads;
    const Plan free = plan(*p.graph, options);
    CHECK(threads_of(free) == threads);
    int before = 0;
    double work = 0;
    for (std::int64_t memory = free.least_bytes; memory < free.peak_bytes * 4;
         memory += memory / 3) {
      options.memory = memory;
      const Plan bounded = plan(*p.graph, options);
      INFO(fmt::format("kind {}, {} threads, {} bytes", kind, threads, memory));
      CHECK(bounded.peak_bytes <= memory);
      CHECK(threads_of(bounded) >= before);
      if (threads_of(bounded) == before) CHECK(work_of(bounded) <= work * (1 + 1e-9));
      before = threads_of(bounded);
      work = work_of(bounded);
    }
    CHECK(before == threads);
    CHECK(work_of(free) <= work * (1 + 1e-9));
  }
}

TEST_CASE("sinks that share a source take no more on a wide image than on a narrow one") {
  const int sinks = GENERATE(2, 4);
  const bool any_order = GENERATE(false, true);
  const auto least = [&](std::int64_t width) {
    Pipeline p(width, 20'000);
    for (int i = 0; i < sinks; ++i)
      p.write(box(p.image, 2 + i, Edge::replicate), any_order);
    return plan(*p.graph).least_bytes;
  };
  const std::int64_t narrow = least(50'000);
  CHECK(least(200'000) <= 2 * narrow);
  CHECK(least(800'000) <= 2 * narrow);
}

TEST_CASE("long chains are cut: they neither stack up nor recurse") {
  const auto planned = [&](int steps) {
    Pipeline p(4'000, 3'000);
    Image image = p.image;
    for (int i = 0; i < steps; ++i)
      image = box(image, 3, Edge::replicate);
    p.write(image);
    RunOptions options;
    options.spool_folder = "/tmp";
    return plan(*p.graph, options);
  };
  const Plan ten = planned(10);
  for (const int steps : {100, 1000}) {
    const Plan plan = planned(steps);
    INFO(fmt::format("{} steps: least {} (ten: {}), {} passes, work {} a step (ten: {})", steps,
                     plan.least_bytes, ten.least_bytes, plan.passes.size(), work_of(plan) / steps,
                     work_of(ten) / 10));
    // Beside the pixels each step has a record of a few kilobytes.
    CHECK(plan.least_bytes - steps * 6000 <= 2 * ten.least_bytes);
    CHECK(work_of(plan) / steps <= 2 * work_of(ten) / 10);
  }
}

TEST_CASE("chains of many thousands of steps run") {
  const Picture in = random_picture(make_info(133, 101, SampleType::u32, 1), 5);
  auto graph = Graph::make();
  Image image = add_source(graph, picture_source(in));
  for (int i = 0; i < 5000; ++i) {
    const Image pair[] = {image, image};
    // Diamonds in series: as many ways as 2^5000.
    image = i % 5 == 0 && i < 100
                ? add_operation("add", pair, std::make_shared<Added>(image.info()))
                : box(image, 0, Edge::replicate);
  }
  Picture expected = in;
  for (std::int64_t y = 0; y < in.height(); ++y)
    for (std::int64_t x = 0; x < in.width(); ++x)
      expected.at<std::uint32_t>(0, x, y) = in.at<std::uint32_t>(0, x, y) << 20;
  RunOptions options;
  options.threads = 2;
  CHECK(difference(pull(image, options), expected) == "");
}

TEST_CASE("a graph without targets is refused in words") {
  auto graph = Graph::make();
  CHECK_THROWS_WITH(run(*graph), contains("nothing to do"));
  add_source(graph, picture_source(Picture(make_info(8, 8, SampleType::u8, 1))));
  CHECK_THROWS_WITH(run(*graph), contains("nothing to do"));
}

TEST_CASE("a terapixel and hundreds of sinks are planned by axes") {
  Pipeline p(1'000'000, 1'000'000);
  p.write(box(p.image, 4, Edge::replicate));
  const Plan tera = plan(*p.graph);
  CHECK(tera.passes.at(0).sources.at(0).blocks_decoded >= 3907LL * 3907);
  CHECK(tera.peak_bytes < std::int64_t{3} << 30);

  Pipeline many(20'000, 20'000);
  for (int i = 0; i < 300; ++i)
    many.write(box(many.image, i % 3, Edge::replicate));
  CHECK(plan(*many.graph).passes.at(0).stages.size() == 300);
}

TEST_CASE("keeping takes memory in proportion to what it saves, whatever the width") {
  const bool any_order = GENERATE(false, true);
  const auto planned = [&](std::int64_t width) {
    Pipeline p(width, 20'000);
    p.write(box(box(p.image, 8, Edge::replicate), 8, Edge::replicate), any_order);
    return plan(*p.graph);
  };
  const Plan narrow = planned(10'000);
  for (const std::int64_t width : {40'000, 300'000, 1'000'000}) {
    const Plan wide = planned(width);
    INFO(fmt::format("{} columns: {} bytes (narrow: {}), work a column {} (narrow: {})", width,
                     wide.peak_bytes, narrow.peak_bytes, work_of(wide) / double(width),
                     work_of(narrow) / 10'000.0));
    CHECK(wide.passes.at(0).memory.kept <= 64 << 20);
    // A sink that wants its order makes lines of units end before the next begins.
    CHECK(wide.peak_bytes <= (any_order ? 2 : 3) * narrow.peak_bytes);
    CHECK(work_of(wide) / double(width) <= (any_order ? 1.15 : 1.2) * work_of(narrow) / 10'000);
  }
}
