#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "ops/generators/synth.hpp"
#include "reference/synth.hpp"
#include "support/catch.hpp"
#include "support/picture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

Picture made(const SynthOptions& options, Isa isa, std::int64_t unit_width,
             std::int64_t unit_height, int poison = 0xA5) {
  const Image image = synth(Graph::make(), options);
  return apply(*image.graph().node(image.node()).operation, {}, isa, unit_width, unit_height,
               poison);
}

// `options.width` x `options.height` pixels from (x, y) of the reference.
Picture expected(const SynthOptions& o, std::int64_t x, std::int64_t y) {
  Picture p(synth(Graph::make(), o).info());
  for (std::int64_t j = 0; j < p.height(); ++j)
    for (std::int64_t i = 0; i < p.width(); ++i) {
      if (o.kind == SynthKind::terrain) {
        p.at<float>(0, i, j) = terrain_pixel(o.seed, x + i, y + j);
      } else {
        const auto rgb = tissue_pixel(o.seed, x + i, y + j);
        for (int c = 0; c < 3; ++c)
          p.at<std::uint8_t>(c, i, j) = rgb[static_cast<std::size_t>(c)];
      }
    }
  return p;
}

// The sample that noise makes of its random bits.
double noise_sample(SampleType type, std::uint32_t h) {
  switch (type) {
    case SampleType::u8:
      return h >> 24;
    case SampleType::i8:
      return static_cast<double>(h >> 24) - 128;
    case SampleType::u16:
      return h >> 16;
    case SampleType::i16:
      return static_cast<double>(h >> 16) - 32768;
    case SampleType::u32:
      return h;
    case SampleType::i32:
      return static_cast<std::int32_t>(h);
    default:
      return static_cast<double>(h >> 8) * 0x1p-24;
  }
}

constexpr std::array<std::array<std::int64_t, 2>, 4> kSizes{{{1, 1}, {3, 8}, {257, 1}, {533, 401}}};

}  // namespace

TEST_CASE("synth terrain and tissue equal the reference", "[synth]") {
  for (const SynthKind kind : {SynthKind::terrain, SynthKind::tissue})
    for (const auto& [width, height] : kSizes) {
      const SynthOptions options{.kind = kind, .width = width, .height = height, .seed = 5};
      const Picture want = expected(options, 0, 0);
      for (const Isa isa : available_isas()) {
        INFO(name_of(isa) << " " << width << " x " << height);
        CHECK(difference(made(options, isa, width, height), want) == "");
        CHECK(difference(made(options, isa, 77, 33, 0x7F), want) == "");
      }
    }
}

TEST_CASE("synth pixels far from the origin", "[synth]") {
  constexpr std::int64_t kFar = (std::int64_t{1} << 40) - 600;
  for (const SynthKind kind : {SynthKind::terrain, SynthKind::tissue}) {
    const SynthOptions huge{
        .kind = kind, .width = std::int64_t{1} << 40, .height = std::int64_t{1} << 19, .seed = 9};
    const SynthOptions part{.kind = kind, .width = 300, .height = 40, .seed = 9};
    const Image image = synth(Graph::make(), huge);
    const Operation& operation = *image.graph().node(image.node()).operation;
    for (const Isa isa : available_isas()) {
      Picture got(synth(Graph::make(), part).info());
      std::vector<std::byte> memory(
          static_cast<std::size_t>(
              tile_layout(300, 40, got.info.type, got.channels(), false).bytes) +
          64);
      std::vector<std::byte> scratch(static_cast<std::size_t>(operation.scratch(300, 40)) + 64);
      const auto aligned = [](std::vector<std::byte>& v) {
        return v.data() + (64 - reinterpret_cast<std::uintptr_t>(v.data()) % 64) % 64;
      };
      const TileView tile =
          tile_at(aligned(memory), {kFar, 1000, 300, 40}, got.info.type, got.channels(), false);
      operation.compute({}, tile, {isa, aligned(scratch)});
      const Picture want = expected(part, kFar, 1000);
      for (int c = 0; c < got.channels(); ++c)
        for (std::int64_t y = 0; y < 40; ++y)
          std::memcpy(got.samples.data() + got.index(c, 0, y) * size_of(got.info.type),
                      tile.row(c, y), 300 * size_of(got.info.type));
      CHECK(difference(got, want) == "");
    }
  }
}

TEST_CASE("synth noise of every type", "[synth]") {
  for (int t = 0; t < kSampleTypes; ++t) {
    const auto type = static_cast<SampleType>(t);
    if (type == SampleType::u64 || type == SampleType::i64) continue;
    for (const auto& [width, height] : kSizes) {
      const SynthOptions options{.kind = SynthKind::noise,
                                 .width = width,
                                 .height = height,
                                 .seed = 3,
                                 .type = type,
                                 .channels = 2};
      Picture want(synth(Graph::make(), options).info());
      for (int c = 0; c < 2; ++c)
        for (std::int64_t y = 0; y < height; ++y)
          for (std::int64_t x = 0; x < width; ++x)
            want.set(c, x, y, noise_sample(type, noise_bits(3, c, x, y)));
      for (const Isa isa : available_isas()) {
        INFO(name_of(isa) << " " << name_of(type));
        CHECK(difference(made(options, isa, 77, 33), want) == "");
      }
    }
  }
}

TEST_CASE("synth noise of 64 bits is the same everywhere and wide", "[synth]") {
  const SynthOptions options{
      .kind = SynthKind::noise, .width = 99, .height = 31, .seed = 3, .type = SampleType::u64};
  const Picture first = made(options, Isa::sse4, 99, 31);
  for (std::int64_t x = 0; x < 99; ++x) {
    const std::uint32_t h = noise_bits(3, 0, x, 30);
    CHECK(first.at<std::uint64_t>(0, x, 30) ==
          ((std::uint64_t{h} << 32) | static_cast<std::uint32_t>(~h * 0x9e3779b1u)));
  }
  for (const Isa isa : available_isas())
    CHECK(difference(made(options, isa, 13, 7), first) == "");
}

TEST_CASE("synth noise where the column passes 2^32", "[synth]") {
  constexpr std::int64_t kEdge = std::int64_t{1} << 32;
  const Image image =
      synth(Graph::make(), {.kind = SynthKind::noise, .width = kEdge * 4, .height = 3, .seed = 8});
  for (const Isa isa : available_isas()) {
    std::vector<std::byte> pixels(3 * 100);
    RunOptions run;
    run.isa = isa;
    read_region(image, {kEdge - 47, 0, 100, 3}, pixels, 100, run);
    for (std::int64_t y = 0; y < 3; ++y)
      for (std::int64_t x = 0; x < 100; ++x)
        REQUIRE(static_cast<std::uint32_t>(pixels[static_cast<std::size_t>(y * 100 + x)]) ==
                noise_bits(8, 0, kEdge - 47 + x, y) >> 24);
  }
}

TEST_CASE("synth noise is uniform", "[synth]") {
  const Picture p = made({.kind = SynthKind::noise, .width = 1024, .height = 1024, .seed = 1},
                         best_isa(), 1024, 1024);
  std::array<int, 256> histogram{};
  double beside = 0, below = 0;
  for (std::int64_t y = 0; y < 1024; ++y)
    for (std::int64_t x = 0; x < 1024; ++x) {
      const int v = p.at<std::uint8_t>(0, x, y);
      ++histogram[static_cast<std::size_t>(v)];
      if (x > 0) beside += (v - 127.5) * (p.at<std::uint8_t>(0, x - 1, y) - 127.5);
      if (y > 0) below += (v - 127.5) * (p.at<std::uint8_t>(0, x, y - 1) - 127.5);
    }
  double chi = 0;
  for (const int n : histogram)
    chi += (n - 4096.0) * (n - 4096.0) / 4096.0;
  CHECK(chi < 360);  // 255 degrees of freedom: 1 in 10^5
  const double variance = 256.0 * 256.0 / 12 * 1024 * 1024;
  CHECK(std::abs(beside / variance) < 0.005);
  CHECK(std::abs(below / variance) < 0.005);
}

TEST_CASE("synth gradient and checker", "[synth]") {
  for (int t = 0; t < kSampleTypes; ++t) {
    const auto type = static_cast<SampleType>(t);
    for (const auto& [width, height] : kSizes) {
      const SynthOptions gradient{.kind = SynthKind::gradient,
                                  .width = width,
                                  .height = height,
                                  .type = type,
                                  .channels = 4};
      const SynthOptions checker{
          .kind = SynthKind::checker, .width = width, .height = height, .type = type, .cell = 5};
      const long double most = is_float(type) ? 1 : with_type(type, []<class T>() {
        return static_cast<long double>(std::numeric_limits<T>::max());
      });
      Picture ramps(synth(Graph::make(), gradient).info());
      Picture squares(synth(Graph::make(), checker).info());
      with_type(type, [&]<class T>() {
        const auto ramp = [&](std::int64_t i, std::int64_t n) {
          if (n == 1) return T{0};
          if (is_float(type))
            return static_cast<T>(static_cast<double>(i) / static_cast<double>(n - 1));
          return static_cast<T>(std::floor(
              static_cast<long double>(i) * most / static_cast<long double>(n - 1) + 0.5L));
        };
        for (std::int64_t y = 0; y < height; ++y)
          for (std::int64_t x = 0; x < width; ++x) {
            ramps.at<T>(0, x, y) = ramps.at<T>(3, x, y) = ramp(x, width);
            ramps.at<T>(1, x, y) = ramp(y, height);
            ramps.at<T>(2, x, y) = ramp(x + y, width + height - 1);
            squares.at<T>(0, x, y) = (x / 5 + y / 5) % 2 ? static_cast<T>(most) : T{0};
          }
      });
      // 64-bit ramps need more bits than long double has; they are checked at their ends.
      INFO(name_of(type) << " " << width << " x " << height);
      if (size_of(type) < 8 || is_float(type)) {
        CHECK(difference(made(gradient, best_isa(), width, height), ramps) == "");
        CHECK(difference(made(gradient, best_isa(), 77, 33), ramps) == "");
      } else if (width > 1) {
        const Picture p = made(gradient, best_isa(), 77, 33);
        CHECK(p.get(0, 0, 0) == 0);
        CHECK(p.get(0, width - 1, 0) == static_cast<double>(most));
      }
      CHECK(difference(made(checker, best_isa(), 77, 33), squares) == "");
    }
  }
}

TEST_CASE("synth describes its pictures and refuses what makes no sense", "[synth]") {
  const auto graph = Graph::make();
  const ImageInfo terrain = synth(graph, {.kind = SynthKind::terrain}).info();
  CHECK(terrain.type == SampleType::f32);
  REQUIRE(terrain.geo);
  CHECK(terrain.geo->a[5] == -30);
  CHECK(!terrain.meta().geo_keys.empty());
  const ImageInfo tissue = synth(graph, {.kind = SynthKind::tissue}).info();
  CHECK(tissue.channels() == 3);
  CHECK(tissue.mpp_x == 0.5);
  CHECK(tissue.colour == Colour::rgb);
  CHECK_THROWS_AS(synth(graph, {.width = 0}), Error);
  CHECK_THROWS_AS(synth(graph, {.width = (std::int64_t{1} << 40) + 1}), Error);
  CHECK_THROWS_AS(synth(graph, {.type = SampleType::u16}), Error);
  CHECK_THROWS_AS(synth(graph, {.kind = SynthKind::noise, .channels = 0}), Error);
  CHECK_THROWS_AS(synth(graph, {.kind = SynthKind::checker, .cell = 0}), Error);
}
