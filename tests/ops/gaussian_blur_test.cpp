// gaussian_blur against scalar code bit for bit, and against the true Gaussian.
#include "ops/filter/gaussian_blur.hpp"

#include <cmath>

#include "reference/separable.hpp"
#include "support/apply_chain.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;
using enum SampleType;

namespace {

void check(const Picture& in, const GaussianBlurOptions& options) {
  const Picture want = reference_gaussian_blur(in, options);
  const Image image = gaussian_blur(image_of(in), options);
  for (Isa isa : available_isas())
    for (auto [width, height] : {std::pair(256, 256), {9, 6}}) {
      INFO(in.width() << "x" << in.height() << " of " << name_of(in.info.type) << " on "
                      << name_of(isa) << ", units " << width << "x" << height);
      REQUIRE(difference(apply_chain(image, in, isa, width, height), want) == "");
    }
}

Picture picture(std::int64_t width, std::int64_t height, SampleType type, int channels = 1,
                Colour colour = Colour::multiband, bool validity = false) {
  ImageInfo info = make_info(width, height, type, channels, colour);
  info.validity = validity ? Validity::common : Validity::none;
  return random_picture(info, static_cast<std::uint64_t>(width + height * 7 + channels));
}

}  // namespace

TEST_CASE("gaussian_blur equals scalar code") {
  for (SampleType type : {u8, i8, u16, i16, u32, i32, f32, f64})
    check(picture(53, 40, type, 2), {.sigma = 1.5});
  for (double sigma : {0., 0.2, 3., 3.9, 7., 36., 40.})
    check(picture(70, 33, u8), {.sigma = sigma});
  for (double sigma : {5., 17.})
    check(picture(90, 80, i8, 2), {.sigma = sigma});
  for (auto [width, height] : {std::pair(1, 1), {3, 8}, {257, 1}, {1, 70}})
    for (double sigma : {2., 8.})
      check(picture(width, height, u8), {.sigma = sigma});
  check(picture(61, 47, u8, 4, Colour::rgb), {.sigma = 2.});
  check(picture(61, 47, u16, 1, Colour::multiband, true), {.sigma = 2.});
  check(picture(61, 47, u8), {.radius = 4});
  check(picture(61, 47, u8), {.sigma = 5, .radius = 3});
}

TEST_CASE("gaussian_blur is at most 1 level off the true Gaussian in 8 bits") {
  Picture in(make_info(220, 90, u8, 1)), stripes(make_info(90, 200, u8, 1));
  const Picture noise = random_picture(make_info(220, 90, u8, 1), 9);
  for (std::int64_t y = 0; y < 90; ++y)
    for (std::int64_t x = 0; x < 220; ++x)  // half noise, half the hardest edges there are
      in.set(0, x, y, x < 100 ? noise.get(0, x, y) : (x / 37 + y / 41) % 2 ? 255 : 0);
  // What keeping every 6th row of the blur by 8 would alias most: stripes of that period, broken.
  for (std::int64_t y = 0; y < 200; ++y)
    for (std::int64_t x = 0; x < 90; ++x)
      stripes.set(0, x, y, (y + (y > 100 ? 2 : 0)) / 3 % 2 ? 255 : 0);
  for (const Picture& picture : {in, stripes})
    for (double sigma : {0.5, 1., 3., 3.9, 6.4, 8., 20., 36.}) {
      const Picture out = apply_chain(gaussian_blur(image_of(picture), {.sigma = sigma}), picture,
                                      best_isa(), 256, 256);
      const Deviation d = deviation(out, model_gaussian_blur(picture, sigma));
      CAPTURE(sigma, d.largest, d.psnr);
      CHECK(d.largest <= 1);
      CHECK(d.psnr >= 55);
    }
}

TEST_CASE("gaussian_blur refuses absurd options") {
  const Picture in = picture(4, 4, u8);
  const auto message = [&](const GaussianBlurOptions& o) -> std::string {
    try {
      gaussian_blur(image_of(in), o);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(message({}).find("give sigma") != std::string::npos);
  CHECK(message({.sigma = -1}).find("0 to 1000") != std::string::npos);
  CHECK(message({.sigma = NAN}).find("0 to 1000") != std::string::npos);
  CHECK(message({.sigma = 1e9}).find("resize") != std::string::npos);
  CHECK(message({.radius = 5000}).find("4096") != std::string::npos);
  const Image source = image_of(in);
  CHECK(gaussian_blur(source, {.sigma = 0}).node() == source.node());
}
