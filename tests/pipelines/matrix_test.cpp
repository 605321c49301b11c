// Whole pipelines against the obviously correct executor, over the matrix of sizes, sample types,
// instruction sets, threads, units, orders and budgets: the same bytes, always.
#include <functional>
#include <map>

#include "reference/plain.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Build = std::function<plain::Step(const plain::Step&)>;

struct Size {
  std::int64_t width, height;
};
constexpr Size kSizes[] = {{1, 1}, {3, 8}, {257, 1}, {133, 101}};
constexpr SampleType kTypes[] = {SampleType::u8,  SampleType::i8,  SampleType::u16,
                                 SampleType::i16, SampleType::u32, SampleType::i32,
                                 SampleType::f32, SampleType::f64};

// The pipelines. Each takes an RGB picture of any of the types above.
const std::map<std::string, Build>& pipelines() {
  static const std::map<std::string, Build> all = {
      {"crop, resize, blur",
       [](const plain::Step& in) {
         const std::int64_t w = in.picture.width(), h = in.picture.height();
         const plain::Step cut = plain::crop(in, {w / 8, h / 8, w - w / 8, h - h / 8});
         return plain::gaussian_blur(
             plain::resize(cut, {.scale = 0.7, .kernel = ResizeKernel::linear}), 1.5);
       }},
      {"strong reduction after a blur",
       [](const plain::Step& in) {
         return plain::resize(plain::gaussian_blur(in, 2),
                              {.scale = 0.06, .kernel = ResizeKernel::lanczos3});
       }},
      {"enlarged, turned and flipped",
       [](const plain::Step& in) {
         return plain::flip(
             plain::rotate(plain::resize(in, {.scale = 1.6, .kernel = ResizeKernel::cubic}), 90),
             FlipAxis::horizontal);
       }},
      {"a diamond: sharpened by what a blur takes away",
       [](const plain::Step& in) {
         const plain::Step pair[] = {in, plain::gaussian_blur(in, 1)};
         return plain::expression(pair, {"a + 0.6 * (a - b)"});
       }},
      {"bands taken apart and put together",
       [](const plain::Step& in) {
         const plain::Step red = plain::select(in, {0});
         const plain::Step pair[] = {plain::select(in, {2, 1}), plain::linear(red, {0.5}, {3})};
         return plain::rotate(plain::stack(pair), 270);
       }},
      {"grey, then another type",
       [](const plain::Step& in) {
         return plain::cast(plain::grey(in, GreyWeights::rec709), SampleType::u16, CastScale::none);
       }},
  };
  return all;
}

Picture run_into(const Image& image, bool tiles, const RunOptions& options) {
  auto sink = tiles ? std::make_shared<PictureSink>(image.info(), 64, 48, false)
                    : std::make_shared<PictureSink>(image.info(), image.info().width, 7, false);
  add_sink("write", image, sink);
  const Report report = run(image.graph(), options);
  REQUIRE(report.granted_peak_bytes <= report.plan.peak_bytes);
  if (options.memory > 0) REQUIRE(report.plan.peak_bytes <= options.memory);
  return sink->result;
}

}  // namespace

TEST_CASE("every pipeline, sample type and size equals the plain executor") {
  for (const auto& [name, build] : pipelines())
    for (const SampleType type : kTypes)
      for (const Size size : kSizes) {
        INFO(name << ", " << name_of(type) << ", " << size.width << "x" << size.height);
        const ImageInfo info = make_info(size.width, size.height, type, 3, Colour::rgb);
        const plain::Step out = build(plain::source(Graph::make(), random_picture(info, 11)));
        HookedOptions options;
        options.threads = 2;
        options.forced.poison = 0xA5;
        CHECK(difference(run_into(out.image, true, options), out.picture) == "");
      }
}

TEST_CASE("the same bytes on every instruction set, thread count, unit, order and budget") {
  const SampleType type = GENERATE(SampleType::u8, SampleType::u16, SampleType::f32);
  for (const auto& [name, build] : pipelines()) {
    const ImageInfo info = make_info(203, 150, type, 3, Colour::rgb);
    const Picture in = random_picture(info, 12);
    const Picture expected = build(plain::source(Graph::make(), in)).picture;
    const auto check = [&](const RunOptions& options, bool tiles, const std::string& what) {
      INFO(name << ", " << name_of(type) << ", " << what);
      const Image image = build(plain::source(Graph::make(), in)).image;
      CHECK(difference(run_into(image, tiles, options), expected) == "");
    };
    for (const Isa isa : available_isas()) {
      HookedOptions options;
      options.isa = isa;
      options.threads = 2;
      check(options, true, std::string(name_of(isa)));
    }
    for (const int threads : {1, 2, 4, 8}) {
      HookedOptions options;
      options.threads = threads;
      options.forced.shuffle_seed = static_cast<std::uint64_t>(threads);
      options.forced.poison = 0x5A;
      options.forced.unit_width = 40;
      options.forced.unit_height = 24;
      check(options, threads % 4 == 0, std::to_string(threads) + " threads, shuffled");
    }
    HookedOptions least;
    least.threads = 2;
    const Image image = build(plain::source(Graph::make(), in)).image;
    add_sink("write", image, std::make_shared<PictureSink>(image.info(), 64, 48, false));
    least.memory = plan(image.graph(), least).least_bytes;
    check(least, true, "the least memory");
  }
}

TEST_CASE("percentiles of one pass stretch the image in the next") {
  const SampleType type = GENERATE(SampleType::u8, SampleType::u16, SampleType::i16);
  const int threads = GENERATE(1, 4);
  const ImageInfo info = make_info(203, 150, type, 3, Colour::rgb);
  const plain::Step in = plain::source(Graph::make(), random_picture(info, 13));
  const plain::Step out = plain::percentile_stretch(plain::gaussian_blur(in, 1), 2, 98);
  HookedOptions options;
  options.threads = threads;
  options.forced.shuffle_seed = 3;
  const Picture result = run_into(out.image, true, options);
  CHECK(difference(result, out.picture) == "");
}
