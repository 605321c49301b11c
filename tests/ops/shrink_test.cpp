// shrink against scalar code bit for bit.
#include "ops/resample/shrink.hpp"

#include "engine/declare_step.hpp"
#include "reference/shrink.hpp"
#include "support/apply_chain.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;
using enum SampleType;

namespace {

void check(const Picture& in, const ShrinkOptions& options) {
  const Picture want = reference_shrink(in, options);
  const Image image = shrink(image_of(in), options);
  REQUIRE(image.info().width == want.width());
  for (Isa isa : available_isas())
    for (auto [width, height, poison] : {std::tuple(256, 256, 0xFF), {5, 3, 0xA5}}) {
      INFO(in.width() << "x" << in.height() << " of " << name_of(in.info.type) << " by "
                      << options.x << "x" << options.y.value_or(options.x) << " "
                      << option_types::show(options.mode) << " on " << name_of(isa) << ", units "
                      << width << "x" << height);
      REQUIRE(difference(apply_chain(image, in, isa, width, height, poison), want) == "");
    }
}

Picture picture(std::int64_t width, std::int64_t height, SampleType type, int channels = 1,
                bool validity = false, Colour colour = Colour::multiband) {
  ImageInfo info = make_info(width, height, type, channels, colour);
  info.validity = validity ? Validity::common : Validity::none;
  return random_picture(info, static_cast<std::uint64_t>(width * 3 + height + channels));
}

/// Few different samples, so that some are frequent.
Picture labels(std::int64_t width, std::int64_t height, SampleType type, bool validity) {
  Picture p = picture(width, height, type, 1, validity);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      p.set(
          0, x, y,
          static_cast<double>((x * 7 + y * 13 + x * y % 5) % 4 * 11) - (is_signed(type) ? 20 : 0));
  return p;
}

}  // namespace

TEST_CASE("shrink: means equal scalar code") {
  for (SampleType type : {u8, i8, u16, i16, u32, i32, u64, i64, f32, f64})
    for (auto [x, y] :
         {std::pair<std::int64_t, std::int64_t>(2, 2), {8, 8}, {3, 5}, {1, 4}, {12, 1}, {40, 60}})
      check(picture(101, 75, type, 2), {.x = x, .y = y});
  for (auto [width, height] : {std::pair(1, 1), {3, 8}, {257, 1}, {533, 401}})
    for (std::int64_t x : {2, 3, 16, 600})
      check(picture(width, height, u8), {.x = x});
  check(picture(400, 300, u16), {.x = 400, .y = 300});  // sums beyond 32 bits
  check(picture(300, 300, u8), {.x = 256, .y = 256});
}

TEST_CASE("shrink: the mean of a constant is the constant") {
  Picture p(make_info(97, 60, u32, 1));
  for (std::int64_t y = 0; y < 60; ++y)
    for (std::int64_t x = 0; x < 97; ++x)
      p.set(0, x, y, 3000000000.);
  const Picture out = apply_chain(shrink(image_of(p), {.x = 5}), p, best_isa(), 64, 64);
  for (std::int64_t y = 0; y < out.height(); ++y)
    for (std::int64_t x = 0; x < out.width(); ++x)
      REQUIRE(out.get(0, x, y) == 3000000000.);
}

TEST_CASE("shrink: means weigh colour by alpha and skip invalid pixels") {
  for (SampleType type : {u8, u16, i32, f32}) {
    check(picture(61, 47, type, 4, false, Colour::rgb), {.x = 3, .y = 2});
    check(picture(61, 47, type, 2, true), {.x = 4});
  }
}

TEST_CASE("shrink: mode and nearest equal scalar code") {
  for (SampleType type : {u8, i8, u16, i32, u64, i64, f32, f64})
    for (bool validity : {false, true}) {
      check(labels(50, 41, type, validity), {.x = 3, .y = 4, .mode = ShrinkMode::mode});
      check(labels(50, 41, type, validity), {.x = 3, .y = 4, .mode = ShrinkMode::nearest});
      check(labels(50, 41, type, validity), {.x = 64, .y = 64, .mode = ShrinkMode::nearest});
    }
}

TEST_CASE("shrink: geometry and refusals") {
  ImageInfo info = make_info(100, 50, u8, 1);
  info.geo = Affine{{100, 2, 0, 50, 0, -2}};
  const Image image = shrink(image_of(Picture(info)), {.x = 3, .y = 4});
  CHECK(image.info().width == 34);
  CHECK(image.info().height == 13);
  CHECK(image.info().geo->a[1] == 6);
  CHECK(image.info().geo->a[5] == -8);
  const auto message = [](const ShrinkOptions& o, SampleType type, bool validity) -> std::string {
    try {
      shrink(image_of(picture(4, 4, type, 1, validity)), o);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(message({.x = 0}, u8, false).find("1 to 32768") != std::string::npos);
  CHECK(message({.x = 40000}, u8, false).find("1 to 32768") != std::string::npos);
  CHECK(message({.x = 300, .mode = ShrinkMode::mode}, u16, false).find("65536") !=
        std::string::npos);
  CHECK(message({}, u64, true).find("u64") != std::string::npos);
}
