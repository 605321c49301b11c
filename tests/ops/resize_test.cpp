// resize against scalar code bit for bit, and against a model in double precision.
#include "ops/resample/resize.hpp"
#include "ops/resample/thumbnail.hpp"

#include <cmath>

#include "engine/declare_step.hpp"
#include "ops/resample/exact_math.hpp"
#include "ops/resample/taps.hpp"
#include "reference/separable.hpp"
#include "support/apply_chain.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;
using enum SampleType;

namespace {

constexpr ResizeKernel kKernels[] = {
    ResizeKernel::nearest,  ResizeKernel::box,      ResizeKernel::linear,  ResizeKernel::cubic,
    ResizeKernel::mitchell, ResizeKernel::lanczos2, ResizeKernel::lanczos3};

/// Compares on every instruction set, with two poisons and the units given.
void check(const Picture& in, const ResizeOptions& options,
           std::initializer_list<std::pair<int, int>> units = {{64, 48}, {7, 5}}) {
  const Picture want = reference_resize(in, options);
  const Image image = resize(image_of(in), options);
  REQUIRE(image.info().width == want.width());
  REQUIRE(image.info().height == want.height());
  for (Isa isa : available_isas())
    for (int poison : {0x00, 0xFF})
      for (auto [width, height] : units) {
        INFO(in.width() << "x" << in.height() << " of " << name_of(in.info.type) << " to "
                        << want.width() << "x" << want.height() << ", kernel "
                        << option_types::show(options.kernel) << ", " << name_of(isa) << ", units "
                        << width << "x" << height);
        REQUIRE(difference(apply_chain(image, in, isa, width, height, poison), want) == "");
      }
}

Picture picture(std::int64_t width, std::int64_t height, SampleType type, int channels = 1,
                Colour colour = Colour::multiband, bool validity = false) {
  ImageInfo info = make_info(width, height, type, channels, colour);
  info.validity = validity ? Validity::common : Validity::none;
  return random_picture(info, static_cast<std::uint64_t>(width * 31 + height * 7 + channels));
}

/// A photograph's kind of picture: smooth shapes, edges and noise over the whole range.
Picture scene(std::int64_t width, std::int64_t height, SampleType type) {
  Picture p(make_info(width, height, type, 1));
  const auto [low, high] = is_float(type) ? std::pair(0., 1.) : range_of(type);
  const Picture noise = random_picture(make_info(width, height, u16, 1), 5);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const double fx = static_cast<double>(x), fy = static_cast<double>(y);
      double v = 0.5 + 0.3 * std::sin(fx / 9) * std::cos(fy / 13) +
                 ((x / 40 + y / 30) % 2 ? 0.25 : -0.25) + (noise.get(0, x, y) / 65535 - 0.5) * 0.2;
      v = low + std::clamp(v, 0., 1.) * (high - low);
      p.set(0, x, y, rounded(v, type));
    }
  return p;
}

}  // namespace

TEST_CASE("resize equals scalar code for every kernel, up and down") {
  for (ResizeKernel kernel : kKernels)
    for (SampleType type : {u8, i8, u16, f32}) {
      check(picture(67, 41, type, 2), {.scale = 0.9, .kernel = kernel});
      check(picture(67, 41, type), {.width = 23, .height = 19, .kernel = kernel});
      check(picture(67, 41, type), {.width = 150, .height = 97, .kernel = kernel});
    }
}

TEST_CASE("resize equals scalar code for every sample type") {
  for (SampleType type : {u8, i8, u16, i16, u32, i32, f32, f64}) {
    check(picture(70, 50, type, 3), {.scale = 0.6});
    check(picture(70, 50, type), {.width = 41, .height = 50});
    check(picture(70, 50, type), {.width = 70, .height = 33});
  }
  for (SampleType type : {u8, u16, u32, u64, i64, f64})
    check(picture(70, 50, type, 2, Colour::multiband, true),
          {.width = 33, .height = 81, .kernel = ResizeKernel::nearest});
}

TEST_CASE("resize equals scalar code at awkward sizes") {
  for (auto [width, height] : {std::pair(1, 1), {3, 8}, {257, 1}, {1, 97}, {533, 401}})
    for (SampleType type : {u8, f32}) {
      check(picture(width, height, type), {.scale = 0.37}, {{200, 100}});
      check(picture(width, height, type), {.scale = 1.3, .kernel = ResizeKernel::cubic},
            {{129, 65}});
      check(picture(width, height, type), {.width = 1, .height = 1}, {{1, 1}});
    }
  check(picture(300, 200, u8), {.width = 11, .height = 7}, {{64, 64}, {1, 1}});
  check(picture(5, 4, u8), {.width = 300, .height = 131}, {{64, 64}, {33, 17}});
}

TEST_CASE("resize runs 8 bits in integers up to the factor from which it sums over cells") {
  check(picture(512, 4, u8), {.width = 16, .height = 4}, {{64, 64}, {5, 3}});
  check(picture(3, 640, i8), {.width = 3, .height = 20}, {{64, 64}, {5, 3}});
  // One node more than the axis's own means sums.
  const Image source = image_of(picture(513, 4, u8));
  CHECK(resize(source, {.width = 17, .height = 4}).node() == source.node() + 1);
  CHECK(resize(source, {.width = 16, .height = 4}).node() > source.node() + 1);
}

TEST_CASE("resize weighs colour by straight alpha and skips invalid pixels") {
  for (SampleType type : {u8, u16, i32, f32}) {
    check(picture(61, 47, type, 4, Colour::rgb), {.scale = 0.7});
    check(picture(61, 47, type, 2, Colour::multiband, true), {.scale = 0.7});
    check(picture(61, 47, type, 4, Colour::rgb, true),
          {.scale = 1.4, .kernel = ResizeKernel::linear});
  }
  // A transparent red neighbour does not tint an opaque blue pixel.
  Picture p(make_info(2, 1, u8, 4, Colour::rgb));
  p.set(0, 0, 0, 255);
  p.set(2, 1, 0, 255);
  p.set(3, 1, 0, 255);
  const Image half = resize(image_of(p), {.width = 1, .kernel = ResizeKernel::box});
  const Picture out = apply_chain(half, p, Isa::sse4, 8, 8);
  CHECK(out.get(0, 0, 0) == 0);
  CHECK(out.get(2, 0, 0) == 255);
  CHECK(out.get(3, 0, 0) == 128);
}

TEST_CASE("resize stays close to the double-precision model") {
  for (ResizeKernel kernel : kKernels) {
    if (kernel == ResizeKernel::nearest) continue;
    for (auto [width, height] : {std::pair(288, 216), {40, 30}, {123, 77}, {640, 480}}) {
      const Picture in = scene(320, 240, u8);
      const Image image =
          resize(image_of(in), {.width = width, .height = height, .kernel = kernel});
      const Deviation d = deviation(apply_chain(image, in, best_isa(), 256, 256),
                                    model_resize(in, width, height, kernel));
      CAPTURE(option_types::show(kernel), width, height, d.largest, d.psnr);
      CHECK(d.largest <= 1);
      CHECK(d.psnr >= 55);
      UNSCOPED_INFO("psnr " << d.psnr);
    }
  }
  for (SampleType type : {u16, f32, i32, f64}) {
    const Picture in = scene(160, 120, type);
    const Image image = resize(image_of(in), {.width = 100, .height = 31});
    const Deviation d = deviation(apply_chain(image, in, best_isa(), 256, 256),
                                  model_resize(in, 100, 31, ResizeKernel::lanczos3));
    CAPTURE(name_of(type), d.largest, d.psnr);
    CHECK(d.largest <= (type == f32 ? 1e-6 : type == f64 ? 1e-13 : 1.));
  }
}

TEST_CASE("resize keeps a constant image constant") {
  for (SampleType type : {u8, i8, u16})
    for (double scale : {0.013, 0.3, 0.9, 1.7}) {
      Picture p(make_info(400, 300, type, 1));
      const double value = range_of(type).second - 1;
      for (std::int64_t y = 0; y < 300; ++y)
        for (std::int64_t x = 0; x < 400; ++x)
          p.set(0, x, y, value);
      const Picture out =
          apply_chain(resize(image_of(p), {.scale = scale}), p, best_isa(), 256, 256);
      for (std::int64_t y = 0; y < out.height(); ++y)
        for (std::int64_t x = 0; x < out.width(); ++x)
          REQUIRE(out.get(0, x, y) == value);
    }
}

TEST_CASE("resize sizes, geometry and needs") {
  ImageInfo info = make_info(1001, 500, u8, 3, Colour::rgb);
  info.geo = Affine{{100, 2, 0, 50, 0, -2}};
  info.resolution = {10, 10};
  const Picture in(info);
  const auto size = [&](const ResizeOptions& o) {
    const Image image = resize(image_of(in), o);
    return std::pair(image.info().width, image.info().height);
  };
  CHECK(size({.scale = 0.5}) == std::pair<std::int64_t, std::int64_t>(501, 250));
  CHECK(size({.scale = 1e-9}) == std::pair<std::int64_t, std::int64_t>(1, 1));
  CHECK(size({.width = 100}) == std::pair<std::int64_t, std::int64_t>(100, 50));
  CHECK(size({.height = 1000}) == std::pair<std::int64_t, std::int64_t>(2002, 1000));
  CHECK(size({.fit = {100}}) == std::pair<std::int64_t, std::int64_t>(100, 50));
  CHECK(size({.fit = {4000, 100}}) == std::pair<std::int64_t, std::int64_t>(200, 100));
  using Pair = std::pair<std::int64_t, std::int64_t>;
  CHECK(size({.fit = {4000}}) == Pair(4000, 1998));
  CHECK(size({.fit = {4000}, .enlarge = false}) == Pair(1001, 500));
  CHECK(size({.fit = {4000, 100}, .enlarge = false}) == Pair(200, 100));
  const Image image = resize(image_of(in), {.width = 143, .height = 50});
  CHECK(image.info().geo->a[1] == Approx(14));
  CHECK(image.info().geo->a[5] == Approx(-20));
  CHECK(image.info().resolution.x == Approx(10. / 7));
  CHECK(image.info().type == u8);
  // One axis is one node, no change none.
  const Image source = image_of(in);
  CHECK(resize(source, {.scale = 1}).node() == source.node());
  CHECK(resize(source, {.width = 1001, .height = 250}).node() == source.node() + 1);

  // Needs are exact and grow with the output, at any size.
  for (auto [from, to] : {std::pair<std::int64_t, std::int64_t>(1LL << 40, (1LL << 40) - 1),
                          {(1LL << 40) - 1, 1LL << 40},
                          {1000000007, 999999937},
                          {100, 7}}) {
    const auto taps = resampling_taps(from, to, TapKernel::lanczos3);
    Interval before = taps->reach(0);
    CHECK(before.begin < 0);
    for (std::int64_t o : {to / 3, to / 2, to / 2 + 1, to - 1}) {
      const Interval r = taps->reach(o);
      CHECK(r.begin >= before.begin);
      CHECK(r.end >= before.end);
      CHECK(r.size() <= taps->most());
      before = r;
    }
    CHECK(before.end >= from);
    CHECK(before.end <= from + taps->most());
  }
}

TEST_CASE("thumbnails are upright and never larger than the image") {
  Picture in = picture(90, 40, u8, 3, Colour::rgb);
  const auto size = [&](const ThumbnailOptions& o) {
    const ImageInfo info = thumbnail(image_of(in), o).info();
    return std::pair<std::int64_t, std::int64_t>(info.width, info.height);
  };
  using Pair = std::pair<std::int64_t, std::int64_t>;
  CHECK(size({.fit = {30}}) == Pair(30, 13));
  CHECK(size({.fit = {1000}}) == Pair(90, 40));
  CHECK(size({.fit = {180}, .enlarge = true}) == Pair(180, 80));
  in.info.orientation = 6;
  CHECK(size({.fit = {30, 45}}) == Pair(20, 45));
  CHECK(thumbnail(image_of(in), {.fit = {30}}).info().orientation == 1);
  CHECK_THROWS_WITH(thumbnail(image_of(in), {}), contains("thumbnail: fit is required"));
}

TEST_CASE("resize refuses what it cannot do") {
  const Picture in = picture(10, 10, u8);
  const auto message = [](const Picture& p, const ResizeOptions& o) -> std::string {
    try {
      resize(image_of(p), o);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(message(in, {}) == "resize: give the new size as scale, as width and height, or as fit");
  CHECK(message(in, {.scale = 1, .width = 3}).find("exclude") != std::string::npos);
  CHECK(message(in, {.scale = 2, .enlarge = false}).find("goes with fit") != std::string::npos);
  CHECK(message(in, {.scale = 0}).find("above 0") != std::string::npos);
  CHECK(message(in, {.scale = NAN}).find("above 0") != std::string::npos);
  CHECK(message(in, {.scale = 1e300}).find("passes") != std::string::npos);
  CHECK(message(in, {.width = std::int64_t{1} << 50}).find("passes") != std::string::npos);
  CHECK(message(picture(3, 3, u64), {.scale = 2}).find("u64") != std::string::npos);
  CHECK(message(picture(3, 3, i64), {.scale = 2}).find("nearest") != std::string::npos);
  ImageInfo palette = make_info(4, 4, u8, 1);
  palette.colour = Colour::palette;
  CHECK(message(Picture(palette), {.scale = 2}).find("palette") != std::string::npos);
}

TEST_CASE("weights: own sine and exponential, quantised sums") {
  for (int i = -4000; i <= 4000; ++i) {
    const double x = i / 997.;
    CHECK(std::fabs(sin_pi(x) - std::sin(M_PI * x)) < 2e-15);
    if (x <= 0) CHECK(std::fabs(exp_of_negative(x * 10) / std::exp(x * 10) - 1) < 1e-15);
  }
  for (auto [from, to] : {std::pair(10, 9), {100, 37}, {800, 100}, {9, 16}, {3000, 99}}) {
    const auto taps = resampling_taps(from, to, TapKernel::lanczos3);
    std::vector<double> w(static_cast<std::size_t>(taps->most()));
    std::vector<std::int16_t> q(w.size());
    for (std::int64_t o = 0; o < to; ++o) {
      const auto n = static_cast<std::size_t>(taps->reach(o).size());
      taps->weights(o, w.data());
      quantise({w.data(), n}, q.data());
      int sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += q[i];
        CHECK(std::fabs(q[i] - w[i] * 16384) <= 1.0);
      }
      CHECK(sum == 16384);
    }
  }
}
