// Rewritten graphs against the same graphs as they stand, and against plain code.
#include <atomic>
#include <cmath>

#include "engine/run.hpp"
#include "ops/bands/stack.hpp"
#include "ops/geometry/crop.hpp"
#include "ops/geometry/extend.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "ops/statistics/percentile.hpp"
#include "reference/plain.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/hooked_options.hpp"

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

HookedOptions with(Rewrites rewrites) {
  HookedOptions options;
  options.rewrites = rewrites;
  options.threads = 2;
  options.forced.poison = 0xA5;
  return options;
}

/// The pixels of `image` with and without rewrites, which must be equal, with every kernel.
Picture pull_both(const Image& image) {
  const Picture plain = pull(image, with(Rewrites::none));
  for (const Isa isa : available_isas())
    for (const std::int64_t unit : {0, 24}) {
      HookedOptions options = with(Rewrites::automatic);
      options.isa = isa;
      options.forced.unit_width = options.forced.unit_height = unit;
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
  in.info.validity = Validity::common;
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

TEST_CASE("where only the margin of an extended image is wanted, nothing below is computed") {
  const Picture in = random_picture(make_info(133, 101, SampleType::u16, 2), 7);
  const Rect cut = GENERATE(Rect{0, 0, 40, 40}, Rect{0, 60, 40, 30}, Rect{60, 0, 30, 40});
  const plain::Step step = scaled(scaled(plain::source(Graph::make(), in, 32, 24), 0.5, 3), 1.5, 7);
  const Image margin = extend(step.image, {.left = 50, .top = 50, .value = 9});
  Picture expected(make_info(cut.width, cut.height, SampleType::u16, 2));
  for (int c = 0; c < 2; ++c)
    for (std::int64_t y = 0; y < cut.height; ++y)
      for (std::int64_t x = 0; x < cut.width; ++x)
        expected.at<std::uint16_t>(c, x, y) = 9;
  const Image cropped =
      crop(margin, {.x = cut.x, .y = cut.y, .width = cut.width, .height = cut.height});
  CHECK(difference(pull_both(cropped), expected) == "");
  CHECK(row_runs_of(cropped).empty());
}

TEST_CASE("a crop behind a source becomes a window of it") {
  const auto type = GENERATE(SampleType::u8, SampleType::u16, SampleType::f64);
  const Picture in = random_picture(make_info(133, 101, type, 2), 7);
  const Rect cuts[] = {{0, 0, 133, 101}, {5, 7, 1, 1}, {31, 23, 3, 3}, {40, 30, 93, 71}};
  for (const Rect& cut : cuts) {
    INFO(name_of(type) << ": " << cut.width << " x " << cut.height << " at " << cut.x << ", "
                       << cut.y);
    auto graph = Graph::make();
    const plain::Step cropped = plain::crop(plain::source(graph, in, 32, 24), cut);
    CHECK(difference(pull_both(cropped.image), cropped.picture) == "");
    // The crop's edges are extended, not the source's.
    const plain::Step blurred = plain::gaussian_blur(cropped, 2);
    CHECK(difference(pull_both(blurred.image), blurred.picture) == "");
    const plain::Step turned = plain::rotate(cropped, 90);
    CHECK(difference(pull_both(turned.image), turned.picture) == "");
    const Rect inner{cut.width / 3, cut.height / 2, cut.width - cut.width / 3,
                     cut.height - cut.height / 2};
    const plain::Step twice = plain::crop(cropped, inner);
    CHECK(difference(pull_both(twice.image), twice.picture) == "");
  }
}

TEST_CASE("windows of one source share its blocks, in any order of reading") {
  const Picture in = random_picture(make_info(133, 101, SampleType::u8, 1), 7);
  const bool in_order = GENERATE(false, true);
  auto graph = Graph::make();
  std::shared_ptr<const Source> source = picture_source(in, 32, 24);
  if (in_order) source = std::make_shared<InOrderPicture>(in, 16);
  const plain::Step read{add_source(graph, source), in};
  const plain::Step parts[] = {plain::crop(read, {1, 10, 80, 60}),
                               plain::crop(read, {30, 41, 80, 60})};
  const plain::Step pair[] = {parts[0], plain::flip(parts[1], FlipAxis::vertical)};
  const plain::Step both = plain::stack(pair);
  CHECK(difference(pull_both(both.image), both.picture) == "");
  const Lines lines = rewrites_of(both.image);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == (in_order ? "crop: crop moved into read: 5 of 7 blocks"
                              : "crop: crop moved into read: 9 of 25 blocks"));
  auto sink = std::make_shared<PictureSink>(both.image.info(), 64, 64, true);
  add_sink("write", both.image, sink);
  for (const Rewrites rewrites : {Rewrites::automatic, Rewrites::none}) {
    const Report report = run(*graph, with(rewrites));
    REQUIRE(report.sources.size() == 1);
    CHECK(report.sources[0].blocks_decoded == (in_order ? 7 : 19));
    CHECK(report.sources[0].blocks_total == (in_order ? 7 : 25));
    CHECK(difference(sink->result, both.picture) == "");
  }
}

TEST_CASE("nodes with equal keys and inputs become one, with others never") {
  const Picture in = random_picture(make_info(133, 101, SampleType::u16, 1), 7);
  const auto source = picture_source(in, 32, 24);
  const auto build = [&](const char* key, double gain) {
    auto graph = Graph::make();
    graph->set_place({"read", "step 1"});
    const Image first = add_source(graph, source, "read a");
    graph->set_place({"read", "step 2"});
    const Image second = add_source(graph, source, key);
    const auto brighter = [&](const Image& image, double by, const char* where) {
      const KeyScope scope(*graph, "linear " + std::to_string(by));
      graph->set_place({"linear", where});
      return linear(image, {.gain = by});
    };
    const Image pair[] = {brighter(first, 2, "step 3"), brighter(second, gain, "step 4")};
    graph->set_place({"stack", "step 5"});
    return stack(pair);
  };
  const Image same = build("read a", 2);
  CHECK(rewrites_of(same) == Lines{"shared: read (step 2) is read (step 1)",
                                   "shared: linear (step 4) is linear (step 3)"});
  pull_both(same);
  CHECK(rewrites_of(build("read a", 3)) == Lines{"shared: read (step 2) is read (step 1)"});
  pull_both(build("read a", 3));
  CHECK(rewrites_of(build("read b", 2)).empty());
  CHECK(rewrites_of(build("", 2)).empty());
  CHECK(rewrites_of(same, Rewrites::none).empty());
}

namespace {

/// A source that keeps its channels apart: it counts how often each is decoded, and fills those
/// that nobody wants with noise.
class Planes final : public Source {
 public:
  using Counts = std::vector<std::atomic<int>>;
  Planes(Picture picture, std::shared_ptr<Counts> counts, std::vector<bool> wanted)
      : Source(picture.info),
        picture_(std::move(picture)),
        counts_(std::move(counts)),
        wanted_(std::move(wanted)) {}
  std::string name() const override { return "planes"; }
  BlockGrid grid() const override { return {info_.width, info_.height, 32, 24}; }
  void decode(std::int64_t, std::span<const ByteRange>, std::span<const std::byte>,
              const TileView& out, const CodecContext&) const override {
    const std::size_t bytes = size_of(out.type);
    for (int c = 0; c < out.channels; ++c) {
      const bool wanted = wanted_[static_cast<std::size_t>(c)];
      if (wanted) ++(*counts_)[static_cast<std::size_t>(c)];
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        if (wanted)
          std::memcpy(
              out.row(c, y),
              picture_.samples.data() + picture_.index(c, out.rect.x, out.rect.y + y) * bytes,
              static_cast<std::size_t>(out.rect.width) * bytes);
        else
          std::memset(out.row(c, y), 0xC3, static_cast<std::size_t>(out.rect.width) * bytes);
    }
  }
  std::shared_ptr<const Source> with_channels(const std::vector<bool>& wanted) const override {
    return std::make_shared<Planes>(picture_, counts_, wanted);
  }

 private:
  Picture picture_;
  std::shared_ptr<Counts> counts_;
  std::vector<bool> wanted_;
};

}  // namespace

TEST_CASE("channels that nothing looks at are not decoded") {
  const Picture in = random_picture(make_info(133, 101, SampleType::f32, 4), 7);
  const auto counts = std::make_shared<Planes::Counts>(4);
  auto graph = Graph::make();
  graph->set_place({"read", "step 1"});
  const plain::Step read{
      add_source(graph, std::make_shared<Planes>(in, counts, std::vector<bool>(4, true))), in};
  graph->set_place({});
  const auto decoded = [&](const plain::Step& step) {
    for (auto& count : *counts)
      count = 0;
    CHECK(difference(pull(step.image, with(Rewrites::automatic)), step.picture) == "");
    std::string channels;
    for (std::size_t c = 0; c < counts->size(); ++c)
      if ((*counts)[c] > 0) channels += std::to_string(c);
    return channels;
  };
  CHECK(decoded(read) == "0123");
  CHECK(decoded(plain::select(read, {2})) == "2");
  CHECK(decoded(plain::select(read, {3, 0})) == "03");
  const plain::Step twice = plain::select(plain::select(read, {3, 1, 0}), {2, 1});
  CHECK(decoded(twice) == "01");
  // Through what keeps channels apart: pointwise operations, crops, turns, flips, joined bands.
  const plain::Step cut = plain::crop(scaled(read, 2, 1), {30, 20, 64, 50});
  CHECK(decoded(plain::select(plain::rotate(plain::flip(cut, FlipAxis::vertical), 90), {1})) ==
        "1");
  const plain::Step pair[] = {scaled(read, 2, 1), read};
  CHECK(decoded(plain::select(plain::stack(pair), {0, 7})) == "03");
  const plain::Step one[] = {read};
  const plain::Step index = plain::expression(one, {"(a[3] - a[1]) / (a[3] + a[1])"});
  CHECK(decoded(index) == "13");
  CHECK(rewrites_of(index.image) == Lines{"channels: read (step 1) decodes channels 1, 3 of 4"});
  CHECK(rewrites_of(index.image, Rewrites::none).empty());
  // A filter takes all channels together; a formula by the image's name takes each.
  CHECK(decoded(plain::select(plain::gaussian_blur(read, 1), {1})) == "0123");
  const plain::Step all[] = {read, index};
  CHECK(decoded(plain::stack(all)) == "0123");
}
