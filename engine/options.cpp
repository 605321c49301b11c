// Conversion of written values to option members, and the messages about them.
#include "engine/declare_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace sluice {

namespace {

constexpr std::size_t kShownText = 40;  // longest piece of a value repeated in a message
constexpr std::size_t kShownItems = 4;

// What other programs call the sample types.
constexpr std::pair<std::string_view, std::string_view> kOtherTypeNames[] = {
    {"uint8", "u8"},   {"byte", "u8"},     {"uchar", "u8"},   {"int8", "i8"},    {"uint16", "u16"},
    {"ushort", "u16"}, {"int16", "i16"},   {"short", "i16"},  {"uint32", "u32"}, {"uint", "u32"},
    {"int32", "i32"},  {"int", "i32"},     {"uint64", "u64"}, {"int64", "i64"},  {"float32", "f32"},
    {"float", "f32"},  {"float64", "f64"}, {"double", "f64"}};

// The shortest text that reads back as the same number; independent of the locale.
std::string number_text(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  return std::string(buffer, end);
}

std::string quoted(const std::string& text) {
  std::string shown;
  for (const char c : text.substr(0, kShownText))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return '"' + shown + (text.size() > kShownText ? "...\"" : "\"");
}

// "a, b or c"
template <class Names>
std::string alternatives(const Names& names) {
  std::string all;
  std::size_t i = 0;
  for (const auto& name : names) {
    if (i > 0) all += i + 1 == names.size() ? " or " : ", ";
    all += name;
    ++i;
  }
  return all;
}

std::vector<std::string> words_of(const std::string& type) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  for (std::size_t end; (end = type.find('|', begin)) != std::string::npos; begin = end + 1)
    words.push_back(type.substr(begin, end - begin));
  words.push_back(type.substr(begin));
  return words;
}

// The declared type as a phrase: "a number", "an integer", "a, b or c".
std::string wanted(const OptionSpec& spec) {
  if (spec.type.find('|') != std::string::npos) return alternatives(words_of(spec.type));
  if (spec.type == "true or false" || spec.type == "text") return spec.type;
  return (spec.type == "integer" ? "an " : "a ") + spec.type;
}

[[noreturn]] void fail(const Value& value, std::string reason) {
  throw Error(ErrorKind::usage, std::move(reason)).at_line(value.line, value.column);
}

std::string list_text(const auto& items) {
  std::string all = "[";
  for (const auto& item : items)
    all += (all.size() > 1 ? ", " : "") + option_types::show(item);
  return all + "]";
}

// The items of a list, or the value alone as a list of one.
std::span<const Value> items_of(const OptionSpec& spec, const Value& from) {
  const auto* list = std::get_if<Value::List>(&from.v);
  if (!list) return {&from, 1};
  if (list->empty())
    fail(from, fmt::format("'{}' takes {}, not an empty list", spec.name, wanted(spec)));
  return *list;
}

template <class T>
void convert_items(const OptionSpec& spec, const Value& from, std::vector<T>& to) {
  to.clear();
  for (const Value& item : items_of(spec, from))
    option_types::convert(spec, item, to.emplace_back());
}

}  // namespace

std::string Value::kind() const {
  constexpr const char* names[] = {"nothing", "true or false", "an integer", "a number",
                                   "text",    "a list",        "a map",      "a result"};
  return names[v.index()];
}

std::string Value::text() const {
  struct Writer {
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(std::int64_t i) const { return std::to_string(i); }
    std::string operator()(double d) const { return number_text(d); }
    std::string operator()(const std::string& s) const { return quoted(s); }
    std::string operator()(const List& list) const {
      std::string all = "[";
      for (std::size_t i = 0; i < std::min(list.size(), kShownItems); ++i)
        all += (i ? ", " : "") + (list[i].v.index() == 5 ? "[...]" : list[i].text());
      return all + (list.size() > kShownItems ? ", ...]" : "]");
    }
    std::string operator()(const Map& map) const {
      return map.empty() ? "{}" : "{" + map.front().first + ": ...}";
    }
    std::string operator()(const LateRef&) const { return "a result"; }
  };
  return std::visit(Writer{}, v);
}

std::string OptionSpec::range_text() const {
  const bool low = std::isfinite(minimum), high = std::isfinite(maximum);
  if (low && high && !exclusive_minimum)
    return number_text(minimum) + " to " + number_text(maximum);
  std::string text;
  if (low) text = (exclusive_minimum ? "above " : "at least ") + number_text(minimum);
  if (high) text += (low ? " and at most " : "at most ") + number_text(maximum);
  return text;
}

const OptionSpec* StepSpec::find(std::string_view option) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const OptionSpec& o) { return o.name == option; });
  return found == options.end() ? nullptr : &*found;
}

namespace option_types {

void wrong_type(const OptionSpec& spec, const Value& value) {
  if (std::holds_alternative<LateRef>(value.v) && !spec.late)
    fail(value,
         fmt::format("'{}' cannot take a result: it must be known before the run", spec.name));
  fail(value, fmt::format("'{}' takes {}, not {}", spec.name, wanted(spec), value.text()));
}

void wrong_name(const OptionSpec& spec, const Value& value,
                std::span<const std::string_view> names) {
  std::string reason =
      fmt::format("'{}' takes {}, not {}", spec.name, alternatives(names), value.text());
  if (const auto* word = std::get_if<std::string>(&value.v)) {
    const std::vector<std::string> known(names.begin(), names.end());
    if (const std::string near = nearest_name(*word, known); !near.empty())
      reason += fmt::format("; did you mean '{}'?", near);
  }
  fail(value, std::move(reason));
}

void check_range(const OptionSpec& spec, const Value& value, double number) {
  const bool bounded = std::isfinite(spec.minimum) || std::isfinite(spec.maximum);
  const bool inside = (spec.exclusive_minimum ? number > spec.minimum : number >= spec.minimum) &&
                      number <= spec.maximum;
  if (bounded && !inside)
    fail(value,
         fmt::format("'{}' must be {}, not {}", spec.name, spec.range_text(), number_text(number)));
}

void convert(const OptionSpec& spec, const Value& from, bool& to) {
  const bool* b = std::get_if<bool>(&from.v);
  if (!b) wrong_type(spec, from);
  to = *b;
}

void convert(const OptionSpec& spec, const Value& from, std::int64_t& to) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: integers up to here are exact in a double
  if (const auto* i = std::get_if<std::int64_t>(&from.v)) {
    to = *i;
  } else if (const auto* d = std::get_if<double>(&from.v);
             d && std::abs(*d) <= kExact && *d == std::nearbyint(*d)) {
    to = static_cast<std::int64_t>(*d);  // 1e6 is an integer, too
  } else {
    wrong_type(spec, from);
  }
  check_range(spec, from, static_cast<double>(to));
}

void convert(const OptionSpec& spec, const Value& from, int& to) {
  std::int64_t wide = 0;
  convert(spec, from, wide);
  if (!std::in_range<int>(wide))
    fail(from, fmt::format("'{}' must be {} to {}, not {}", spec.name,
                           std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), wide));
  to = static_cast<int>(wide);
}

void convert(const OptionSpec& spec, const Value& from, std::uint64_t& to) {
  std::int64_t wide = 0;
  convert(spec, from, wide);
  if (wide < 0) fail(from, fmt::format("'{}' must be at least 0, not {}", spec.name, wide));
  to = static_cast<std::uint64_t>(wide);
}

void convert(const OptionSpec& spec, const Value& from, double& to) {
  if (const auto* i = std::get_if<std::int64_t>(&from.v)) {
    to = static_cast<double>(*i);
  } else if (const auto* d = std::get_if<double>(&from.v)) {
    to = *d;
  } else if (const auto* s = std::get_if<std::string>(&from.v);
             s && (*s == "nan" || *s == "inf" || *s == "-inf")) {
    to = *s == "nan"   ? std::numeric_limits<double>::quiet_NaN()
         : *s == "inf" ? std::numeric_limits<double>::infinity()
                       : -std::numeric_limits<double>::infinity();
  } else {
    wrong_type(spec, from);
  }
  check_range(spec, from, to);
}

void convert(const OptionSpec& spec, const Value& from, std::string& to) {
  if (const auto* s = std::get_if<std::string>(&from.v)) {
    to = *s;
  } else if (const auto* i = std::get_if<std::int64_t>(&from.v)) {
    to = std::to_string(*i);
  } else if (const auto* d = std::get_if<double>(&from.v)) {
    to = number_text(*d);
  } else if (const auto* b = std::get_if<bool>(&from.v)) {
    to = *b ? "true" : "false";
  } else {
    wrong_type(spec, from);
  }
}

void convert(const OptionSpec& spec, const Value& from, SampleType& to) {
  if (const auto* word = std::get_if<std::string>(&from.v))
    if (const auto type = sample_type_named(*word)) {
      to = *type;
      return;
    }
  const auto* given = std::get_if<std::string>(&from.v);
  for (const auto& [other, ours] : kOtherTypeNames)
    if (given && *given == other)
      fail(from, fmt::format("'{}' takes the name of a sample type, not {}; did you mean '{}'?",
                             spec.name, from.text(), ours));
  const std::vector<std::string> words = words_of(TypeName<SampleType>::get());
  const std::vector<std::string_view> names(words.begin(), words.end());
  wrong_name(spec, from, names);
}

void convert(const OptionSpec& spec, const Value& from, Numbers& to) {
  if (const auto* ref = std::get_if<LateRef>(&from.v)) {
    to = Numbers(*ref);
    return;
  }
  std::vector<double> values;
  convert_items(spec, from, values);
  to = Numbers(std::move(values));
}

void convert(const OptionSpec& spec, const Value& from, std::vector<double>& to) {
  convert_items(spec, from, to);
}
void convert(const OptionSpec& spec, const Value& from, std::vector<std::int64_t>& to) {
  convert_items(spec, from, to);
}
void convert(const OptionSpec& spec, const Value& from, std::vector<std::string>& to) {
  convert_items(spec, from, to);
}

void convert(const OptionSpec& spec, const Value& from, std::vector<std::vector<double>>& to) {
  const auto* rows = std::get_if<Value::List>(&from.v);
  if (!rows || rows->empty()) wrong_type(spec, from);
  to.clear();
  for (const Value& row : *rows) {
    if (!std::holds_alternative<Value::List>(row.v))
      fail(row, fmt::format("'{}' takes a {}; {} is not a row", spec.name, spec.type, row.text()));
    convert_items(spec, row, to.emplace_back());
    if (to.back().size() != to.front().size())
      fail(row,
           fmt::format("the rows of '{}' must be equally long: the first has {}, row {} has {}",
                       spec.name, to.front().size(), to.size(), to.back().size()));
  }
}

std::string show(bool v) {
  return v ? "true" : "false";
}
std::string show(int v) {
  return std::to_string(v);
}
std::string show(std::int64_t v) {
  return std::to_string(v);
}
std::string show(std::uint64_t v) {
  return std::to_string(v);
}
std::string show(double v) {
  return number_text(v);
}
std::string show(const std::string& v) {
  return v;
}
std::string show(SampleType v) {
  return std::string(name_of(v));
}
std::string show(const Numbers& v) {
  if (v.late()) return "a result";
  return v.values().size() == 1 ? show(v.values().front()) : show(v.values());
}
std::string show(const std::vector<double>& v) {
  return v.empty() ? "" : list_text(v);
}
std::string show(const std::vector<std::int64_t>& v) {
  return v.empty() ? "" : list_text(v);
}
std::string show(const std::vector<std::string>& v) {
  return v.empty() ? "" : list_text(v);
}
std::string show(const std::vector<std::vector<double>>& v) {
  return v.empty() ? "" : list_text(v);
}

}  // namespace option_types

std::string nearest_name(std::string_view word, std::span<const std::string> known) {
  // Edit distance with transpositions (optimal string alignment): three rows of its table.
  const auto distance = [&](std::string_view other) {
    std::vector<std::size_t> before(other.size() + 1), last(other.size() + 1),
        row(other.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      row[0] = i;
      for (std::size_t j = 1; j <= other.size(); ++j) {
        row[j] =
            std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (word[i - 1] != other[j - 1])});
        if (i > 1 && j > 1 && word[i - 1] == other[j - 2] && word[i - 2] == other[j - 1])
          row[j] = std::min(row[j], before[j - 2] + 1);
      }
      std::swap(before, last);
      std::swap(last, row);
    }
    return last[other.size()];
  };
  if (word.size() > 64) return {};
  std::string best;
  std::size_t nearest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : known)
    if (name.size() > 1 || word.size() > 1)
      if (const std::size_t d = distance(name);
          d < nearest && d < std::max(name.size(), word.size()))
        nearest = d, best = name;
  return best;
}

}  // namespace sluice
