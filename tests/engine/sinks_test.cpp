// Sinks of every kind of order, several in one pass, over random-access and in-order sources.
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

HookedOptions options_for(int threads, std::uint64_t seed) {
  HookedOptions options;
  options.threads = threads;
  options.forced.shuffle_seed = seed;
  options.forced.poison = 0x5A;
  return options;
}

Image transposed(const Image& image) {
  return add_operation("turn", image, std::make_shared<TransposedOperation>(image.info()));
}

}  // namespace

TEST_CASE("tiles, strips and any order: the same pixels, stored in the sink's order") {
  const bool any = GENERATE(false, true);
  const int threads = GENERATE(1, 3, 8);
  const bool in_order = GENERATE(false, true);
  const Picture in = random_picture(make_info(257, 190, SampleType::u16, 3), 9);
  struct Blocks {
    std::int64_t width, height;
  };
  for (const Blocks blocks : {Blocks{64, 64}, Blocks{257, 13}, Blocks{257, 190}, Blocks{512, 16}}) {
    for (const std::int64_t unit : {0, 16, 64, 128}) {
      INFO("blocks " << blocks.width << "x" << blocks.height << " unit " << unit);
      auto graph = Graph::make();
      const Image read = in_order ? add_source(graph, std::make_shared<InOrderPicture>(in, 17))
                                  : add_source(graph, picture_source(in, 50, 40));
      auto sink = std::make_shared<PictureSink>(in.info, blocks.width, blocks.height, any);
      add_sink("write", read, sink);
      HookedOptions options = options_for(threads, unit == 16 ? 7 : 0);
      options.forced.unit_width = options.forced.unit_height = unit;
      const Report report = run(*graph, options);
      CHECK(difference(sink->result, in) == "");
      CHECK(sink->finished);
      CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
      CHECK(report.sources.at(0).blocks_decoded == report.plan.passes[0].sources[0].blocks_decoded);
    }
  }
}

TEST_CASE("several sinks share one pass over the source") {
  const int threads = GENERATE(1, 4);
  const Picture in = random_picture(make_info(300, 260, SampleType::u8, 3), 4);
  auto graph = Graph::make();
  const Image read = add_source(graph, picture_source(in, 64, 64));
  auto plain = std::make_shared<PictureSink>(in.info, 64, 64, false);
  auto strips = std::make_shared<PictureSink>(in.info, 300, 16, false);
  const Image turned = transposed(read);
  auto other = std::make_shared<PictureSink>(turned.info(), 64, 64, true);
  add_sink("write", read, plain);
  add_sink("write", read, strips);
  add_sink("write", turned, other);
  const Report report = run(*graph, options_for(threads, 5));
  CHECK(report.plan.passes.size() == 1);
  CHECK(difference(plain->result, in) == "");
  CHECK(difference(strips->result, in) == "");
  CHECK(other->finished);
  CHECK(report.sources.at(0).blocks_decoded == 25);
  CHECK(report.sources.at(0).blocks_total == 25);
}

TEST_CASE(
    "an in-order source asked for in another order is held whole, or refused with what it needs") {
  const Picture in = random_picture(make_info(600, 500, SampleType::u16, 3), 4);
  auto graph = Graph::make();
  const Image turned = transposed(add_source(graph, std::make_shared<InOrderPicture>(in, 16)));
  auto sink = std::make_shared<PictureSink>(turned.info(), 64, 64, false);
  add_sink("write", turned, sink);
  const Plan free = plan(*graph, options_for(2, 0));
  CHECK(free.least_bytes > in.info.bytes());
  run(*graph, options_for(2, 1));
  CHECK(sink->result.at<std::uint16_t>(1, 17, 555) == in.at<std::uint16_t>(1, 555, 17));
  HookedOptions tight = options_for(2, 0);
  tight.memory = 1 << 20;
  try {
    run(*graph, tight);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::memory);
    CHECK(std::string(error.what()).find("held whole") != std::string::npos);
  }
}

TEST_CASE("a failing run abandons every sink and gives none its final name") {
  const Picture in = random_picture(make_info(300, 260, SampleType::u8, 1), 4);
  auto graph = Graph::make();
  const Image read = add_source(graph, picture_source(in, 64, 64));
  auto sink = std::make_shared<PictureSink>(in.info, 64, 64, false);
  add_sink("write", read, sink);
  std::stop_source stop;
  HookedOptions options = options_for(2, 0);
  options.stop = stop.get_token();
  options.planned = [&](const Plan&) { stop.request_stop(); };
  CHECK_THROWS_WITH(run(*graph, options), "stopped on request");
  CHECK(sink->abandoned);
  CHECK_FALSE(sink->finished);
}
