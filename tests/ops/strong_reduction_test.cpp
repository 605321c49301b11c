// resize and shrink by factors above 32, which sum over cells first: against scalar code bit for
// bit, and against a model in double precision.
#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/resample/cell_sums.hpp"
#include "ops/resample/resize.hpp"
#include "ops/resample/shrink.hpp"
#include "reference/separable.hpp"
#include "reference/shrink.hpp"
#include "support/apply_chain.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;
using enum SampleType;

namespace {

constexpr ResizeKernel kKernels[] = {ResizeKernel::box,      ResizeKernel::linear,
                                     ResizeKernel::cubic,    ResizeKernel::mitchell,
                                     ResizeKernel::lanczos2, ResizeKernel::lanczos3};

/// On every instruction set, in units of these sizes.
void check_chain(const Image& image, const Picture& in, const Picture& want) {
  REQUIRE(image.info().width == want.width());
  REQUIRE(image.info().height == want.height());
  for (Isa isa : available_isas())
    for (auto [width, height, poison] : {std::tuple(64, 48, 0xFF), {7, 5, 0xA5}}) {
      INFO(in.width() << "x" << in.height() << " of " << name_of(in.info.type) << " to "
                      << want.width() << "x" << want.height() << " on " << name_of(isa)
                      << ", units " << width << "x" << height);
      REQUIRE(difference(apply_chain(image, in, isa, width, height, poison), want) == "");
    }
}

void check(const Picture& in, const ResizeOptions& options) {
  INFO("kernel " << option_types::show(options.kernel));
  check_chain(resize(image_of(in), options), in, reference_resize(in, options));
}
void check(const Picture& in, const ShrinkOptions& options) {
  INFO("by " << options.x << "x" << options.y.value_or(options.x) << " "
             << option_types::show(options.mode));
  check_chain(shrink(image_of(in), options), in, reference_shrink(in, options));
}

Picture picture(std::int64_t width, std::int64_t height, SampleType type, int channels = 1,
                Colour colour = Colour::multiband, bool validity = false) {
  ImageInfo info = make_info(width, height, type, channels, colour);
  info.validity = validity ? Validity::common : Validity::none;
  return random_picture(info, static_cast<std::uint64_t>(width * 31 + height * 7 + channels));
}

/// The image as the engine gives it, and how it was planned.
struct Run {
  Picture picture;
  Plan plan;
};
Run run_with(const Image& image, RunOptions options) {
  Run run;
  options.planned = [&](const Plan& plan) { run.plan = plan; };
  run.picture = pull(image, options);
  return run;
}

}  // namespace

TEST_CASE("strong resize equals scalar code for every kernel and sample type") {
  for (const ResizeKernel kernel : kKernels) {
    check(picture(300, 200, u8, 2), {.width = 2, .height = 1, .kernel = kernel});
    check(picture(300, 200, f32), {.width = 1, .height = 1, .kernel = kernel});
  }
  for (const SampleType type : {u8, i8, u16, i16, u32, i32, f32, f64}) {
    check(picture(300, 200, type, 3), {.width = 5, .height = 3});
    check(picture(300, 200, type), {.width = 9, .height = 6});  // 33.3: cells of 2 and 3 pixels
    check(picture(1000, 37, type), {.width = 3, .height = 1});
    check(picture(1000, 37, type), {.width = 3, .height = 30, .kernel = ResizeKernel::cubic});
    check(picture(37, 1000, type), {.width = 50, .height = 3});
    check(picture(1000, 7, type), {.width = 3, .height = 7});
  }
}

TEST_CASE("strong resize over several levels of cells equals scalar code") {
  for (const SampleType type : {u8, u16, i32, f32, f64}) {
    check(picture(70001, 3, type), {.width = 1, .height = 1});
    check(picture(3, 20000, type), {.width = 3, .height = 2, .kernel = ResizeKernel::box});
  }
  check(picture(2500, 2100, u8), {.width = 1, .height = 2});
}

TEST_CASE("strong resize weighs colour by straight alpha and skips invalid pixels") {
  for (const SampleType type : {u8, u16, i32, f32}) {
    check(picture(261, 147, type, 4, Colour::rgb), {.width = 7, .height = 2});
    check(picture(261, 147, type, 2, Colour::multiband, true), {.width = 7, .height = 2});
    check(picture(261, 147, type, 4, Colour::rgb, true),
          {.width = 3, .height = 100, .kernel = ResizeKernel::linear});
  }
}

TEST_CASE("strong shrink equals scalar code") {
  for (const SampleType type : {u8, i8, u16, i16, u32, i32, u64, i64, f32, f64}) {
    for (const std::int64_t x : {33, 64, 65, 100, 257, 600})
      check(picture(301, 275, type, 2), {.x = x});
    check(picture(301, 75, type), {.x = 40, .y = 60});
    check(picture(301, 75, type), {.x = 3, .y = 50});
    check(picture(301, 75, type), {.x = 1, .y = 70});
    check(picture(70001, 3, type), {.x = 32749, .y = 2});  // a prime
    check(picture(2, 40000, type), {.x = 1, .y = 32768});
  }
  for (const SampleType type : {u8, u16, i32, f32}) {
    check(picture(261, 147, type, 4, Colour::rgb), {.x = 70, .y = 33});
    check(picture(261, 147, type, 2, Colour::multiband, true), {.x = 90, .y = 2});
  }
}

TEST_CASE("strong shrink finds the most frequent byte by counting") {
  for (const SampleType type : {u8, i8})
    for (const bool validity : {false, true}) {
      Picture in = picture(700, 521, type, 2, Colour::multiband, validity);
      for (std::int64_t y = 0; y < in.height(); ++y)  // few values, so that some are frequent
        for (std::int64_t x = 0; x < in.width(); ++x)
          in.set(
              1, x, y,
              static_cast<double>((x * 7 + y * 13 + x * y % 5) % 4 * 11) - (type == i8 ? 20 : 0));
      check(in, {.x = 300, .y = 290, .mode = ShrinkMode::mode});
      check(in, {.x = 699, .y = 520, .mode = ShrinkMode::mode});
      if (validity) std::fill(in.validity.begin(), in.validity.end(), std::uint8_t{0});
      check(in, {.x = 400, .y = 1000, .mode = ShrinkMode::mode});
    }
  check(picture(70000, 4, u8), {.x = 32768, .y = 3, .mode = ShrinkMode::mode});
}

TEST_CASE("strong resize stays close to the double-precision model") {
  // Noise, and stripes and squares of the whole range, whose edges fall everywhere. In f64 from 0
  // to 1, so that what is seen is the cells' error alone, without the rounding to a level.
  for (const ResizeKernel kernel : kKernels)
    for (auto [width, height] : {std::pair(19, 14), {18, 11}, {7, 5}, {2, 1}, {1, 1}})
      for (const int edge : {0, 1, 2, 3, 16, 20, 29, 32, 47, 150, 321}) {
        Picture in = picture(640, 480, f64);
        for (std::int64_t y = 0; y < in.height(); ++y)
          for (std::int64_t x = 0; x < in.width(); ++x)
            in.set(0, x, y,
                   edge == 0 ? in.get(0, x, y) / 2000 + 0.5
                             : static_cast<double>(((x + 5) / edge + (y + 3) / edge) % 2));
        const Image image =
            resize(image_of(in), {.width = width, .height = height, .kernel = kernel});
        const Deviation d = deviation(apply_chain(image, in, best_isa(), 256, 256),
                                      model_resize(in, width, height, kernel));
        CAPTURE(option_types::show(kernel), width, height, edge, d.largest * 255, d.psnr);
        CHECK(d.largest * 255 <= 0.5);
        CHECK(d.psnr >= 60);
        if (kernel == ResizeKernel::box) CHECK(d.largest < 1e-12);
      }
  // With the rounding, in every integer type.
  for (const SampleType type : {u8, i8, u16, i16, u32, i32})
    for (const ResizeKernel kernel : kKernels) {
      const Picture in = picture(640, 480, type);
      const Image image = resize(image_of(in), {.width = 18, .height = 11, .kernel = kernel});
      const Deviation d =
          deviation(apply_chain(image, in, best_isa(), 256, 256), model_resize(in, 18, 11, kernel));
      const auto [low, high] = range_of(type);
      CAPTURE(name_of(type), option_types::show(kernel), d.largest, d.psnr);
      CHECK(d.largest <= std::max(1.0, (high - low) / 255));
      CHECK(d.psnr >= 55);
    }
}

TEST_CASE("strong reductions keep a constant image constant") {
  for (const SampleType type : {u8, i8, u16, i32})
    for (const std::int64_t to : {1, 2, 9}) {
      Picture p(make_info(997, 601, type, 1));
      const double value = range_of(type).second - 1;
      for (std::int64_t y = 0; y < p.height(); ++y)
        for (std::int64_t x = 0; x < p.width(); ++x)
          p.set(0, x, y, value);
      for (const Image& image : {resize(image_of(p), {.width = to, .height = to}),
                                 shrink(image_of(p), {.x = 600 / to})}) {
        const Picture out = apply_chain(image, p, best_isa(), 256, 256);
        for (std::int64_t y = 0; y < out.height(); ++y)
          for (std::int64_t x = 0; x < out.width(); ++x)
            REQUIRE(out.get(0, x, y) == value);
      }
    }
}

TEST_CASE("strong reductions in the engine: the same pixels, every block decoded once") {
  const Picture in = picture(2500, 1900, u8, 3, Colour::rgb);
  HookedOptions options;
  options.threads = GENERATE(1, 4);
  options.keep = GENERATE(Keep::automatic, Keep::never);
  options.forced.unit_width = options.forced.unit_height = GENERATE(0, 3);
  options.forced.shuffle_seed = options.forced.unit_width;
  const Image source = add_source(Graph::make(), picture_source(in, 100, 90));
  for (const std::int64_t to : {70, 8, 1}) {
    const ResizeOptions o{.width = to, .height = to};
    const Run run = run_with(resize(source, o), options);
    CHECK(difference(run.picture, reference_resize(in, o)) == "");
    const PlannedSource& read = run.plan.passes.at(0).sources.at(0);
    CHECK(read.blocks_decoded == read.blocks_total);
    CHECK_FALSE(run.plan.passes[0].kept.empty());
  }
  for (const ShrinkOptions o : {ShrinkOptions{.x = 40}, {.x = 1000}}) {
    const Run run = run_with(shrink(source, o), options);
    CHECK(difference(run.picture, reference_shrink(in, o)) == "");
    const PlannedSource& read = run.plan.passes.at(0).sources.at(0);
    CHECK(read.blocks_decoded == read.blocks_total);
  }
}

TEST_CASE("picking far apart decodes only the blocks with a picked pixel") {
  const Picture in = picture(2500, 1900, u8);
  const Image source = add_source(Graph::make(), picture_source(in, 50, 50));
  const ResizeOptions o{.width = 3, .height = 2, .kernel = ResizeKernel::nearest};
  const Run run = run_with(resize(source, o), {});
  CHECK(difference(run.picture, reference_resize(in, o)) == "");
  CHECK(run.plan.passes.at(0).sources.at(0).blocks_decoded == 6);
}

TEST_CASE("cells: no position is left out, none is longer than 64, ends are apart") {
  for (auto [in, out] : {std::pair<std::int64_t, std::int64_t>(33, 1),
                         {97, 3},
                         {20000, 64},
                         {100000, 1},
                         {999983, 7},
                         {std::int64_t{1} << 40, 1},
                         {std::int64_t{1} << 40, (std::int64_t{1} << 35) - 1}}) {
    const CellLevels levels = resize_cells(in, out);
    std::int64_t size = in;
    for (const CellAxis& level : levels) {
      REQUIRE(level.size() == size);
      size = level.count();
      CHECK(level.begin(0) == 0);
      CHECK(level.begin(1) == 1);
      CHECK(level.begin(size - 1) == level.size() - 1);
      CHECK(level.begin(size) == level.size());
      for (const std::int64_t cell : {std::int64_t{1}, size / 3, size / 2, size - 2}) {
        CHECK(level.begin(cell + 1) > level.begin(cell));
        CHECK(level.begin(cell + 1) - level.begin(cell) <= kMostOfCell);
      }
    }
    CHECK(size == out * kCellsPerOutput + 2);
  }
  for (const std::int64_t factor : {2, 33, 64, 65, 4096, 32749, 32768})
    for (const std::int64_t in : {1, 63, 1000, 32768, 100003}) {
      const CellLevels levels = shrink_cells(in, factor);
      std::int64_t size = in;
      for (const CellAxis& level : levels) {
        REQUIRE(level.size() == size);
        size = level.count();
        CHECK(level.begin(size) == level.size());
        CHECK(level.begin(size - 1) < level.size());
      }
      CHECK(size == ceil_div(in, factor));
    }
}

TEST_CASE("strong shrink refuses what it cannot count") {
  const auto message = [](const Picture& in, const ShrinkOptions& o) {
    return std::string(error_of([&] { shrink(image_of(in), o); }).what());
  };
  CHECK_THAT(message(picture(4, 4, u16), {.x = 300, .mode = ShrinkMode::mode}),
             contains("720000 bytes") && contains("65536 pixels") && contains("nearest"));
}
