// Rules of resize, shrink, convolve and gaussian_blur.
#include <algorithm>

#include "random_graphs/rules.hpp"
#include "reference/convolve.hpp"
#include "reference/separable.hpp"
#include "reference/shrink.hpp"

namespace sluice::test {

namespace {

using Options = std::optional<std::vector<GivenOption>>;

Options choose_resize(const RuleInput& in) {
  static const std::vector<std::string> kernels = {"nearest",  "box",      "linear",  "cubic",
                                                   "mitchell", "lanczos2", "lanczos3"};
  const std::int64_t w = in.info().width, h = in.info().height;
  std::vector<GivenOption> options;
  switch (in.random.between(0, 5)) {
    case 5:  // strong, down to a pixel or a few, on one axis or both
      options = {given("width", in.random.between(1, std::max<std::int64_t>(1, w / 33)))};
      if (in.random.chance(70))
        options.push_back(given("height", in.random.between(1, std::max<std::int64_t>(1, h / 20))));
      break;
    case 0:
      options = {given("scale", in.random.number(0.04, 0.5))};
      break;
    case 1:
      options = {given("scale", in.random.number(0.5, 1.6))};
      break;
    case 2:
      options = {given("width", in.random.between(1, std::min<std::int64_t>(400, 2 * w))),
                 given("height", in.random.between(1, std::min<std::int64_t>(400, 2 * h)))};
      break;
    case 3:
      options = {given("width", in.random.between((w + 1) / 2, w))};
      break;
    default:
      options = {given("fit", std::vector<double>{static_cast<double>(in.random.between(1, 200)),
                                                  static_cast<double>(in.random.between(1, 200))})};
      for (Value& side : std::get<Value::List>(options[0].value.v))
        side.v = static_cast<std::int64_t>(std::get<double>(side.v));
  }
  options.push_back(
      given("kernel", is_wide(in.info().type) ? std::string("nearest") : in.random.pick(kernels)));
  return options;
}

Picture plain_resize(const PlainInput& p) {
  ResizeOptions o = p.as<ResizeOptions>();
  if (!o.scale) {
    o.fit.clear();
    o.width = p.info.width;
    o.height = p.info.height;
  }
  return reference_resize(p.in(), o);
}

Options choose_shrink(const RuleInput& in) {
  std::vector<GivenOption> options = {given("x", in.random.between(1, in.random.chance(20)   ? 40
                                                                      : in.random.chance(20) ? 700
                                                                                             : 5))};
  if (in.random.chance(50))
    options.push_back(given("y", in.random.between(1, in.random.chance(20) ? 300 : 7)));
  static const std::vector<std::string> modes = {"mean", "mean", "mode", "nearest"};
  const bool no_mean = is_wide(in.info().type) && in.info().has_validity();
  options.push_back(given("mode", no_mean ? std::string("nearest") : in.random.pick(modes)));
  return options;
}

Options choose_convolve(const RuleInput& in) {
  if (is_wide(in.info().type)) return std::nullopt;
  const std::int64_t columns = in.random.between(1, 6), rows = in.random.between(1, 5);
  const bool integers = in.random.chance(60);
  Value matrix;
  Value::List lines;
  for (std::int64_t j = 0; j < rows; ++j) {
    std::vector<double> line;
    for (std::int64_t i = 0; i < columns; ++i)
      line.push_back(integers ? static_cast<double>(in.random.between(-3, 5))
                              : in.random.number(-1, 1.5));
    lines.push_back(given("", line).value);
  }
  matrix.v = lines;
  std::vector<GivenOption> options = {given("matrix", matrix)};
  if (in.random.chance(70))
    options.push_back(given("scale", in.random.pick({1.0, 2.0, 16.0, 3.0, 9.0, -2.5})));
  if (in.random.chance(40))
    options.push_back(given("offset", in.random.pick({1.0, 128.0, -7.0, 0.5})));
  const std::string border = random_edge(in.random);
  options.push_back(given("border", border));
  if (border == "constant") options.push_back(given("value", in.random.between(0, 90)));
  return options;
}

Options choose_gaussian_blur(const RuleInput& in) {
  if (is_wide(in.info().type)) return std::nullopt;
  std::vector<GivenOption> options;
  const bool radius = in.random.chance(25);
  if (!radius || in.random.chance(50))
    options.push_back(given("sigma", in.random.number(0.2, in.random.chance(15) ? 8 : 2.5)));
  if (radius) options.push_back(given("radius", in.random.between(0, 6)));
  return options;
}

}  // namespace

std::vector<Rule> local_rules() {
  return {
      {"resize", choose_resize, plain_resize, nullptr},
      {"shrink", choose_shrink,
       [](const PlainInput& p) { return reference_shrink(p.in(), p.as<ShrinkOptions>()); },
       nullptr},
      {"convolve", choose_convolve,
       [](const PlainInput& p) { return reference_convolve(p.in(), p.as<ConvolveOptions>()); },
       nullptr},
      {"gaussian_blur", choose_gaussian_blur,
       [](const PlainInput& p) {
         return reference_gaussian_blur(p.in(), p.as<GaussianBlurOptions>());
       },
       nullptr},
  };
}

}  // namespace sluice::test
