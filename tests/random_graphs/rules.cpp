#include "random_graphs/rules.hpp"

#include <algorithm>

namespace sluice::test {

namespace {

std::vector<Rule>& added_rules() {
  static std::vector<Rule> added;
  return added;
}

}  // namespace

AddRule::AddRule(Rule rule) {
  added_rules().push_back(std::move(rule));
}

const std::vector<Rule>& all_rules() {
  static const std::vector<Rule> rules = [] {
    // In an order that does not depend on how the files are linked.
    std::vector<Rule> all = added_rules();
    std::sort(all.begin(), all.end(), [](const Rule& a, const Rule& b) {
      return std::string_view(a.step) < std::string_view(b.step);
    });
    for (auto part : {source_and_result_rules(), geometry_rules(), sample_rules(), local_rules()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return rules;
}

const Rule* find_rule(std::string_view step) {
  for (const Rule& rule : all_rules())
    if (rule.step == step) return &rule;
  return nullptr;
}

GivenOption given(const char* name, Value value) {
  GivenOption option;
  option.name = name;
  option.value = std::move(value);
  return option;
}

namespace {

template <class T>
Value value_of(T v) {
  Value value;
  value.v = std::move(v);
  return value;
}

template <class Items>
Value list_of(const Items& items) {
  Value::List list;
  for (const auto& item : items)
    list.push_back(value_of(item));
  return value_of(std::move(list));
}

}  // namespace

GivenOption given(const char* name, std::int64_t value) {
  return given(name, value_of(value));
}
GivenOption given(const char* name, double value) {
  return given(name, value_of(value));
}
GivenOption given(const char* name, const std::string& value) {
  return given(name, value_of(value));
}
GivenOption given(const char* name, const std::vector<double>& values) {
  return given(name, list_of(values));
}
GivenOption given(const char* name, const std::vector<std::string>& values) {
  return given(name, list_of(values));
}

SampleType random_type(Random& random) {
  return random.pick({SampleType::u8, SampleType::u8, SampleType::u8, SampleType::i8,
                      SampleType::u16, SampleType::u16, SampleType::i16, SampleType::u32,
                      SampleType::i32, SampleType::f32, SampleType::f32, SampleType::f64});
}

const std::string& random_edge(Random& random) {
  static const std::vector<std::string> edges = {"replicate", "mirror", "constant", "wrap"};
  return random.pick(edges);
}

namespace {

constexpr BandRole kCmyk[] = {BandRole::cyan, BandRole::magenta, BandRole::yellow, BandRole::black};

void make_cmyk(ImageInfo& info) {
  info.colour = Colour::cmyk;
  info.alpha = info.channels() == 5 ? Alpha::straight : Alpha::none;
  for (std::size_t c = 0; c < 4; ++c)
    info.bands[c].role = kCmyk[c];
  if (info.channels() == 5) info.bands[4].role = BandRole::alpha;
}

void make_palette(Random& random, ImageInfo& info) {
  info.colour = Colour::palette;
  info.bands[0].role = BandRole::palette;
  auto metadata = std::make_shared<Metadata>();
  for (std::int64_t i = 3 * random.between(100, 256); i > 0; --i)
    metadata->palette.push_back(static_cast<std::uint16_t>(257 * random.between(0, 255)));
  info.metadata = std::move(metadata);
}

}  // namespace

void vary_meaning(Random& random, ImageInfo& info) {
  if (random.chance(15)) info.orientation = static_cast<int>(random.between(2, 8));
  if (info.channels() >= 4 && random.chance(30)) make_cmyk(info);
  if (info.channels() == 1 && info.type == SampleType::u8 && random.chance(25))
    make_palette(random, info);
  // A measurement beside the colour, behind alpha or before it.
  if (info.colour != Colour::multiband && random.chance(15))
    info.bands.insert(info.bands.end() - (random.chance(50) && info.alpha != Alpha::none ? 1 : 0),
                      BandInfo{});
  if (info.colour == Colour::multiband && info.channels() > 2 && random.chance(20)) {
    info.alpha = Alpha::straight;
    info.bands[static_cast<std::size_t>(random.between(1, info.channels() - 1))].role =
        BandRole::alpha;
  }
  if (info.alpha != Alpha::none && random.chance(25)) info.alpha = Alpha::premultiplied;
  const bool light = info.colour == Colour::rgb || info.colour == Colour::grey;
  if (light && random.chance(15)) info.linear_light = true;
  if (info.colour == Colour::grey && random.chance(15)) info.white_is_zero = true;
  if ((info.type == SampleType::u8 || info.type == SampleType::u16) && random.chance(15))
    info.bits = info.type == SampleType::u8 ? static_cast<int>(random.between(1, 7)) : 12;
}

}  // namespace sluice::test
