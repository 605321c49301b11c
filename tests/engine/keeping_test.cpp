// What is kept, spooled, or decoded again: the same pixels, and the plan says which.
#include <filesystem>

#include "engine/run.hpp"
#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Two box sums over one wide one, added up.
struct Diamond {
  std::shared_ptr<Graph> graph = Graph::make();
  Image wide, sum;
  explicit Diamond(const std::shared_ptr<const Source>& source) {
    wide = box(add_source(graph, source), 9, Edge::mirror);
    const Image pair[] = {box(wide, 1, Edge::mirror), box(wide, 2, Edge::constant)};
    sum = add_operation("add", pair, std::make_shared<Added>(wide.info()));
  }
};

Picture plain_diamond(const Picture& in) {
  const Picture wide = plain_box(in, 9, Edge::mirror);
  Picture sum = plain_box(wide, 1, Edge::mirror);
  const Picture other = plain_box(wide, 2, Edge::constant);
  for (int c = 0; c < sum.channels(); ++c)
    for (std::int64_t y = 0; y < sum.height(); ++y)
      for (std::int64_t x = 0; x < sum.width(); ++x)
        sum.at<std::uint32_t>(c, x, y) += other.at<std::uint32_t>(c, x, y);
  return sum;
}

Picture pull(const Image& image, RunOptions options, Plan& made) {
  options.planned = [&](const Plan& plan) { made = plan; };
  return sluice::test::pull(image, options);
}

std::string temporary_folder() {
  return std::filesystem::temp_directory_path().string();
}

}  // namespace

TEST_CASE("a node with several users is kept where its declared cost says so") {
  const Picture in = random_picture(make_info(533, 401, SampleType::u32, 1), 5);
  const Picture expected = plain_diamond(in);
  const Diamond diamond(picture_source(in, 64, 64));
  HookedOptions options;
  options.threads = GENERATE(1, 2, 8);
  options.forced.shuffle_seed = GENERATE(0, 1);
  options.forced.poison = 0xA5;
  options.forced.unit_width = options.forced.unit_height = 64;
  Plan kept, recomputed;
  CHECK(difference(pull(diamond.sum, options, kept), expected) == "");
  options.keep = Keep::never;
  CHECK(difference(pull(diamond.sum, options, recomputed), expected) == "");

  REQUIRE(kept.passes.at(0).kept.size() == 1);
  CHECK(kept.passes[0].kept[0].node == diamond.wide.node());
  CHECK(kept.passes[0].kept[0].tiles_alive > 0);
  CHECK(kept.passes[0].work < recomputed.passes.at(0).work);
  CHECK(recomputed.passes[0].kept.empty());
}

TEST_CASE("an operation that says so is always kept, in the tiles that it asks for") {
  const Picture in = random_picture(make_info(533, 401, SampleType::u32, 2), 5);
  // A box over sums of sums: every sum of the box's units is needed by several of them.
  const Picture fine = plain_cell_sums(in, 5);
  const Picture expected = plain_box(plain_cell_sums(fine, 4), 2, Edge::replicate);
  auto graph = Graph::make();
  const Image first = cell_sums(add_source(graph, picture_source(in, 64, 64)), 5);
  const Image second = cell_sums(first, 4);
  const Image image = box(second, 2, Edge::replicate);
  HookedOptions options;
  options.threads = GENERATE(1, 8);
  options.keep = GENERATE(Keep::automatic, Keep::never);
  options.forced.keep_seed = GENERATE(0, 1, 2);
  options.forced.spool = options.forced.keep_seed == 0 && GENERATE(false, true);
  options.forced.shuffle_seed = options.forced.spool ? 3 : 0;
  options.forced.poison = 0xA5;
  options.forced.unit_width = options.forced.unit_height = 8;
  if (options.forced.spool) options.spool_folder = temporary_folder();
  Plan plan;
  CHECK(difference(pull(image, options, plan), expected) == "");
  std::vector<const PlannedKept*> kept;
  for (const PlannedPass& pass : plan.passes)
    for (const PlannedKept& k : pass.kept)
      if (k.node == first.node() || k.node == second.node()) kept.push_back(&k);
  REQUIRE(kept.size() == 2);
  for (const PlannedKept* k : kept) {
    CHECK(k->tile_width == 3);
    CHECK(k->tile_height == 2);
    CHECK(k->why == "each of its samples is made of many of its input's");
  }
  // Every tile is computed once, and every block decoded once.
  CHECK(kept[0]->tiles_computed + kept[1]->tiles_computed == 36 * 41 + 9 * 11);
  for (const PlannedSource& source : plan.passes.front().sources)
    CHECK(source.blocks_decoded == source.blocks_total);
}

TEST_CASE("kept tiles that do not fit into the budget are recomputed") {
  const Picture in = random_picture(make_info(533, 401, SampleType::u32, 1), 5);
  const Diamond diamond(picture_source(in, 64, 64));
  HookedOptions options;
  options.threads = 2;
  Plan free;
  pull(diamond.sum, options, free);
  options.memory = free.least_bytes;
  CHECK(difference(pull(diamond.sum, options), plain_diamond(in)) == "");
  options.memory = free.least_bytes - 1;
  CHECK_THROWS_AS(pull(diamond.sum, options), Error);
}

TEST_CASE("every travel gives the same pixels; bands decode again and hold less") {
  const Picture in = random_picture(make_info(533, 401, SampleType::u32, 2), 5);
  auto graph = Graph::make();
  const bool turned = GENERATE(false, true);
  const Image read = add_source(graph, picture_source(in, 16, 16));
  const Image image = turned ? turn(box(read, 2, Edge::wrap)) : box(read, 2, Edge::wrap);
  const Picture boxed = plain_box(in, 2, Edge::wrap);
  const Picture expected = turned ? plain_transposed(boxed) : boxed;
  HookedOptions options;
  options.threads = GENERATE(1, 8);
  options.forced.unit_width = options.forced.unit_height = GENERATE(8, 40);
  options.forced.shuffle_seed = GENERATE(0, 1);
  options.forced.credits = 3;
  std::int64_t once = 0, held = 0;
  for (const Travel travel : {Travel::blocks, Travel::rows, Travel::columns, Travel::bands}) {
    options.forced.travel = travel;
    Plan plan;
    INFO("travel " << static_cast<int>(travel));
    CHECK(difference(pull(image, options, plan), expected) == "");
    const PlannedSource& source = plan.passes.at(0).sources.at(0);
    if (travel == Travel::blocks) {
      once = source.blocks_decoded;
      held = source.blocks_alive;
      CHECK(once == source.blocks_total);
    }
    CHECK(source.blocks_decoded >= once);
    if (travel == Travel::columns) CHECK(source.blocks_decoded == once);
    if (travel == Travel::bands) CHECK(source.blocks_alive <= held);
  }
}

TEST_CASE("what the budget does not hold goes through a temporary file") {
  // 17 MB of decoded rows, asked for by columns, for a sink that takes its blocks in order.
  const Picture in = random_picture(make_info(2111, 2063, SampleType::u32, 1), 5);
  const bool in_order = GENERATE(true, false);
  const std::shared_ptr<const Source> source =
      in_order ? std::shared_ptr<const Source>(std::make_shared<InOrderPicture>(in, 16))
               : picture_source(in, 2111, 16);
  HookedOptions options;
  options.threads = 2;
  options.memory = 6 << 20;
  const auto turned = [&] {
    auto graph = Graph::make();
    const Image image = turn(add_source(graph, source));
    auto sink = std::make_shared<PictureSink>(image.info(), 128, 128, false);
    add_sink("sink", image, sink);
    const Report report = run(*graph, options);
    CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
    CHECK(report.plan.peak_bytes <= options.memory);
    CHECK(difference(sink->result, plain_transposed(in)) == "");
    return report;
  };
  if (in_order) CHECK_THROWS_WITH(turned(), contains("is held whole"));
  options.spool_folder = temporary_folder();
  const Report report = turned();
  REQUIRE(report.plan.passes.size() == 2);
  CHECK(report.plan.passes[0].spooled == 0);
  CHECK(report.plan.passes[0].spool_bytes >= 2111 * 2063 * 4);
  CHECK(report.sources.size() == 1);
  CHECK(report.sources[0].blocks_decoded == report.sources[0].blocks_total);

  options.spool_folder = "/nonexistent";
  CHECK_THROWS_WITH(turned(),
                    contains("/nonexistent") && contains("no temporary file can be made here"));
  options.spool_folder = temporary_folder();
  options.keep = Keep::never;
  if (in_order)
    CHECK_THROWS_WITH(turned(), contains("is held whole"));
  else
    CHECK(turned().sources.at(0).blocks_decoded > report.sources[0].blocks_decoded);
}

TEST_CASE("spools and kept nodes in graphs of several passes and goals") {
  const Picture in = random_picture(make_info(257, 133, SampleType::u32, 2), 5);
  const Picture expected = plain_diamond(in);
  const Diamond diamond(std::make_shared<InOrderPicture>(in, 16));
  HookedOptions options;
  options.threads = GENERATE(1, 8);
  options.spool_folder = temporary_folder();
  options.forced.spool = true;
  options.forced.keep_seed = GENERATE(0, 1, 2, 3, 4);
  options.forced.shuffle_seed = GENERATE(0, 5);
  options.forced.poison = 0x5A;
  CHECK(difference(pull(diamond.sum, options), expected) == "");
}
