// flatten, premultiply, unpremultiply and convert: by hand, against models, and what they say.
// Plain code of the same: tests/steps.
#include <cmath>

#include "ops/bands/select.hpp"
#include "ops/colour/convert.hpp"
#include "ops/colour/flatten.hpp"
#include "ops/colour/premultiply.hpp"
#include "ops/colour/unpremultiply.hpp"
#include "ops/pointwise/cast.hpp"
#include "steps/trial.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

/// One row of pixels.
Picture row_of(ImageInfo info, const std::vector<std::vector<double>>& pixels) {
  info.width = static_cast<std::int64_t>(pixels.size());
  info.height = 1;
  Picture picture(info);
  for (std::size_t x = 0; x < pixels.size(); ++x)
    for (std::size_t c = 0; c < pixels[x].size(); ++c)
      picture.set(static_cast<int>(c), static_cast<std::int64_t>(x), 0, pixels[x][c]);
  return picture;
}

Picture result_of(const Image& image, const Picture& picture) {
  return apply_chain(image, picture, best_isa(), 64, 64);
}

std::vector<double> pixel(const Picture& picture, std::int64_t x) {
  std::vector<double> samples;
  for (int c = 0; c < picture.channels(); ++c)
    samples.push_back(picture.get(c, x, 0));
  return samples;
}

ImageInfo cmyk_info(SampleType type) {
  ImageInfo info = make_info(1, 1, type, 4);
  constexpr BandRole roles[] = {BandRole::cyan, BandRole::magenta, BandRole::yellow,
                                BandRole::black};
  for (std::size_t c = 0; c < 4; ++c)
    info.bands[c].role = roles[c];
  info.colour = Colour::cmyk;
  return info;
}

using Samples = std::vector<double>;

}  // namespace

TEST_CASE("flatten by hand", "[colour]") {
  const Picture in = row_of(make_info(1, 1, SampleType::u8, 4, Colour::rgb),
                            {{200, 10, 0, 255}, {200, 10, 0, 0}, {200, 10, 0, 128}});
  const Image white = flatten(image_of(in));
  CHECK(white.info().alpha == Alpha::none);
  CHECK(white.info().colour == Colour::rgb);
  const Picture on_white = result_of(white, in);
  CHECK(pixel(on_white, 0) == Samples{200, 10, 0});
  CHECK(pixel(on_white, 1) == Samples{255, 255, 255});
  CHECK(pixel(on_white, 2) == Samples{227, 132, 127});
  const Picture on_red = result_of(flatten(image_of(in), {.background = {255, 0, 0}}), in);
  CHECK(pixel(on_red, 1) == Samples{255, 0, 0});
  CHECK(pixel(on_red, 2) == Samples{227, 5, 0});
  const Image opaque = image_of(Picture(make_info(4, 4, SampleType::u8, 3, Colour::rgb)));
  CHECK(flatten(opaque).node() == opaque.node());
}

TEST_CASE("alpha multiplied in and out again", "[colour]") {
  ImageInfo info = make_info(256, 256, SampleType::u16, 2, Colour::grey);
  Picture in(info);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) {
      in.set(0, x, y, 257 * x);
      in.set(1, x, y, 257 * y);
    }
  const Image multiplied = premultiply(image_of(in));
  CHECK(multiplied.info().alpha == Alpha::premultiplied);
  const Image back = unpremultiply(multiplied);
  CHECK(back.info().alpha == Alpha::straight);
  const Picture out = result_of(back, in);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) {
      REQUIRE(out.get(1, x, y) == 257 * y);
      // Half a level of the product, seen through the alpha.
      REQUIRE(std::fabs(out.get(0, x, y) - (y == 0 ? 0 : 257 * x)) <=
              0.5 + (y == 0 ? 0 : 0.5 * 65535 / (257 * y)));
    }
  CHECK(premultiply(multiplied).node() == multiplied.node());
  CHECK(unpremultiply(image_of(in)).info().alpha == Alpha::straight);
}

TEST_CASE("inks to light and back", "[colour]") {
  const Picture in = row_of(
      cmyk_info(SampleType::u8),
      {{0, 0, 0, 0}, {0, 0, 0, 255}, {255, 0, 0, 0}, {0, 128, 255, 0}, {100, 100, 100, 100}});
  const Image image = convert(image_of(in));
  CHECK(image.info().colour == Colour::rgb);
  const Picture out = result_of(image, in);
  CHECK(pixel(out, 0) == Samples{255, 255, 255});
  CHECK(pixel(out, 1) == Samples{0, 0, 0});
  CHECK(pixel(out, 2) == Samples{0, 255, 255});
  CHECK(pixel(out, 3) == Samples{255, 127, 0});
  CHECK(pixel(out, 4) == Samples{94, 94, 94});
  const Image inks = convert(image, {.to = ColourModel::cmyk});
  CHECK(inks.info().colour == Colour::cmyk);
  const Picture back = result_of(inks, in);
  CHECK(pixel(back, 0) == Samples{0, 0, 0, 0});
  CHECK(pixel(back, 1) == Samples{0, 0, 0, 255});
  CHECK(pixel(back, 3) == Samples{0, 128, 255, 0});
  CHECK(pixel(back, 4) == Samples{0, 0, 0, 161});
}

TEST_CASE("every level of sRGB comes back from linear light", "[colour]") {
  for (const SampleType type : {SampleType::u8, SampleType::u16}) {
    Picture in(make_info(256, 256, type, 1, Colour::grey));
    const double full = range_of(type).second;
    for (int i = 0; i < 65536; ++i)
      in.set(0, i % 256, i / 256, i % (static_cast<int>(full) + 1));
    const Image linear = convert(image_of(in), {.to = ColourModel::linear});
    CHECK(linear.info().type == SampleType::f32);
    CHECK(linear.info().linear_light);
    const Picture light = result_of(linear, in);
    for (int i = 0; i < 65536; ++i) {
      const double v = in.get(0, i % 256, i / 256) / full;
      const double model = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
      REQUIRE(std::fabs(light.get(0, i % 256, i / 256) - model) < 1e-7);
    }
    const Image encoded = convert(linear, {.to = ColourModel::grey});
    CHECK_FALSE(encoded.info().linear_light);
    const Image back = cast(encoded, {.to = type, .scale = CastScale::range});
    CHECK(difference(result_of(back, in), in) == "");
  }
}

TEST_CASE("convert knows what it has, and is told where the image does not say it", "[colour]") {
  const Picture rgb(make_info(8, 8, SampleType::u8, 3, Colour::rgb));
  const Image image = image_of(rgb);
  CHECK(convert(image).node() == image.node());
  const Image linear = convert(image, {.to = ColourModel::linear});
  CHECK(convert(linear, {.to = ColourModel::linear}).node() == linear.node());
  CHECK(convert(linear).info().colour == Colour::rgb);
  CHECK_FALSE(convert(linear).info().linear_light);

  const Picture bands(make_info(8, 8, SampleType::f32, 3));
  const Image unnamed = image_of(bands);
  CHECK_THROWS_WITH(convert(unnamed), contains("convert: ") && contains("from"));
  const Image told = convert(unnamed, {.to = ColourModel::linear, .from = ColourModel::linear});
  CHECK(told.info().colour == Colour::rgb);
  CHECK(told.info().linear_light);
  CHECK_THROWS_WITH(convert(unnamed, {.from = ColourModel::cmyk}), contains("4 colour bands"));
  CHECK(select(linear, {.bands = {"0"}}).info().linear_light == false);
}

TEST_CASE("what conversions refuse names what works", "[colour]") {
  ImageInfo info = make_info(4, 4, SampleType::u8, 4, Colour::rgb);
  info.alpha = Alpha::premultiplied;
  CHECK_THROWS_WITH(convert(image_of(Picture(info)), {.to = ColourModel::grey}),
                    contains("unpremultiply"));
  CHECK_THROWS_WITH(convert(image_of(Picture(make_info(4, 4, SampleType::i16, 3, Colour::rgb))),
                            {.to = ColourModel::grey}),
                    contains("i16") && contains("cast"));
  const Image rgba = image_of(Picture(make_info(4, 4, SampleType::u8, 4, Colour::rgb)));
  CHECK_THROWS_WITH(flatten(rgba, {.background = 300}), contains("flatten: background is 300"));
  CHECK_THROWS_WITH(flatten(rgba, {.background = {1, 2}}), contains("background has 2 values"));
  CHECK_THROWS_WITH(
      premultiply(image_of(Picture(make_info(4, 4, SampleType::u64, 4, Colour::rgb)))),
      contains("u64"));
}

TEST_CASE("a palette's colours", "[colour]") {
  ImageInfo info = make_info(1, 1, SampleType::u8, 1);
  info.colour = Colour::palette;
  info.bands[0].role = BandRole::palette;
  auto metadata = std::make_shared<Metadata>();
  metadata->palette = {0, 257 * 128, 65535, 256 * 7, 1, 255};
  info.metadata = metadata;
  const Picture in = row_of(info, {{0}, {1}, {2}});
  const Image image = convert(image_of(in));
  CHECK(image.info().meta().palette.empty());
  const Picture out = result_of(image, in);
  CHECK(pixel(out, 0) == Samples{0, 128, 255});
  CHECK(pixel(out, 1) == Samples{7, 0, 0});
  CHECK(pixel(out, 2) == Samples{0, 0, 0});
}
