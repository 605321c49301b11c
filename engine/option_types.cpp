// Conversion of written values to option members, and the messages about them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/declare_step.hpp"

namespace sluice {

namespace {

// What other programs call the words that options take; suggested where an option has `ours`.
struct OtherWord {
  std::string_view word, ours;
};
constexpr OtherWord kOtherWords[] = {
    {"uint8", "u8"},          {"byte", "u8"},           {"uchar", "u8"},
    {"int8", "i8"},           {"uint16", "u16"},        {"ushort", "u16"},
    {"int16", "i16"},         {"short", "i16"},         {"uint32", "u32"},
    {"uint", "u32"},          {"int32", "i32"},         {"int", "i32"},
    {"uint64", "u64"},        {"int64", "i64"},         {"float32", "f32"},
    {"float", "f32"},         {"float64", "f64"},       {"double", "f64"},
    {"zip", "deflate"},       {"gzip", "deflate"},      {"zlib", "deflate"},
    {"lzma", "zstd"},         {"uncompressed", "none"}, {"off", "none"},
    {"no", "none"},           {"raw", "none"},          {"bilinear", "linear"},
    {"triangle", "linear"},   {"bicubic", "cubic"},     {"catmull-rom", "cubic"},
    {"lanczos", "lanczos3"},  {"average", "box"},       {"area", "box"},
    {"average", "mean"},      {"neighbour", "nearest"}, {"neighbor", "nearest"},
    {"nn", "nearest"},        {"majority", "mode"},     {"reflect", "mirror"},
    {"symmetric", "mirror"},  {"edge", "replicate"},    {"clamp", "replicate"},
    {"nearest", "replicate"}, {"zero", "constant"},     {"black", "constant"},
    {"periodic", "wrap"},     {"center", "centre"},     {"middle", "centre"},
    {"left", "west"},         {"right", "east"},        {"top", "north"},
    {"bottom", "south"},      {"gray", "grey"},         {"h", "horizontal"},
    {"v", "vertical"},        {"4:2:0", "420"},         {"4:4:4", "444"},
    {"bt601", "rec601"},      {"bt709", "rec709"},      {"luminosity", "rec709"},
    {"luminance", "linear"}};

// The shortest text that reads back as the same number, integers in full; independent of the
// locale.
std::string number_text(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  constexpr double kShownInFull = 1e15;
  const bool whole =
      v == std::nearbyint(v) && std::abs(v) < kShownInFull && !(v == 0 && std::signbit(v));
  char buffer[32];
  char* const end = buffer + sizeof buffer;
  return {buffer, whole ? std::to_chars(buffer, end, static_cast<std::int64_t>(v)).ptr
                        : std::to_chars(buffer, end, v).ptr};
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
    const auto other =
        std::find_if(std::begin(kOtherWords), std::end(kOtherWords), [&](const OtherWord& o) {
          return o.word == *word && std::find(known.begin(), known.end(), o.ours) != known.end();
        });
    reason += other != std::end(kOtherWords) ? fmt::format("; did you mean '{}'?", other->ours)
                                             : did_you_mean(*word, known);
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
  if (const bool* b = std::get_if<bool>(&from.v)) {
    to = *b;
    return;
  }
  const std::string given = from.text();
  for (const auto& [word, meant] : {std::pair("\"yes\"", true),
                                    {"\"on\"", true},
                                    {"1", true},
                                    {"\"no\"", false},
                                    {"\"off\"", false},
                                    {"0", false}})
    if (given == word)
      fail(from, fmt::format("'{}' takes true or false, not {}; did you mean '{}'?", spec.name,
                             given, meant));
  wrong_type(spec, from);
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

}  // namespace sluice
