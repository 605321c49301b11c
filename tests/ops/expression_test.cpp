// Formulas: values, bit equality with plain code, naming, messages, limits.
#include "ops/pointwise/expression.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "engine/error.hpp"
#include "ops/operation_check.hpp"
#include "reference/pointwise.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

/// The value of a formula over one-pixel f64 inputs a, b, c.
double value(const std::string& formula, std::vector<double> inputs = {0}) {
  std::vector<Picture> pictures;
  for (const double v : inputs) {
    pictures.emplace_back(make_info(1, 1, SampleType::f64, 1));
    pictures.back().set(0, 0, 0, v);
  }
  const Image image =
      expression(sources_of(pictures), {.formula = {formula}, .precision = Precision::f64});
  return apply(operation_of(image), pictures, best_isa(), 1, 1).get(0, 0, 0);
}

std::string message(const std::string& formula, std::vector<ImageInfo> infos,
                    std::vector<std::string> names = {}, std::vector<std::string> more = {}) {
  std::vector<Picture> pictures;
  for (ImageInfo& info : infos)
    pictures.emplace_back(std::move(info));
  std::vector<std::string> formulas{formula};
  formulas.insert(formulas.end(), more.begin(), more.end());
  try {
    expression(sources_of(pictures), {.formula = formulas, .names = names});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) FAIL("not a usage error: " << error.what());
    return error.what();
  }
  return {};
}

ImageInfo plain(int bands, SampleType type = SampleType::f32) {
  return make_info(7, 3, type, bands);
}

ImageInfo scene() {
  ImageInfo info = plain(3, SampleType::u16);
  info.bands[0].name = "red";
  info.bands[1].name = "nir";
  info.bands[2].name = "near infrared";
  return info;
}

}  // namespace

TEST_CASE("formulas have the usual ranks", "[expression]") {
  CHECK(value("1 + 2 * 3") == 7);
  CHECK(value("(1 + 2) * 3") == 9);
  CHECK(value("10 - 4 - 3") == 3);
  CHECK(value("100 / 10 / 5") == 2);
  CHECK(value("-2 ** 2") == -4);
  CHECK(value("2 ** -1") == 0.5);
  CHECK(value("2 ** 3 ** 2") == Approx(512));
  CHECK(value("!0 + 1") == 2);
  CHECK(value("- - 3") == 3);
  CHECK(value("+3") == 3);
  CHECK(value("1 < 2 == 2 > 1") == 1);
  CHECK(value("0 || 1 && 0") == 0);
  CHECK(value("1 || 1 && 0") == 1);
  CHECK(value("0 ? 1 : 0 ? 2 : 3") == 3);
  CHECK(value("1 ? 1 : 0 ? 2 : 3") == 1);
  CHECK(value("7 % 4") == 3);
  CHECK(value("a % 3", {-7}) == -1);
  CHECK(value("a % -3", {7}) == 1);
  CHECK(value("5.5e-1 + .25 + 1.") == Approx(1.8));
  CHECK(value("min(3, 1, 2) + max(3, 1, 2)") == 4);
  CHECK(value("floor(2.5) + ceil(2.5) + round(2.5) + abs(-1)") == 8);
  CHECK(value("sqrt(16) + exp(0) + log(1) + log10(1000)") == Approx(8));
  CHECK(value("sin(pi / 6) + cos(0) + tan(pi / 4)") == Approx(2.5));
  CHECK(value("asin(1) + acos(1) + atan(1) - atan2(1, 1)") == Approx(std::asin(1.0)));
  CHECK(value("a >= 2 && a <= 4", {3}) == 1);
  CHECK(value("\ta\n+ b * c ", {1, 2, 3}) == 7);
}

TEST_CASE("formulas and NaN", "[expression]") {
  CHECK(value("a < b", {kNan, 1}) == 0);
  CHECK(value("a >= b", {kNan, 1}) == 0);
  CHECK(value("a == a", {kNan}) == 0);
  CHECK(value("a != a", {kNan}) == 1);
  CHECK(value("a ? 1 : 2", {kNan}) == 1);
  CHECK(value("!a", {kNan}) == 0);
  CHECK(std::isnan(value("min(a, b)", {kNan, 1})));
  CHECK(std::isnan(value("max(a, b)", {1, kNan})));
  CHECK(value("1 / a", {0}) == kInf);
  CHECK(std::isnan(value("a / a", {0})));
  CHECK(std::isnan(value("sqrt(a)", {-1})));
  CHECK(std::isnan(value("sin(a)", {1e10})));
  CHECK(value("a == 3 ? nan : inf", {4}) == kInf);
}

TEST_CASE("formulas equal plain code on every instruction set and type", "[expression]") {
  const char* formulas[] = {
      "(a - b) / (a + b)",
      "a * 0.1 + b ** 2 - a ** 3 + b ** 0.5 + a ** -1",
      "a > b ? a % b : min(a, b, 3) * max(a, b)",
      "exp(a / 100) + log(abs(b)) + log10(abs(a) + 1) + abs(a) ** (b / 300)",
      "sin(a) * cos(b) + tan(a / 50) + asin(a / 1000) - acos(b / 1000) + atan(a) * atan2(a, b)",
      "floor(a / 3) + ceil(b / 7) + round(a / 2) + sqrt(b) + -a",
      "(a == b) + (a != b) + (a <= b) * 2 + (a >= b || !a) + (a && b)",
      "x * 3 + y / 2 - a * (x < 20 && y > 3)",
      "b",
      "1 / 3 + pi",
      "abs(a) ** (1 / 2) + a ** (1 + 1) + abs(b) ** 0.25 + a ** (x + 2)",
  };
  const SampleType types[] = {SampleType::u8,  SampleType::i8,  SampleType::u16, SampleType::i16,
                              SampleType::u32, SampleType::i32, SampleType::f32, SampleType::f64};
  const std::string names[] = {"a", "b"};
  std::size_t k = 0;
  for (const char* formula : formulas)
    for (const SampleType first : types) {
      ++k;
      const SampleType second = types[k * 3 % 8], result = types[k * 5 / 3 % 8];
      INFO(formula << ": " << name_of(first) << ", " << name_of(second) << " to "
                   << name_of(result));
      ImageInfo info = make_info(133, 9, first, 1);
      info.validity = Validity::common;
      std::vector<Picture> in{random_picture(info, 11),
                              random_picture(make_info(133, 9, second, 1), 12)};
      const double odd[] = {kNan, kInf, -kInf, -0.0, 0, 1};
      for (Picture& p : in)
        for (int i = 0; is_float(p.info.type) && i < 6; ++i)
          p.set(0, i * 3, 2, odd[i]);
      const auto images = sources_of(in);
      for (const Precision precision : {Precision::f32, Precision::f64}) {
        const Image image =
            expression(images, {.formula = {formula}, .type = result, .precision = precision});
        check_operation(image, in,
                        reference::expression(in, image.info(), std::vector<std::string>{formula},
                                              names, precision == Precision::f64));
      }
    }
}

TEST_CASE("formulas on awkward sizes and long rows", "[expression]") {
  for (const Size& size : {Size{1, 1}, Size{3, 8}, Size{257, 1}, Size{1100, 3}}) {
    const Picture in = random_picture(make_info(size.width, size.height, SampleType::f32, 3), 13);
    const std::vector<std::string> formulas{"a[0] + x", "a[1] * a[2] / 7", "a[2]"};
    const Image image = expression(sources_of({&in, 1})[0], {.formula = formulas});
    REQUIRE(image.info().channels() == 3);
    CHECK(image.info().type == SampleType::f32);
    const std::string names[] = {"a"};
    check_operation(image, {&in, 1},
                    reference::expression({&in, 1}, image.info(), formulas, names, false));
  }
}

TEST_CASE("an input of several bands goes band by band", "[expression]") {
  ImageInfo rgb = make_info(60, 20, SampleType::u8, 3, Colour::rgb);
  for (int i = 0; i < 3; ++i)
    rgb.bands[static_cast<std::size_t>(i)].nodata = i;
  std::vector<Picture> in{random_picture(rgb, 14),
                          random_picture(make_info(60, 20, SampleType::u8, 1), 15)};
  const std::vector<std::string> formula{"photo == nodata ? 0 : photo * mask / 255 + x"};
  const std::string names[] = {"photo", "mask"};
  const Image image = expression(
      sources_of(in), {.formula = formula, .names = {"photo", "mask"}, .type = SampleType::u8});
  CHECK(image.info().channels() == 3);
  CHECK(image.info().colour == Colour::rgb);
  CHECK_FALSE(image.info().bands[1].nodata);
  check_operation(image, in, reference::expression(in, image.info(), formula, names, false));
}

TEST_CASE("bands by number, name and alone", "[expression]") {
  std::vector<Picture> in{random_picture(scene(), 16)};
  const auto run = [&](const char* formula) {
    const Image image = expression(sources_of(in), {.formula = {formula}, .names = {"s"}});
    return apply(operation_of(image), in, best_isa(), 7, 3);
  };
  const Picture by_number = run("(s[1] - s[0]) / (s[1] + s[0])");
  CHECK(difference(run("(s[nir] - s[red]) / (s[nir] + s[red])"), by_number) == "");
  CHECK(difference(run("(nir - red) / (nir + red)"), by_number) == "");
  CHECK(difference(run("s['near infrared'] + s [ \"red\" ]"), run("s[2] + s[0]")) == "");
}

TEST_CASE("bands by what they mean", "[expression]") {
  std::vector<Picture> in{random_picture(make_info(7, 3, SampleType::u8, 4, Colour::rgb), 16)};
  const auto run = [&](const char* formula) {
    const Image image = expression(sources_of(in), {.formula = {formula}});
    return apply(operation_of(image), in, best_isa(), 7, 3);
  };
  CHECK(difference(run("a[red] - a[alpha]"), run("a[0] - a[3]")) == "");
  CHECK(difference(run("green * 2 + blue"), run("a[1] * 2 + a[2]")) == "");
  CHECK_THAT(message("grene", {in[0].info}), contains("did you mean 'green'?"));
  CHECK_THAT(message("red", {in[0].info, in[0].info}), contains("write a[0] or b[0]"));
}

TEST_CASE("the arithmetic follows the types", "[expression]") {
  const auto type = [](SampleType input, ExpressionOptions options) {
    const Picture in(make_info(2, 2, input, 1));
    options.formula = {"a + x"};
    return expression(sources_of({&in, 1})[0], options).info().type;
  };
  CHECK(type(SampleType::u16, {}) == SampleType::f32);
  CHECK(type(SampleType::u32, {}) == SampleType::f64);
  CHECK(type(SampleType::f64, {}) == SampleType::f64);
  CHECK(type(SampleType::u8, {.precision = Precision::f64}) == SampleType::f64);
  CHECK(type(SampleType::f64, {.precision = Precision::f32}) == SampleType::f32);
  const Picture wide(make_info((1 << 24) + 2, 1, SampleType::u8, 1));
  const Image columns = expression(sources_of({&wide, 1})[0], {.formula = {"x"}});
  CHECK(columns.info().type == SampleType::f64);
}

TEST_CASE("messages name the column and the nearest word", "[expression]") {
  CHECK_THAT(message("(nir - rde) / (nir + red)", {scene()}),
             contains("column 8") && contains("'rde'") && contains("did you mean 'red'"));
  CHECK_THAT(message("a +", {plain(1)}), contains("column 4") && contains("ends"));
  CHECK_THAT(message("(a + 1", {plain(1)}), contains("')'"));
  CHECK_THAT(message("a b", {plain(1)}), contains("column 3") && contains("operator or the end"));
  CHECK_THAT(message("a = 1", {plain(1)}), contains("'=='"));
  CHECK_THAT(message("a ^ 2", {plain(1)}), contains("'**'"));
  CHECK_THAT(message("a & 2", {plain(1)}), contains("'&&'"));
  CHECK_THAT(message("a | 2", {plain(1)}), contains("'||'"));
  CHECK_THAT(message("1 < a < 3", {plain(1)}), contains("chain"));
  CHECK_THAT(message("sqr(a)", {plain(1)}), contains("'sqr'") && contains("'sqrt'"));
  CHECK_THAT(message("sqrt(a, a)", {plain(1)}), contains("1 argument") && contains("not 2"));
  CHECK_THAT(message("min(a)", {plain(1)}), contains("at least 2"));
  CHECK_THAT(message("atan2(a)", {plain(1)}), contains("2 arguments, not 1"));
  CHECK_THAT(message("a ? 1", {plain(1)}), contains("':'"));
  CHECK_THAT(message("3x", {plain(1)}), contains("runs into"));
  CHECK_THAT(message("1.2.3", {plain(1)}), contains("runs into"));
  CHECK_THAT(message("1e999", {plain(1)}), contains("out of range"));
  CHECK_THAT(message("", {plain(1)}), contains("ends"));
  CHECK_THAT(message("\x01", {plain(1)}), contains("byte 1"));
  CHECK_THAT(message("a[3]", {scene()}), contains("0 'red', 1 'nir'"));
  CHECK_THAT(message("a[99999999999999999999]", {scene()}), contains("0 'red'"));
  CHECK_THAT(message("a[nri]", {scene()}), contains("did you mean 'nir'"));
  CHECK_THAT(message("a['nir]", {scene()}), contains("not closed"));
  CHECK_THAT(message("a[+]", {scene()}), contains("number or name"));
  CHECK_THAT(message("z[0]", {scene()}), contains("input 'z'"));
  CHECK_THAT(message("nodata", {plain(1)}), contains("no nodata"));
  CHECK_THAT(message("red", {scene(), scene()}), contains("a[0]") && contains("b[0]"));
  CHECK_THAT(message("a + b", {plain(3), plain(2)}), contains("3") && contains("band by band"));
  CHECK_THAT(message("a", {plain(3)}, {}, {"1"}), contains("formula 1") && contains("a[0]"));
  CHECK_THAT(message("1", {plain(3)}, {}, {"q"}), contains("formula 2"));
  CHECK_THAT(message("x + 1", {plain(1)}, {"x"}), contains("another name"));
  CHECK_THAT(message("p", {plain(1), plain(1)}, {"p", "p"}), contains("both called 'p'"));
  CHECK_THAT(message("p", {plain(1)}, {"p", "q"}), contains("2 entries"));
  CHECK_THAT(message("a", {plain(1, SampleType::u64)}), contains("u64") && contains("cast"));
  CHECK_THAT(message("a + b", {plain(1), make_info(8, 3, SampleType::f32, 1)}),
             contains("one size"));
}

TEST_CASE("hostile formulas end in messages", "[expression]") {
  CHECK_THAT(message(std::string(5000, '('), {plain(1)}), contains("deep"));
  CHECK_THAT(message(std::string(5000, '-') + "a", {plain(1)}), contains("deep"));
  CHECK_THAT(message(std::string(20000, 'a'), {plain(1)}), contains("10000"));
  std::string chain = "1", powers = "2", choices, many, others;
  for (int i = 0; i < 2000; ++i) {
    chain += "+a";
    powers += "**2";
    choices += "a?a:";
    many.append(std::to_string(i)).append("+");
    others.append(std::to_string(i)).append("-");
  }
  CHECK(message(chain, {plain(1)}).empty());  // long, but flat
  CHECK_THAT(message(powers, {plain(1)}), contains("deep"));
  CHECK_THAT(message(choices + "a", {plain(1)}), contains("deep"));
  CHECK_THAT(message(many + "a", {plain(1)}, {}, {others + "a"}), contains("4000"));

  std::mt19937 random(3);
  const std::string letters = "ab12.()[]+-*/%<>=!&|?:,'x ";
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string formula;
    for (unsigned n = random() % 12; n-- > 0;)
      formula += letters[random() % letters.size()];
    refused += message(formula, {plain(1), plain(3)}).empty() ? 0 : 1;
  }
  CHECK(refused > 2500);
}
