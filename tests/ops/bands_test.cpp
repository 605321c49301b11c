// grey, select and stack.
#include <cmath>

#include "engine/error.hpp"
#include "ops/bands/grey.hpp"
#include "ops/bands/select.hpp"
#include "ops/bands/stack.hpp"
#include "ops/operation_check.hpp"
#include "reference/pointwise.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("grey equals plain code", "[grey]") {
  for (const SampleType type : {SampleType::u8, SampleType::i8, SampleType::u16, SampleType::i16,
                                SampleType::u32, SampleType::i32, SampleType::f32, SampleType::f64})
    for (const GreyWeights weights :
         {GreyWeights::rec601, GreyWeights::rec709, GreyWeights::linear}) {
      const bool srgb = is_float(type) || type == SampleType::u8 || type == SampleType::u16;
      if (weights == GreyWeights::linear && !srgb) continue;
      for (const int channels : {3, 4}) {
        INFO(name_of(type) << ", " << channels << " channels");
        ImageInfo info = make_info(133, 9, type, channels, Colour::rgb);
        info.validity = Validity::common;
        const Picture in = random_picture(info, 7);
        const Image image = grey(sources_of({&in, 1})[0], {.weights = weights});
        REQUIRE(image.info().channels() == channels - 2);
        REQUIRE(image.info().colour == Colour::grey);
        check_operation(image, {&in, 1}, reference::grey(in, image.info(), weights));
      }
    }
}

TEST_CASE("grey keeps white, black and greys, and stays near the exact value", "[grey]") {
  Picture in(make_info(256, 2, SampleType::u8, 3, Colour::rgb));
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 256; ++i) {
      in.set(c, i, 0, i);
      in.set(c, i, 1, (i * (c * 2 + 7)) % 256);
    }
  for (const GreyWeights weights :
       {GreyWeights::rec601, GreyWeights::rec709, GreyWeights::linear}) {
    const Image image = grey(sources_of({&in, 1})[0], {.weights = weights});
    const Picture out = apply(operation_of(image), {&in, 1}, best_isa(), 256, 2);
    for (int i = 0; i < 256; ++i)
      CHECK(out.get(0, i, 0) == i);
    if (weights != GreyWeights::linear) continue;
    const auto decode = [](double v) {
      return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    for (int i = 0; i < 256; ++i) {
      const double y = 0.2126 * decode(in.get(0, i, 1) / 255) +
                       0.7152 * decode(in.get(1, i, 1) / 255) +
                       0.0722 * decode(in.get(2, i, 1) / 255);
      const double v = y <= 0.0031308 ? 12.92 * y : 1.055 * std::pow(y, 1 / 2.4) - 0.055;
      CHECK(std::fabs(out.get(0, i, 1) - v * 255) <= 0.501);
    }
  }
}

TEST_CASE("grey passes grey and refuses the rest", "[grey]") {
  const Picture plain = random_picture(make_info(9, 9, SampleType::u8, 1, Colour::grey), 8);
  const Image same = grey(sources_of({&plain, 1})[0]);
  check_operation(same, {&plain, 1}, plain);
  const Picture many(make_info(4, 4, SampleType::u16, 7));
  CHECK_THROWS_WITH(grey(sources_of({&many, 1})[0]),
                    contains("7 colour bands") && contains("select"));
  const Picture labels(make_info(4, 4, SampleType::i64, 3));
  CHECK_THROWS_WITH(grey(sources_of({&labels, 1})[0]), contains("i64"));
  const Picture signed16(make_info(4, 4, SampleType::i16, 3));
  CHECK_THROWS_WITH(grey(sources_of({&signed16, 1})[0], {.weights = GreyWeights::linear}),
                    contains("i16") && contains("cast"));
}

TEST_CASE("select takes numbers and names, of every type", "[select]") {
  for (int t = 0; t < kSampleTypes; ++t) {
    ImageInfo info = make_info(67, 5, static_cast<SampleType>(t), 4);
    info.validity = Validity::common;
    info.bands[2].name = "nir";
    const Picture in = random_picture(info, 9);
    const Image image = select(sources_of({&in, 1})[0], {.bands = {"nir", "0", "-1", "nir"}});
    CHECK(image.info().bands[0].name == "nir");
    CHECK(image.info().colour == Colour::multiband);
    check_operation(image, {&in, 1},
                    reference::select(in, image.info(), std::vector<int>{2, 0, 3, 2}));
  }
}

TEST_CASE("select knows colours", "[select]") {
  const Picture rgba(make_info(4, 4, SampleType::u8, 4, Colour::rgb));
  const Image image = sources_of({&rgba, 1})[0];
  const auto info = [&](std::vector<std::string> bands, BandColour colour = BandColour::automatic) {
    return select(image, {.bands = std::move(bands), .colour = colour}).info();
  };
  CHECK(info({"0", "1", "2"}).colour == Colour::rgb);
  CHECK(info({"0", "1", "2"}).alpha == Alpha::none);
  CHECK(info({"0", "1", "2", "3"}).alpha == Alpha::straight);
  CHECK(info({"2", "1", "0"}).colour == Colour::multiband);
  CHECK(info({"2", "1", "0"}, BandColour::rgb).bands[0].role == BandRole::red);
  CHECK(info({"3", "0"}).alpha == Alpha::none);
  CHECK(info({"3", "0"}).bands[0].role == BandRole::data);
  CHECK(info({"0"}, BandColour::grey).colour == Colour::grey);
  CHECK_THROWS_WITH(info({"0", "1"}, BandColour::rgb), contains("3 or 4 bands"));
  CHECK_THROWS_WITH(info({}), contains("at least one"));
  CHECK_THROWS_WITH(info({"4"}),
                    contains("'4'") && contains("0 'red', 1 'green', 2 'blue', 3 'alpha'"));
  CHECK_THROWS_WITH(info({"99999999999999999999999"}), contains("no band"));
}

TEST_CASE("select takes what bands mean", "[select]") {
  ImageInfo info = make_info(61, 4, SampleType::u8, 4, Colour::rgb);
  const Picture in = random_picture(info, 3);
  const Image image = select(sources_of({&in, 1})[0], {.bands = {"alpha", "red", "2"}});
  check_operation(image, {&in, 1}, reference::select(in, image.info(), std::vector<int>{3, 0, 2}));
  // A name goes before what another band means.
  info.bands[2].name = "red";
  const Picture named(info);
  CHECK(select(sources_of({&named, 1})[0], {.bands = {"red"}}).info().bands[0].name == "red");
  CHECK_THROWS_WITH(select(sources_of({&named, 1})[0], {.bands = {"gren"}}),
                    contains("0 'red', 1 'green', 2 'red', 3 'alpha'; did you mean 'green'?"));
  const Picture lone(make_info(4, 4, SampleType::u8, 2));
  CHECK_THROWS_WITH(select(sources_of({&lone, 1})[0], {.bands = {"data"}}),
                    contains("no band 'data'"));
}

TEST_CASE("select suggests the nearest name", "[select]") {
  ImageInfo info = make_info(4, 4, SampleType::u8, 2);
  info.bands[0].name = "red";
  info.bands[1].name = "nir";
  const Picture in(info);
  CHECK_THROWS_WITH(select(sources_of({&in, 1})[0], {.bands = {"rad"}}),
                    contains("did you mean 'red'"));
  info.bands[1].name = "red";
  const Picture twice(info);
  CHECK_THROWS_WITH(select(sources_of({&twice, 1})[0], {.bands = {"red"}}), contains("by number"));
}

TEST_CASE("stack joins bands of every type", "[stack]") {
  for (int t = 0; t < kSampleTypes; ++t) {
    ImageInfo one = make_info(67, 5, static_cast<SampleType>(t), 1), three = one;
    three.bands.resize(3);
    one.validity = three.validity = Validity::common;
    std::vector<Picture> in{random_picture(one, 1), random_picture(three, 2),
                            random_picture(one, 3)};
    in[2].info.validity = Validity::none;
    in[2].validity.clear();
    const Image image = stack(sources_of(in), {.names = {"red", "", "nir"}});
    CHECK(image.info().bands[0].name == "red");
    CHECK(image.info().bands[4].name == "nir");
    check_operation(image, in, reference::stack(in, image.info()));
  }
}

TEST_CASE("stack refuses what does not fit", "[stack]") {
  const auto message = [](const Picture& a, const Picture& b) {
    const Picture both[] = {a, b};
    const std::vector<Image> images = sources_of(both);
    try {
      stack(images, {});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const Picture u8(make_info(4, 4, SampleType::u8, 1)), u16(make_info(4, 4, SampleType::u16, 1)),
      wide(make_info(5, 4, SampleType::u8, 1));
  CHECK_THAT(message(u8, u16), contains("u8") && contains("u16") && contains("cast"));
  CHECK_THAT(message(u8, wide), contains("4 x 4") && contains("5 x 4"));
  Picture here = u8, there = u8;
  here.info.geo = Affine{{100, 10, 0, 200, 0, -10}};
  there.info.geo = Affine{{120, 10, 0, 200, 0, -10}};
  CHECK_THAT(message(here, there), contains("2 pixels"));
  there.info.geo = Affine{{101, 10, 0, 200, 0, -10}};
  CHECK(message(here, there).empty());
}
