#include "random_graphs/rules.hpp"

namespace sluice::test {

const std::vector<Rule>& all_rules() {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> all;
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

}  // namespace sluice::test
