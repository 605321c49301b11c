// Rewritten graphs against the same graphs as they stand, and against plain code.
#include <cmath>

#include "engine/run.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/statistics/percentile.hpp"
#include "reference/plain.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

struct Size {
  std::int64_t width, height;
};
constexpr Size kSizes[] = {{1, 1}, {3, 8}, {257, 1}, {133, 101}};

constexpr SampleType kTypes[] = {SampleType::u8,  SampleType::i8,  SampleType::u16,
                                 SampleType::i16, SampleType::u32, SampleType::i32,
                                 SampleType::f32, SampleType::f64};

RunOptions with(Rewrites rewrites) {
  RunOptions options;
  options.rewrites = rewrites;
  options.threads = 2;
  options.debug.poison = 0xA5;
  return options;
}

/// The pixels of `image` with and without rewrites, which must be equal, with every kernel.
Picture pull_both(const Image& image) {
  const Picture plain = pull(image, with(Rewrites::none));
  for (const Isa isa : available_isas())
    for (const std::int64_t unit : {0, 24}) {
      RunOptions options = with(Rewrites::automatic);
      options.isa = isa;
      options.debug.unit_width = options.debug.unit_height = unit;
      INFO(name_of(isa) << ", unit " << unit);
      CHECK(difference(pull(image, options), plain) == "");
    }
  return plain;
}

/// "table: ..." of each rewrite that the plan of a graph with a sink behind `image` tells of.
std::vector<std::string> rewrites_of(const Image& image, Rewrites rewrites = Rewrites::automatic) {
  auto graph = std::make_shared<Graph>(image.graph());
  add_sink("write", Image(graph, image.node()),
           std::make_shared<PictureSink>(image.info(), 64, 64, true));
  std::vector<std::string> lines;
  for (const PlannedRewrite& rewrite : plan(*graph, with(rewrites)).rewrites)
    lines.push_back(rewrite.name + ": " + rewrite.text);
  return lines;
}

Image read(const Picture& picture) {
  return add_source(Graph::make(), picture_source(picture, 32, 24));
}

/// linear with one gain and one offset for all channels.
plain::Step scaled(const plain::Step& in, double gain, double offset) {
  const auto n = static_cast<std::size_t>(in.picture.channels());
  return plain::linear(in, std::vector<double>(n, gain), std::vector<double>(n, offset));
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a chain of pointwise operations behind 8-bit samples becomes one table") {
  const SampleType from = GENERATE(SampleType::u8, SampleType::i8);
  const int channels = GENERATE(1, 3);
  for (const SampleType to : kTypes)
    for (const Size size : kSizes) {
      const Picture in = random_picture(make_info(size.width, size.height, from, channels), 7);
      auto graph = Graph::make();
      plain::Step step = plain::source(graph, in, 32, 24);
      step = scaled(step, 1.5, -20);
      const plain::Step inputs[] = {step};
      step = channels == 1 ? plain::expression(inputs, {"a * a / 100 - 3"})
                           : plain::linear(step, {0.5, 2, -1}, {1, 2, 200});
      step = scaled(step, 0.25, 7);
      step = plain::cast(step, to, CastScale::none);
      INFO(name_of(from) << " to " << name_of(to) << ", " << size.width << " x " << size.height);
      CHECK(difference(pull_both(step.image), step.picture) == "");
      const Lines lines = rewrites_of(step.image);
      REQUIRE(lines.size() == 1);
      CHECK(lines[0] == std::string("table: linear, ") +
                            (channels == 1 ? "expression, " : "linear, ") +
                            "linear, cast as one table of 256 entries" +
                            (channels == 1 ? "" : " for each of 3 channels"));
    }
}

TEST_CASE("tables are not made where a pixel depends on more than its sample, or where none pays") {
  const Picture in = random_picture(make_info(70, 50, SampleType::u8, 3), 7);
  const auto formula = [](const Image& image, std::vector<std::string> text) {
    return expression(image, {.formula = std::move(text), .type = SampleType::u8});
  };
  CHECK(rewrites_of(formula(read(in), {"a + x"})).empty());
  CHECK(rewrites_of(formula(read(in), {"a * a + y"})).empty());
  CHECK(rewrites_of(formula(read(in), {"a[0] * 2", "a[1] * a[1]", "a[0] - a[2]"})).empty());
  CHECK(rewrites_of(grey(read(in))).empty());
  CHECK(rewrites_of(cast(read(in), {.to = SampleType::f32})).empty());
  CHECK(rewrites_of(gaussian_blur(read(in), {.sigma = 1})).empty());
  const Image chain = linear(formula(read(in), {"a * a / 3"}), {.gain = 0.5});
  CHECK(rewrites_of(chain, Rewrites::none).empty());
  CHECK(rewrites_of(chain) ==
        Lines{"table: expression, linear as one table of 256 entries for each of 3 channels"});

  const Picture wide = random_picture(make_info(70, 50, SampleType::u16, 1), 7);
  CHECK(rewrites_of(linear(linear(read(wide), {.gain = 2}), {.gain = 0.5})).empty());
  const Picture bands = random_picture(make_info(7, 5, SampleType::u8, 300), 7);
  const Image many = linear(linear(read(bands), {.gain = 2}), {.gain = 0.5});
  CHECK(rewrites_of(many).empty());

  // Behind 16-bit samples the chain begins where they have become 8-bit.
  const Image narrowed = linear(
      formula(cast(read(wide), {.to = SampleType::u8, .scale = CastScale::range}), {"a * a / 9"}),
      {.offset = 3});
  CHECK(rewrites_of(narrowed) == Lines{"table: expression, linear as one table of 256 entries"});
  pull_both(narrowed);
}

TEST_CASE("a step within a chain that others take, too, keeps its pixels") {
  const Picture in = random_picture(make_info(133, 101, SampleType::u8, 2), 7);
  auto graph = Graph::make();
  const plain::Step source = plain::source(graph, in, 32, 24);
  const plain::Step middle = scaled(scaled(source, 2, -9), 0.75, 1);
  const plain::Step end = scaled(scaled(middle, 3, 0), 0.3, 50);
  const plain::Step pair[] = {middle, end};
  const plain::Step both = plain::stack(pair);
  CHECK(difference(pull_both(both.image), both.picture) == "");
  CHECK(rewrites_of(both.image).size() == 2);
}

TEST_CASE("a table with late numbers is made when they are known") {
  const auto type = GENERATE(SampleType::u8, SampleType::i8, SampleType::u16);
  for (const Size size : kSizes) {
    const Picture in = random_picture(make_info(size.width, size.height, type, 3), 9);
    auto graph = Graph::make();
    plain::Step step = plain::source(graph, in, 32, 24);
    step = plain::percentile_stretch(step, 5, 90);
    step = scaled(scaled(step, 0.5, 90), -1, 255);
    auto sink = std::make_shared<PictureSink>(step.image.info(), 64, 64, true);
    add_sink("write", step.image, sink);
    const Report report = run(*graph, with(Rewrites::automatic));
    CHECK(difference(sink->result, step.picture) == "");
    REQUIRE(!report.plan.rewrites.empty());
    CHECK(report.plan.rewrites[0].name == "table");
    CHECK(report.plan.passes.size() == 2);
    run(*graph, with(Rewrites::none));
    CHECK(difference(sink->result, step.picture) == "");
  }
}

TEST_CASE("a reduction's values behind a table reach the caller; validity passes through it") {
  Picture in = random_picture(make_info(133, 101, SampleType::u8, 1), 11);
  in.info.has_validity = true;
  in.validity.assign(133 * 101, 255);
  for (std::size_t i = 0; i < in.validity.size(); i += 3)
    in.validity[i] = 0;
  const Image chain = linear(linear(read(in), {.gain = 2}), {.gain = 0.3, .type = SampleType::i16});
  const Result p = percentile(chain, {.at = {0, 30, 100}});
  Graph& graph = chain.graph();
  const Report with_tables = run(graph, with(Rewrites::automatic));
  CHECK(with_tables.plan.rewrites.size() == 1);
  const auto values = p.values().arrays;
  const Report without = run(graph, with(Rewrites::none));
  CHECK(without.plan.rewrites.empty());
  CHECK(p.values().arrays == values);
}

namespace {

/// Lines of rewrites called "rows".
Lines row_runs_of(const Image& image) {
  Lines lines = rewrites_of(image);
  std::erase_if(lines, [](const std::string& line) { return line.rfind("rows: ", 0) != 0; });
  return lines;
}

}  // namespace

TEST_CASE("operations without a neighbourhood run over a few rows at a time") {
  const auto type =
      GENERATE(SampleType::u8, SampleType::u16, SampleType::i32, SampleType::f32, SampleType::f64);
  const Size size = GENERATE(Size{1, 1}, Size{257, 1}, Size{133, 101}, Size{700, 90});
  const Picture in = random_picture(make_info(size.width, size.height, type, 3), 7);
  auto graph = Graph::make();
  const plain::Step read = plain::source(graph, in, 32, 24);
  INFO(name_of(type) << ", " << size.width << " x " << size.height);
  SECTION("behind blocks of a source, with samples of changing size") {
    plain::Step step = scaled(scaled(read, 0.5, 3), 1.5, -7);
    step = plain::cast(step, SampleType::f32, CastScale::none);
    step = plain::cast(scaled(step, 0.25, 0), SampleType::i32, CastScale::none);
    step = plain::cast(step, SampleType::u8, CastScale::none);
    CHECK(difference(pull_both(step.image), step.picture) == "");
  }
  SECTION("behind a filter, in the filter's tile and in others") {
    plain::Step step = scaled(scaled(plain::gaussian_blur(read, 1), 0.5, 3), 1.5, -7);
    step = plain::cast(step, SampleType::f64, CastScale::none);
    const plain::Step pair[] = {plain::grey(step, GreyWeights::rec709)};
    step = plain::expression(pair, {"a * a + x - y"});
    CHECK(difference(pull_both(step.image), step.picture) == "");
  }
  SECTION("at an image's edge, under a filter") {
    const plain::Step step = plain::gaussian_blur(scaled(scaled(read, 0.5, 3), 1.5, -7), 2);
    CHECK(difference(pull_both(step.image), step.picture) == "");
  }
  SECTION("operations with scratch one above the other") {
    const plain::Step blurred[] = {plain::gaussian_blur(read, 1)};
    const plain::Step once[] = {plain::expression(blurred, {"a[0] + a[1]", "a[2] * 2 + x"})};
    const plain::Step twice[] = {plain::expression(once, {"a[0] / 3 + a[1]"})};
    const plain::Step last = plain::cast(twice[0], SampleType::u16, CastScale::none);
    CHECK(difference(pull_both(last.image), last.picture) == "");
  }
}

TEST_CASE("the plan tells which operations run over a few rows at a time") {
  const Picture in = random_picture(make_info(700, 300, SampleType::f32, 3), 7);
  const auto chain = [](const Image& image) {
    return linear(linear(linear(image, {.gain = 2}), {.gain = 3}), {.offset = 4});
  };
  const Lines lines = row_runs_of(chain(read(in)));
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::StartsWith("rows: linear, linear, linear over "));
  CHECK_THAT(lines[0], Catch::Matchers::EndsWith(" rows at a time"));
  CHECK(row_runs_of(gaussian_blur(linear(read(in), {.gain = 2}), {.sigma = 2})).empty());
  CHECK(row_runs_of(gaussian_blur(chain(read(in)), {.sigma = 2})).size() == 1);
}
