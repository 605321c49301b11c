// crop, extend, flip and rotate against plain loops over pixels.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string>

#include "ops/geometry/autorotate.hpp"
#include "ops/geometry/crop.hpp"
#include "ops/geometry/extend.hpp"
#include "ops/geometry/flip.hpp"
#include "ops/geometry/rotate.hpp"
#include "support/catch.hpp"
#include "support/hooked_options.hpp"
#include "support/picture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr std::array<std::array<std::int64_t, 2>, 4> kSizes{{{1, 1}, {3, 8}, {257, 1}, {533, 401}}};

using Step = std::function<Image(const Image&)>;
using Point = std::array<std::int64_t, 2>;
using Place = std::function<Point(std::int64_t, std::int64_t)>;

// A picture with a validity plane and everything that geometry carries along.
Picture input(std::int64_t width, std::int64_t height, SampleType type, bool validity) {
  ImageInfo info = make_info(width, height, type, 2);
  info.validity = validity ? Validity::common : Validity::none;
  info.geo = Affine{{1000, 10, 0, 2000, 0, -20}};
  info.resolution = {300, 150};
  info.mpp_x = 0.25;
  info.mpp_y = 0.5;
  info.levels = {{width, height, 64, 64}};
  return random_picture(info, 7 + static_cast<std::uint64_t>(type));
}

// The output by definition: the input pixel at place(x, y), or `outside` where that is none.
Picture expected(const Picture& in, const ImageInfo& info, const Place& place, double outside) {
  Picture out(info);
  const std::size_t bytes = size_of(info.type);
  for (int c = 0; c < info.channels(); ++c)
    for (std::int64_t y = 0; y < info.height; ++y)
      for (std::int64_t x = 0; x < info.width; ++x) {
        const auto [u, v] = place(x, y);
        if (u < 0 || v < 0 || u >= in.width() || v >= in.height()) {
          out.set(c, x, y, outside);
          continue;
        }
        std::copy_n(in.samples.data() + in.index(c, u, v) * bytes, bytes,
                    out.samples.data() + out.index(c, x, y) * bytes);
        if (info.has_validity()) out.validity[out.index(0, x, y)] = in.validity[in.index(0, u, v)];
      }
  return out;
}

const Operation& operation_of(const Image& image) {
  return *image.graph().node(image.node()).operation;
}

// `probe`: an output pixel that shows an input pixel, not its repetition at an edge.
void check(const Picture& in, const Step& step, const Place& place, double outside = 0,
           Point probe = {0, 0}) {
  const Image image = step(add_source(Graph::make(), picture_source(in)));
  const Operation& operation = operation_of(image);
  const Picture want = expected(in, image.info(), place, outside);
  INFO(in.width() << " x " << in.height() << " of " << name_of(in.info.type));
  for (const Isa isa : available_isas()) {
    INFO(name_of(isa));
    CHECK(difference(apply(operation, {&in, 1}, isa, 4096, 4096), want) == "");
    CHECK(difference(apply(operation, {&in, 1}, isa, 61, 37, 0x5A), want) == "");
  }
  // The geo-reference says where each new pixel's centre was.
  REQUIRE(image.info().geo);
  const auto& a = in.info.geo->a;
  const auto& b = image.info().geo->a;
  const auto [u, v] = place(probe[0], probe[1]);
  const double x = static_cast<double>(u) + 0.5, y = static_cast<double>(v) + 0.5;
  const double i = static_cast<double>(probe[0]) + 0.5, j = static_cast<double>(probe[1]) + 0.5;
  CHECK(b[0] + b[1] * i + b[2] * j == Approx(a[0] + a[1] * x + a[2] * y));
  CHECK(b[3] + b[4] * i + b[5] * j == Approx(a[3] + a[4] * x + a[5] * y));
  CHECK(image.info().levels.empty());
  // The engine gives the same pixels; where the operation only moves them it never calls compute.
  if (in.info.has_validity()) return;
  HookedOptions run;
  run.forced.unit_width = 50;
  run.forced.unit_height = 30;
  run.forced.poison = 0xC3;
  Picture pulled = want;
  pulled.validity.clear();
  CHECK(difference(pull(image, run), pulled) == "");
}

template <class F>
void each_input(const F& f) {
  for (int t = 0; t < kSampleTypes; ++t)
    for (const auto& [width, height] : kSizes)
      f(input(width, height, static_cast<SampleType>(t), false));
  f(input(533, 401, SampleType::u16, true));
}

Place moved(std::int64_t dx, std::int64_t dy) {
  return [=](std::int64_t x, std::int64_t y) { return Point{x + dx, y + dy}; };
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("flip", "[geometry]") {
  each_input([](const Picture& in) {
    check(
        in, [](const Image& i) { return flip(i); },
        [&](auto x, auto y) {
          return Point{in.width() - 1 - x, y};
        });
    check(
        in, [](const Image& i) { return flip(i, {FlipAxis::vertical}); },
        [&](auto x, auto y) {
          return Point{x, in.height() - 1 - y};
        });
  });
}

TEST_CASE("rotate", "[geometry]") {
  each_input([](const Picture& in) {
    check(
        in, [](const Image& i) { return rotate(i); },
        [&](auto x, auto y) {
          return Point{y, in.height() - 1 - x};
        });
    check(
        in, [](const Image& i) { return rotate(i, {180}); },
        [&](auto x, auto y) {
          return Point{in.width() - 1 - x, in.height() - 1 - y};
        });
    check(
        in, [](const Image& i) { return rotate(i, {270}); },
        [&](auto x, auto y) {
          return Point{in.width() - 1 - y, x};
        });
  });
}

TEST_CASE("rotate carries resolution and refuses odd angles", "[geometry]") {
  const Image image =
      add_source(Graph::make(), picture_source(input(30, 20, SampleType::u8, false)));
  const ImageInfo info = rotate(image).info();
  CHECK(info.width == 20);
  CHECK(info.height == 30);
  CHECK(info.resolution.x == Approx(150));
  CHECK(info.mpp_x == Approx(0.5));
  CHECK(message_of([&] { rotate(image, {45}); }) ==
        "rotate: degrees is 45; 90, 180 and 270 (clockwise) are possible");
}

TEST_CASE("autorotate turns upright by the orientation of the file", "[geometry]") {
  for (int orientation = 2; orientation <= 8; ++orientation) {
    INFO("orientation " << orientation);
    Picture in = input(53, 41, SampleType::u16, true);
    in.info.orientation = orientation;
    const std::int64_t w = in.width(), h = in.height();
    check(
        in, [](const Image& i) { return autorotate(i); },
        [&](auto x, auto y) {
          switch (orientation) {
            case 2:
              return Point{w - 1 - x, y};
            case 3:
              return Point{w - 1 - x, h - 1 - y};
            case 4:
              return Point{x, h - 1 - y};
            case 5:
              return Point{y, x};
            case 6:
              return Point{y, h - 1 - x};
            case 7:
              return Point{w - 1 - y, h - 1 - x};
            default:
              return Point{w - 1 - y, x};
          }
        });
    const Image image = add_source(Graph::make(), picture_source(in));
    CHECK(autorotate(image).info().orientation == 1);
    CHECK(rotate(image).info().orientation == 1);
    CHECK(flip(image).info().orientation == 1);
    CHECK(crop(image, {.margin = 1}).info().orientation == orientation);
    CHECK(autorotate(image).info().resolution.x == Approx(orientation < 5 ? 300 : 150));
  }
  const Image upright =
      add_source(Graph::make(), picture_source(input(9, 9, SampleType::u8, false)));
  CHECK(autorotate(upright).node() == upright.node());
}

TEST_CASE("crop", "[geometry]") {
  each_input([](const Picture& in) {
    const std::int64_t x = in.width() / 3, y = in.height() / 4;
    const std::int64_t width = (in.width() + 1) / 2, height = (in.height() + 2) / 3;
    check(
        in,
        [&](const Image& i) { return crop(i, {.x = x, .y = y, .width = width, .height = height}); },
        moved(x, y));
    check(
        in, [&](const Image& i) { return crop(i, {.x = x}); }, moved(x, 0));
    const std::int64_t margin = (std::min(in.width(), in.height()) - 1) / 2;
    check(
        in, [&](const Image& i) { return crop(i, {.margin = margin}); }, moved(margin, margin));
  });
}

TEST_CASE("crop by bounds", "[geometry]") {
  const Picture in = input(40, 30, SampleType::u8, false);
  // Columns are 10 units wide from 1000, rows 20 high downwards from 2000.
  check(
      in,
      [](const Image& i) {
        return crop(i, {.bounds = {1052, 1578, 1104, 1799}});
      },
      moved(5, 10));
  const Image image = add_source(Graph::make(), picture_source(in));
  const ImageInfo info = crop(image, {.bounds = {1052, 1578, 1104, 1799}}).info();
  CHECK(info.width == 5);
  CHECK(info.height == 11);
  CHECK(info.resolution == in.info.resolution);
  CHECK(info.mpp_y == in.info.mpp_y);
  CHECK(message_of([&] {
          crop(image, {.bounds = {990, 1578, 1100, 1800}});
        }) ==
        "crop: bounds [990, 1578, 1100, 1800] are not inside the image of 40 x 30 pixels, which "
        "covers [1000, 1400, 1400, 2000]");
}

TEST_CASE("crop refuses what lies outside", "[geometry]") {
  const Image image =
      add_source(Graph::make(), picture_source(input(40, 30, SampleType::u8, false)));
  CHECK(
      message_of([&] { crop(image, {.x = 30, .width = 11}); }) ==
      "crop: the rectangle of 11 x 30 pixels at (30, 0) is not inside the image of 40 x 30 pixels");
  CHECK(message_of([&] { crop(image, {.margin = 15}); }) ==
        "crop: a margin of 15 leaves nothing of an image of 40 x 30 pixels");
  CHECK(message_of([&] { crop(image, {.x = 1, .margin = 2}); }) ==
        "crop: give either x, y, width, height, or margin, or bounds");
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t v : {std::int64_t{-1}, most, -most}) {
    CHECK_THROWS_AS(crop(image, {.x = v}), Error);
    CHECK_THROWS_AS(crop(image, {.y = 5, .height = v}), Error);
    CHECK_THROWS_AS(crop(image, {.margin = v}), Error);
  }
}

TEST_CASE("extend", "[geometry]") {
  each_input([](const Picture& in) {
    const auto sides = [](Edge mode) {
      return [mode](const Image& i) {
        return extend(i,
                      {.left = 70, .right = 3, .top = 1, .bottom = 45, .mode = mode, .value = 9});
      };
    };
    const auto by = [&](const std::function<std::int64_t(std::int64_t, std::int64_t)>& map) {
      return [&in, map](std::int64_t x, std::int64_t y) {
        return Point{map(x - 70, in.width()), map(y - 1, in.height())};
      };
    };
    const auto wrapped = [](std::int64_t i, std::int64_t n) { return ((i % n) + n) % n; };
    check(in, sides(Edge::replicate),
          by([](std::int64_t i, std::int64_t n) { return std::clamp<std::int64_t>(i, 0, n - 1); }),
          0, {70, 1});
    check(in, sides(Edge::wrap), by(wrapped), 0, {70, 1});
    check(in, sides(Edge::mirror), by([&](std::int64_t i, std::int64_t n) {
            const std::int64_t k = wrapped(i, 2 * n);
            return k < n ? k : 2 * n - 1 - k;
          }),
          0, {70, 1});
    if (!in.info.has_validity()) check(in, sides(Edge::constant), moved(-70, -1), 9);
  });
}

TEST_CASE("extend to a size", "[geometry]") {
  const Picture in = input(40, 30, SampleType::u8, false);
  const auto to = [](Gravity gravity) {
    return [gravity](const Image& i) {
      return extend(i, {.width = 47, .height = 36, .gravity = gravity});
    };
  };
  check(in, to(Gravity::centre), moved(-3, -3));
  check(in, to(Gravity::north_west), moved(0, 0));
  check(in, to(Gravity::south), moved(-3, -6));
  check(in, to(Gravity::east), moved(-7, -3));
  const Image image = add_source(Graph::make(), picture_source(in));
  CHECK_THROWS_AS(extend(image, {.width = 39}), Error);
  CHECK_THROWS_AS(extend(image, {.left = 1, .width = 50}), Error);
  CHECK_THROWS_AS(extend(image, {}), Error);
  CHECK_THROWS_AS(extend(image, {.left = 1, .value = 256}), Error);
  CHECK_THROWS_AS(extend(image, {.left = 1, .value = 0.5}), Error);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_AS(extend(image, {.left = most, .right = most}), Error);
  CHECK_THROWS_AS(extend(image, {.width = most}), Error);
}
