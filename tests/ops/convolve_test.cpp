// convolve against scalar code bit for bit, and against a model in double precision.
#include <cmath>
#include <random>

#include "reference/convolve.hpp"
#include "reference/separable.hpp"
#include "support/apply_chain.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;
using enum SampleType;

namespace {

using Matrix = std::vector<std::vector<double>>;

const Matrix kSharpen = {{-1, -1, -1}, {-1, 16, -1}, {-1, -1, -1}};

void check(const Picture& in, const ConvolveOptions& options) {
  const Picture want = reference_convolve(in, options);
  const Image image = convolve(image_of(in), options);
  for (Isa isa : available_isas())
    for (auto [width, height, poison] : {std::tuple(256, 256, 0xFF), {11, 6, 0xA5}}) {
      INFO(in.width() << "x" << in.height() << " of " << name_of(in.info.type) << ", matrix "
                      << options.matrix[0].size() << "x" << options.matrix.size() << ", scale "
                      << options.scale << ", offset " << options.offset << ", on " << name_of(isa)
                      << ", units " << width << "x" << height);
      REQUIRE(difference(apply_chain(image, in, isa, width, height, poison), want) == "");
    }
  if (!is_float(in.info.type)) {
    const Deviation d = deviation(want, model_convolve(in, options));
    INFO(name_of(in.info.type) << " matrix " << options.matrix[0].size() << "x"
                               << options.matrix.size());
    // The f32 sum of many 16-bit samples carries more than one rounding.
    CHECK(d.largest <= 1);
  }
}

Picture picture(std::int64_t width, std::int64_t height, SampleType type, int channels = 1,
                bool validity = false) {
  ImageInfo info = make_info(width, height, type, channels);
  info.validity = validity ? Validity::common : Validity::none;
  return random_picture(info, static_cast<std::uint64_t>(width * 3 + height + channels));
}

Matrix random_matrix(int columns, int rows, double range, bool integers) {
  std::mt19937 random(static_cast<unsigned>(columns * 100 + rows));
  Matrix m(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(columns)));
  for (auto& row : m)
    for (double& w : row) {
      w = (random() / 4294967296. - 0.5) * 2 * range;
      if (integers) w = std::nearbyint(w);
      if (random() % 5 == 0) w = 0;
    }
  return m;
}

}  // namespace

TEST_CASE("convolve equals scalar code for every sample type and border") {
  for (SampleType type : {u8, i8, u16, i16, u32, i32, f32, f64})
    for (Edge border : {Edge::replicate, Edge::mirror, Edge::constant, Edge::wrap})
      check(picture(70, 37, type, 2),
            {.matrix = kSharpen, .scale = 8, .border = border, .value = 7});
}

TEST_CASE("convolve equals scalar code for matrices and scales of every path") {
  const Picture p = picture(133, 40, u8);
  for (auto [columns, rows] :
       {std::pair(1, 1), {3, 3}, {5, 5}, {7, 3}, {2, 4}, {1, 9}, {9, 1}, {15, 15}}) {
    check(p, {.matrix = random_matrix(columns, rows, 3, true)});
    check(p, {.matrix = random_matrix(columns, rows, 2, true), .scale = 4, .offset = 3});
    check(p, {.matrix = random_matrix(columns, rows, 3, true), .scale = 9, .offset = -2});
    check(p, {.matrix = random_matrix(columns, rows, 2000, true), .scale = 65536, .offset = 100});
    check(p, {.matrix = random_matrix(columns, rows, 0.2, false), .offset = 0.5});
  }
  // On the edge of the range of bytes and beyond.
  check(p, {.matrix = {{127, 1}}, .scale = 64});
  check(p, {.matrix = {{128}}, .scale = 128});
  check(p, {.matrix = {{-128, 0}}, .scale = 128, .offset = 255});
  check(p, {.matrix = {{-128, 0}}, .scale = 128, .offset = 256});
  check(p, {.matrix = {{1, 0, 0}, {0, 0, 0}, {0, 0, -1}}, .scale = 2, .offset = 127});
  check(p, {.matrix = {{0}}, .offset = 77});
  check(p, {.matrix = {{32767, 1}}, .scale = 32768});
  check(p, {.matrix = {{1e6}}, .scale = 1e6});
  check(p, {.matrix = {{1}}, .scale = -1, .offset = 255});
}

TEST_CASE("convolve of whole numbers is exact for weights and scales of any size") {
  for (const SampleType type : {u8, i8}) {
    const Picture p = picture(133, 20, type);
    // Ties go to even, also where f32 or a factor 1 / scale would miss them.
    for (const double scale : {6., -6., 9., 10., 255., 273., 10000., 16384., 16385., 100000.})
      for (const double offset : {0., 3., -200.}) {
        check(p, {.matrix = {{1, 2, 1}}, .scale = scale, .offset = offset});
        check(p, {.matrix = {{scale / 2, scale / 2 + 1}}, .scale = scale, .offset = offset});
        check(p, {.matrix = {{40000, -1, 7}}, .scale = scale, .offset = offset});
      }
    // Sums beyond f32, beyond 32 bits, and up to the last bit of f64.
    for (const double weight : {32767., 32768., 65793., 1e6 + 1, 4294967297., 1e12 + 1})
      for (const double scale : {1., 2., 65536., 131072., weight, 2 * weight, -3 * weight})
        check(p, {.matrix = {{weight, -weight, 1}, {0, weight, -2}}, .scale = scale, .offset = 5});
    check(p, {.matrix = random_matrix(9, 9, 1e11, true), .scale = 2e11});
    check(p, {.matrix = {{0x1p44, 0x1p44 - 1}}, .scale = 0x1p44, .offset = 1});
    check(p, {.matrix = {{1, 1}}, .scale = 2, .offset = 1e15});
    // Not exact any more, and said so.
    check(p, {.matrix = {{1e16, 3e15 + 1}}, .scale = 1e16, .offset = 1});
    check(p, {.matrix = {{1, 2, 1}}, .scale = 0x1p60, .offset = 77});
    for (const double scale : {0.5, 2.5, 0.1, -1.3})
      check(p, {.matrix = {{1, -2, 3}, {4, 5, -7}}, .scale = scale, .offset = 20});
  }
}

TEST_CASE("convolve equals scalar code at awkward sizes") {
  for (auto [width, height] : {std::pair(1, 1), {3, 8}, {257, 1}, {1, 90}, {533, 401}})
    for (SampleType type : {u8, f32})
      check(picture(width, height, type), {.matrix = kSharpen, .scale = 8});
  check(picture(20, 20, u8),
        {.matrix = random_matrix(31, 51, 2, true), .scale = 16, .border = Edge::mirror});
}

TEST_CASE("convolve keeps pixels valid whose neighbours are") {
  check(picture(70, 37, u8, 2, true), {.matrix = kSharpen, .scale = 8});
  check(picture(70, 37, f32, 1, true), {.matrix = {{0, 1, 0}, {1, -4, 1}, {0, 1, 0}}});
  for (const SampleType type : {u8, i16})
    check(picture(70, 37, type, 1, true), {.matrix = {{0, 0}, {0, 0}}, .offset = 5});
}

TEST_CASE("convolve refuses what it cannot do") {
  const auto message = [](const ConvolveOptions& o, SampleType type = u8) -> std::string {
    try {
      convolve(image_of(picture(4, 4, type)), o);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(message({}) == "convolve: the matrix is empty");
  CHECK(message({.matrix = {{}}}).find("empty") != std::string::npos);
  CHECK(message({.matrix = {{1, 2}, {1}}}).find("row 2") != std::string::npos);
  CHECK(message({.matrix = Matrix(256, {1.})}).find("255") != std::string::npos);
  CHECK(message({.matrix = {{NAN}}}).find("finite") != std::string::npos);
  CHECK(message({.matrix = {{1}}, .scale = 0}).find("scale") != std::string::npos);
  CHECK(message({.matrix = {{1}}, .offset = INFINITY}).find("offset") != std::string::npos);
  CHECK(message({.matrix = {{1}}}, u64).find("u64") != std::string::npos);
}
