// Rules of cast, linear, stretch, expression, grey, select and stack.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/bands/select.hpp"
#include "ops/pointwise/expression.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "random_graphs/rules.hpp"
#include "reference/pointwise.hpp"

namespace sluice::test {

namespace {

using Options = std::optional<std::vector<GivenOption>>;

std::string name_text(SampleType type) {
  return std::string(name_of(type));
}

bool all_finite(const ReductionValues& values) {
  for (const auto& [name, elements] : values.arrays)
    for (const std::vector<double>& channels : elements)
      if (!std::all_of(channels.begin(), channels.end(), [](double v) { return std::isfinite(v); }))
        return false;
  return true;
}

// A result of the graph so far that suits `info`, or -1.
int result_for(const RuleInput& in) {
  std::vector<int> fitting;
  for (const int step : in.results) {
    const GraphStep& result = in.steps[static_cast<std::size_t>(step)];
    const GraphStep& of = in.steps[static_cast<std::size_t>(result.inputs[0])];
    // What is not finite is refused when it is known: tests/engine/late_values_test.cpp.
    if (of.picture.channels() == in.info().channels() && all_finite(result.values))
      fitting.push_back(step);
  }
  return fitting.empty() ? -1 : in.random.pick(fitting);
}

GivenOption late(const char* name, const RuleInput& in, int step, int index) {
  const ReductionValues& values = in.steps[static_cast<std::size_t>(step)].values;
  const bool several = values.arrays.size() > 1;  // stats
  const auto& array =
      several ? values.arrays[static_cast<std::size_t>(in.random.between(0, 3))] : values.arrays[0];
  GivenOption option;
  option.name = name;
  option.late_step = step;
  option.late_array = array.first;
  option.late_index = std::min(index, static_cast<int>(array.second.size()) - 1);
  return option;
}

GivenOption numbers(const char* name, const RuleInput& in, double low, double high) {
  if (in.random.chance(50)) return given(name, in.random.number(low, high));
  std::vector<double> each;
  for (int c = 0; c < in.info().channels(); ++c)
    each.push_back(in.random.number(low, high));
  return given(name, each);
}

Options choose_cast(const RuleInput& in) {
  static const std::vector<std::string> scales = {"none", "range"};
  const SampleType to = in.random.chance(8) ? in.random.pick({SampleType::u64, SampleType::i64})
                                            : random_type(in.random);
  return {{given("to", name_text(to)), given("scale", in.random.pick(scales))}};
}

Options choose_linear(const RuleInput& in) {
  if (is_wide(in.info().type)) return std::nullopt;
  std::vector<GivenOption> options = {numbers("gain", in, -1.5, 2)};
  const int result = result_for(in);
  if (result >= 0 && in.random.chance(70))
    options.push_back(late("offset", in, result, 0));
  else
    options.push_back(numbers("offset", in, -50, 100));
  if (in.random.chance(35)) options.push_back(given("type", name_text(random_type(in.random))));
  return options;
}

Options choose_stretch(const RuleInput& in) {
  if (is_wide(in.info().type)) return std::nullopt;
  std::vector<GivenOption> options;
  const int result = result_for(in);
  if (result >= 0 && in.random.chance(85))
    options = {late("low", in, result, 0), late("high", in, result, 1)};
  else
    options = {numbers("low", in, -100, 50), numbers("high", in, 50, 300)};
  if (in.random.chance(30)) {
    options.push_back(given("out_low", in.random.between(0, 40)));
    options.push_back(given("out_high", in.random.between(60, 100)));
  }
  if (in.random.chance(60)) options.push_back(given("type", name_text(random_type(in.random))));
  return options;
}

// A formula of random operators over `leaves`.
std::string formula(Random& random, const std::vector<std::string>& leaves, int depth) {
  if (depth == 0 || random.chance(15)) {
    if (random.chance(12)) return random.chance(50) ? "x" : "y";
    if (random.chance(20)) return fmt::format("{}", random.between(1, 40));
    return random.pick(leaves);
  }
  const auto part = [&] { return formula(random, leaves, depth - 1); };
  switch (random.between(0, 13)) {
    case 0:
    case 1:
      return fmt::format("({} + {})", part(), part());
    case 2:
    case 3:
      return fmt::format("({} - {})", part(), part());
    case 4:
      return fmt::format("({} * {})", part(), part());
    case 5:
      return fmt::format("({} / (abs({}) + 1))", part(), part());
    case 6:
      return fmt::format("({} > {} ? {} : {})", part(), part(), part(), part());
    case 7:
      return fmt::format("max({}, {})", part(), part());
    case 8:
      return fmt::format("min({}, {}, {})", part(), part(), part());
    case 9:
      return fmt::format("sqrt(abs({}))", part());
    case 10:
      return fmt::format("floor({} / 3)", part());
    case 11:
      return fmt::format("({} == {} || {} < {})", part(), part(), part(), part());
    case 12:
      return fmt::format("(100 * sin({} / 7))", part());
    default:
      return fmt::format("({} % 17)", part());
  }
}

// Every input is read, and the result is a finite number of moderate size: what is no number has no
// place in later steps' sums.
std::string finite_formula(Random& random, const std::vector<std::string>& leaves) {
  std::string sum = formula(random, leaves, 3);
  for (const std::string& leaf : leaves)
    sum += " + 0.25 * " + leaf;
  return "max(-100000, min(100000, " + sum + "))";
}

Options choose_expression(const RuleInput& in) {
  std::vector<std::string> whole, bands;
  int channels = 1;
  bool together = true;
  for (std::size_t i = 0; i < in.inputs.size(); ++i) {
    if (is_wide(in.info(i).type)) return std::nullopt;
    const std::string name(1, static_cast<char>('a' + i));
    const int n = in.info(i).channels();
    whole.push_back(name);
    bands.push_back(fmt::format("{}[{}]", name, in.random.between(0, n - 1)));
    together = together && (n == 1 || channels == 1 || n == channels);
    channels = std::max(channels, n);
  }
  std::vector<std::string> formulas;
  if (together && in.random.chance(70)) {
    formulas = {finite_formula(in.random, whole)};
  } else {
    const std::int64_t count = in.random.between(1, 3);
    for (std::int64_t i = 0; i < count; ++i)
      formulas.push_back(finite_formula(in.random, bands));
  }
  std::vector<GivenOption> options = {given("formula", formulas)};
  if (in.random.chance(50)) options.push_back(given("type", name_text(random_type(in.random))));
  if (in.random.chance(30))
    options.push_back(given("precision", std::string(in.random.chance(50) ? "f32" : "f64")));
  return options;
}

Picture plain_expression(const PlainInput& p) {
  const auto& o = p.as<ExpressionOptions>();
  bool f64 = o.precision == Precision::f64;
  if (o.precision == Precision::automatic) f64 = o.type && needs_f64(*o.type);
  std::vector<Picture> in;
  std::vector<std::string> names;
  for (const Picture* picture : p.inputs) {
    if (o.precision == Precision::automatic) f64 = f64 || needs_f64(picture->info.type);
    in.push_back(*picture);
    names.push_back(std::string(1, static_cast<char>('a' + names.size())));
  }
  return reference::expression(in, p.info, o.formula, names, f64);
}

Options choose_grey(const RuleInput& in) {
  static const std::vector<std::string> weights = {"rec601", "rec709", "linear"};
  const ImageInfo& info = in.info();
  if (is_wide(info.type) || (info.colour != Colour::grey && info.colour_channels() != 3))
    return std::nullopt;
  return {{given("weights", in.random.pick(weights))}};
}

Picture plain_grey(const PlainInput& p) {
  return reference::grey(p.in(), p.info, p.as<GreyOptions>().weights);
}

Options choose_select(const RuleInput& in) {
  const int channels = in.info().channels();
  std::vector<std::string> bands;
  const std::int64_t count = in.random.between(1, std::min(4, channels + 1));
  for (std::int64_t i = 0; i < count; ++i)
    bands.push_back(
        std::to_string(in.random.between(in.random.chance(20) ? -channels : 0, channels - 1)));
  std::vector<GivenOption> options = {given("bands", bands)};
  if (in.random.chance(30)) options.push_back(given("colour", std::string("multiband")));
  return options;
}

Picture plain_select(const PlainInput& p) {
  std::vector<int> bands;
  for (const std::string& band : p.as<SelectOptions>().bands) {
    const int number = std::stoi(band);
    bands.push_back(number < 0 ? number + p.in().channels() : number);
  }
  return reference::select(p.in(), p.info, bands);
}

Options choose_stack(const RuleInput& in) {
  int channels = 0;
  for (std::size_t i = 0; i < in.inputs.size(); ++i) {
    channels += in.info(i).channels();
    if (in.info(i).type != in.info().type) return std::nullopt;
  }
  if (channels > 8) return std::nullopt;
  std::vector<GivenOption> options;
  if (in.random.chance(40)) options.push_back(given("colour", std::string("multiband")));
  return options;
}

Picture plain_stack(const PlainInput& p) {
  std::vector<Picture> in;
  for (const Picture* picture : p.inputs)
    in.push_back(*picture);
  return reference::stack(in, p.info);
}

Picture plain_linear(const PlainInput& p) {
  const auto& o = p.as<LinearOptions>();
  const int channels = p.in().channels();
  return reference::linear(p.in(), p.info, p.numbers("gain", channels, o.gain.values()),
                           p.numbers("offset", channels, o.offset.values()));
}

Picture plain_stretch(const PlainInput& p) {
  const auto& o = p.as<StretchOptions>();
  const int channels = p.in().channels();
  const auto [type_low, type_high] = range_of(p.info.type);
  const bool floating = is_float(p.info.type);
  return reference::stretch(p.in(), p.info, p.numbers("low", channels, o.low.values()),
                            p.numbers("high", channels, o.high.values()),
                            o.out_low.value_or(floating ? 0 : type_low),
                            o.out_high.value_or(floating ? 1 : type_high));
}

}  // namespace

std::vector<Rule> sample_rules() {
  return {
      {"cast", choose_cast,
       [](const PlainInput& p) {
         return reference::cast(p.in(), p.info, p.as<CastOptions>().scale);
       },
       nullptr},
      {"expression", choose_expression, plain_expression, nullptr},
      {"linear", choose_linear, plain_linear, nullptr},
      {"stretch", choose_stretch, plain_stretch, nullptr},
      {"grey", choose_grey, plain_grey, nullptr},
      {"select", choose_select, plain_select, nullptr},
      {"stack", choose_stack, plain_stack, nullptr},
  };
}

}  // namespace sluice::test
