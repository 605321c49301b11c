// linear, stretch and cast against plain code, bit for bit.
#include <cmath>
#include <limits>

#include "engine/error.hpp"
#include "ops/operation_check.hpp"
#include "ops/pointwise/cast.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "reference/pointwise.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr SampleType kAll[] = {SampleType::u8,  SampleType::i8,  SampleType::u16, SampleType::i16,
                               SampleType::u32, SampleType::i32, SampleType::u64, SampleType::i64,
                               SampleType::f32, SampleType::f64};
constexpr SampleType kArithmetic[] = {SampleType::u8,  SampleType::i8,  SampleType::u16,
                                      SampleType::i16, SampleType::u32, SampleType::i32,
                                      SampleType::f32, SampleType::f64};

/// Noise, with NaN, infinities, ties and negative zero in floating types.
Picture awkward_picture(ImageInfo info, std::uint64_t seed) {
  Picture p = random_picture(std::move(info), seed);
  if (!is_float(p.info.type)) return p;
  const double odd[] = {std::numeric_limits<double>::quiet_NaN(),
                        -std::numeric_limits<double>::quiet_NaN(),
                        std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity(),
                        -0.0,
                        0.5,
                        1.5,
                        2.5,
                        -0.5,
                        0.25,
                        0.999,
                        254.5,
                        65534.5,
                        1e30,
                        -1e30,
                        9.3e18,
                        1.9e19,
                        -9.3e18};
  std::int64_t i = 0;
  for (const double v : odd) {
    if (i >= p.width() * p.height()) break;
    p.set(0, i % p.width(), i / p.width(), v);
    ++i;
  }
  return p;
}

ImageInfo with_validity(ImageInfo info) {
  info.validity = Validity::common;
  return info;
}

}  // namespace

TEST_CASE("linear equals plain code for all types", "[linear]") {
  for (const SampleType from : kArithmetic)
    for (const SampleType to : kArithmetic) {
      INFO(name_of(from) << " to " << name_of(to));
      const Picture in = awkward_picture(make_info(133, 7, from, 2), 1);
      const std::vector<double> gain{1.7, -0.37}, offset{-3.25, 100.1};
      const Image image =
          linear(sources_of({&in, 1})[0], {.gain = gain, .offset = offset, .type = to});
      REQUIRE(image.info().type == to);
      check_operation(image, {&in, 1}, reference::linear(in, image.info(), gain, offset));
    }
}

TEST_CASE("linear on awkward sizes, with validity, in place", "[linear]") {
  for (const Size& size : kAwkwardSizes)
    for (const SampleType type : {SampleType::u8, SampleType::u16, SampleType::f32}) {
      const Picture in =
          awkward_picture(with_validity(make_info(size.width, size.height, type, 3)), 2);
      const std::vector<double> gain{1.2, 1.2, 1.2}, offset{5, 5, 5};
      const Image image = linear(sources_of({&in, 1})[0], {.gain = 1.2, .offset = 5});
      const Picture expected = reference::linear(in, image.info(), gain, offset);
      check_operation(image, {&in, 1}, expected);
      check_in_place(image, in, expected);
    }
}

TEST_CASE("linear keeps alpha, maps nodata and physical values", "[linear]") {
  const Picture rgba = random_picture(make_info(50, 20, SampleType::u8, 4, Colour::rgb), 3);
  const Image half = linear(sources_of({&rgba, 1})[0], {.gain = 0.5, .type = SampleType::u16});
  const std::vector<double> gain(4, 0.5), offset(4, 0);
  check_operation(half, {&rgba, 1}, reference::linear(rgba, half.info(), gain, offset));
  CHECK(apply(operation_of(half), {&rgba, 1}, best_isa(), 64, 64).at<std::uint16_t>(3, 7, 7) ==
        rgba.at<std::uint8_t>(3, 7, 7) * 257);

  ImageInfo info = make_info(4, 4, SampleType::u16, 1);
  info.bands[0].nodata = 0;
  info.bands[0].scale = 0.1;
  info.bands[0].offset = 2;
  const Picture in(info);
  const Image source = sources_of({&in, 1})[0];
  const BandInfo reflectance =
      linear(source, {.gain = 0.1, .offset = 2, .type = SampleType::f32}).info().bands[0];
  CHECK(reflectance.nodata == 2.0);
  CHECK(reflectance.scale == Approx(1));
  CHECK(reflectance.offset == Approx(0).margin(1e-12));
  CHECK_FALSE(linear(source, {.gain = 0.5}).info().bands[0].nodata);
  CHECK_FALSE(linear(source, {.gain = 2, .offset = -1}).info().bands[0].nodata);
  CHECK(linear(source, {.gain = 2, .offset = 1}).info().bands[0].nodata == 1.0);
}

TEST_CASE("linear stays within a level of exact arithmetic", "[linear]") {
  const Picture in = random_picture(make_info(300, 300, SampleType::u8, 1), 4);
  const Image image = linear(sources_of({&in, 1})[0], {.gain = 0.731, .offset = 17.31});
  const Picture got = apply(operation_of(image), {&in, 1}, best_isa(), 300, 300);
  for (std::int64_t y = 0; y < 300; ++y)
    for (std::int64_t x = 0; x < 300; ++x)
      REQUIRE(std::fabs(got.get(0, x, y) - (in.get(0, x, y) * 0.731 + 17.31)) <= 0.5001);
}

TEST_CASE("stretch equals plain code for all types", "[stretch]") {
  for (const SampleType from : kArithmetic)
    for (const SampleType to : kArithmetic) {
      INFO(name_of(from) << " to " << name_of(to));
      const Picture in = awkward_picture(make_info(133, 7, from, 3), 5);
      const bool small = from == SampleType::i8;
      const std::vector<double> low{-20.3, 100, 60}, high{small ? 90.0 : 200.7, -20, 60};
      const Image image = stretch(sources_of({&in, 1})[0], {.low = low, .high = high, .type = to});
      const auto [type_low, type_high] = range_of(to);
      check_operation(image, {&in, 1},
                      reference::stretch(in, image.info(), low, high, is_float(to) ? 0 : type_low,
                                         is_float(to) ? 1 : type_high));
    }
}

TEST_CASE("stretch by hand", "[stretch]") {
  Picture in(make_info(5, 1, SampleType::u16, 1));
  const int values[] = {99, 100, 200, 300, 301};
  for (int i = 0; i < 5; ++i)
    in.set(0, i, 0, values[i]);
  const auto run = [&](const StretchOptions& options) {
    const Image image = stretch(sources_of({&in, 1})[0], options);
    const Picture out = apply(operation_of(image), {&in, 1}, best_isa(), 5, 1);
    std::vector<double> all;
    for (int i = 0; i < 5; ++i)
      all.push_back(out.get(0, i, 0));
    return all;
  };
  CHECK(run({.low = 100, .high = 300}) == std::vector<double>{0, 0, 128, 255, 255});
  CHECK(run({.low = 300, .high = 100}) == std::vector<double>{255, 255, 128, 0, 0});
  CHECK(run({.low = 100, .high = 300, .out_low = 10, .out_high = 20}) ==
        std::vector<double>{10, 10, 15, 20, 20});
  CHECK(run({.low = 100, .high = 300, .type = SampleType::f32}) ==
        std::vector<double>{0, 0, 0.5, 1, 1});
  CHECK(run({.low = 100, .high = 100}) == std::vector<double>{0, 0, 0, 0, 0});
}

TEST_CASE("cast equals plain code between all types", "[cast]") {
  for (const SampleType from : kAll)
    for (const SampleType to : kAll)
      for (const CastScale scale : {CastScale::none, CastScale::range}) {
        INFO(name_of(from) << " to " << name_of(to)
                           << (scale == CastScale::range ? ", range" : ""));
        const Picture in = awkward_picture(with_validity(make_info(133, 7, from, 2)), 6);
        const Image image = cast(sources_of({&in, 1})[0], {.to = to, .scale = scale});
        const Picture expected = reference::cast(in, image.info(), scale);
        check_operation(image, {&in, 1}, expected);
        if (size_of(from) == size_of(to)) check_in_place(image, in, expected);
      }
}

TEST_CASE("cast over the range is exact for every 16-bit sample", "[cast]") {
  for (const SampleType from : {SampleType::u16, SampleType::i16})
    for (const SampleType to : {SampleType::u8, SampleType::i8, SampleType::u32, SampleType::f32}) {
      Picture in(make_info(256, 256, from, 1));
      const double low = range_of(from).first;
      for (int i = 0; i < 65536; ++i)
        in.set(0, i % 256, i / 256, low + i);
      const Image image = cast(sources_of({&in, 1})[0], {.to = to, .scale = CastScale::range});
      const Picture expected = reference::cast(in, image.info(), CastScale::range);
      for (const Isa isa : available_isas())
        CHECK(difference(apply(operation_of(image), {&in, 1}, isa, 256, 256), expected) == "");
    }
}

TEST_CASE("cast carries nodata where the type holds it", "[cast]") {
  ImageInfo info = make_info(4, 4, SampleType::i16, 1);
  info.bands[0].nodata = -9999;
  const Picture in(info);
  const Image source = sources_of({&in, 1})[0];
  CHECK(cast(source, {.to = SampleType::f32}).info().bands[0].nodata == -9999.0);
  CHECK_FALSE(cast(source, {.to = SampleType::u8}).info().bands[0].nodata);
  CHECK(cast(source, {.to = SampleType::u16, .scale = CastScale::range}).info().bands[0].nodata ==
        22769.0);
}

TEST_CASE("what linear and stretch refuse", "[linear][stretch]") {
  const Picture labels(make_info(4, 4, SampleType::u64, 1));
  const Image image = sources_of({&labels, 1})[0];
  CHECK_THROWS_WITH(linear(image, {.gain = 2}), contains("u64") && contains("cast"));
  CHECK_THROWS_WITH(stretch(image, {.low = 0, .high = 1}), contains("u64"));
  const Picture plain(make_info(4, 4, SampleType::u8, 3));
  const Image three = sources_of({&plain, 1})[0];
  CHECK_THROWS_WITH(linear(three, {.gain = {1, 2}}), contains("gain") && contains("3"));
  CHECK_THROWS_WITH(stretch(three, {.low = 0}), contains("high"));
  CHECK_THROWS_WITH(stretch(three, {.low = 0, .high = 1, .out_high = 300}), contains("out_high"));
}
