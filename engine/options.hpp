// Options declared once: from the declaration come parsing, checks, help and messages.
//
//     struct CropOptions { std::optional<std::int64_t> x, y; double margin = 0; };
//     StepSpec crop_step() {
//       return make_step<CropOptions>("crop", "geometry", "Cuts out a rectangle.", inputs(1),
//           {option("x", &CropOptions::x, "left column").min(0), ...},
//           [](std::span<const Image> in, const CropOptions& o) { return crop(in[0], o); });
//     }
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "error.hpp"
#include "graph.hpp"

namespace sluice {

/// A value as written in a pipeline, with its place (line 0: on a command line).
struct Value {
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map, LateRef> v;
  int line = 0;
  int column = 0;

  /// "a number", "a list", ...: for messages.
  std::string kind() const;
  /// Short form for messages: 3, "abc", [1, 2, ...].
  std::string text() const;
};

/// Names of an enumeration's values in pipelines. Specialise for each enum used as an option:
///   template <> struct EnumNames<Axis> {
///     static constexpr std::pair<std::string_view, Axis> names[] = {{"x", Axis::x}, ...}; };
template <class E>
struct EnumNames;

template <>
struct EnumNames<Edge> {
  static constexpr std::pair<std::string_view, Edge> names[] = {{"replicate", Edge::replicate},
                                                                {"mirror", Edge::mirror},
                                                                {"constant", Edge::constant},
                                                                {"wrap", Edge::wrap}};
};

/// One declared option, type-erased. `assign` converts the value and stores it in the options
/// struct behind the pointer; it throws Error (usage) saying what was expected.
struct OptionSpec {
  std::string name;
  std::string type;          ///< "number", "integer", "true or false", "linear|cubic|...", ...
  std::string default_text;  ///< "" when there is none
  std::string help;
  bool required = false;
  bool bare = false;         ///< the option meant by `step: value`
  bool late = false;         ///< may refer to a reduction
  bool input_names = false;  ///< takes the names of the inputs where it is not given
  bool file = false;         ///< the path of a file that is open until the run ends
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool exclusive_minimum = false;
  std::function<void(const OptionSpec&, void* options, const Value&)> assign;
  std::function<std::string(const void* options)> show;
  /// Differs wherever values differ; late numbers aside, which the node tells apart.
  std::function<std::string(const void* options)> identity;

  OptionSpec min(double v) && {
    minimum = v;
    return std::move(*this);
  }
  OptionSpec above(double v) && {
    minimum = v;
    exclusive_minimum = true;
    return std::move(*this);
  }
  OptionSpec max(double v) && {
    maximum = v;
    return std::move(*this);
  }
  OptionSpec require() && {
    required = true;
    return std::move(*this);
  }
  OptionSpec take_bare() && {
    bare = true;
    return std::move(*this);
  }
  OptionSpec hold_file() && {
    file = true;
    return std::move(*this);
  }
  OptionSpec take_input_names() && {
    input_names = true;
    return std::move(*this);
  }
  /// "0 to 100", "at least 1", "" when unbounded.
  std::string range_text() const;
};

/// What a step gives to those after it: an image, a result, or nothing (write).
struct StepOutput {
  Image image;
  Result result;
  StepOutput() = default;
  StepOutput(Image i) : image(std::move(i)) {}
  StepOutput(Result r) : result(std::move(r)) {}
};

struct InputCount {
  int least = 1;
  int most = 1;  ///< -1: any number
};

/// A declared step. The registry of pipelines/ lists them all.
struct StepSpec {
  std::string name;
  std::string family;   ///< the folder: "geometry"
  std::string summary;  ///< one or more sentences: meaning, sample types, rounding, edges
  InputCount inputs;
  std::vector<OptionSpec> options;
  std::function<std::shared_ptr<void>()> make_options;  ///< defaults
  std::function<StepOutput(const std::shared_ptr<Graph>&, std::span<const Image>, const void*)>
      build;

  const OptionSpec* find(std::string_view option) const;
};

// --- conversion from Value, one overload per member type
// --------------------------------------------

namespace option_types {

[[noreturn]] void wrong_type(const OptionSpec& spec, const Value& value);
[[noreturn]] void wrong_name(const OptionSpec& spec, const Value& value,
                             std::span<const std::string_view> names);
void check_range(const OptionSpec& spec, const Value& value, double number);

void convert(const OptionSpec& spec, const Value& from, bool& to);
void convert(const OptionSpec& spec, const Value& from, int& to);
void convert(const OptionSpec& spec, const Value& from, std::int64_t& to);
void convert(const OptionSpec& spec, const Value& from, std::uint64_t& to);
void convert(const OptionSpec& spec, const Value& from, double& to);
void convert(const OptionSpec& spec, const Value& from, std::string& to);  ///< scalars as written
void convert(const OptionSpec& spec, const Value& from, SampleType& to);
void convert(const OptionSpec& spec, const Value& from, Numbers& to);  ///< number, list or ${p[i]}
void convert(const OptionSpec& spec, const Value& from,
             std::vector<double>& to);  ///< one or a list
void convert(const OptionSpec& spec, const Value& from, std::vector<std::int64_t>& to);
void convert(const OptionSpec& spec, const Value& from, std::vector<std::string>& to);
void convert(const OptionSpec& spec, const Value& from, std::vector<std::vector<double>>& to);

template <class E>
requires std::is_enum_v<E>
void convert(const OptionSpec& spec, const Value& from, E& to) {
  std::vector<std::string_view> names;
  const std::string* word = std::get_if<std::string>(&from.v);
  for (const auto& [name, value] : EnumNames<E>::names) {
    if (word && *word == name) {
      to = value;
      return;
    }
    names.push_back(name);
  }
  wrong_name(spec, from, names);
}
template <class T>
void convert(const OptionSpec& spec, const Value& from, std::optional<T>& to) {
  T value{};
  convert(spec, from, value);
  to = std::move(value);
}

std::string show(bool v);
std::string show(int v);
std::string show(std::int64_t v);
std::string show(std::uint64_t v);
std::string show(double v);
std::string show(const std::string& v);
std::string show(SampleType v);
std::string show(const Numbers& v);
std::string show(const std::vector<double>& v);
std::string show(const std::vector<std::int64_t>& v);
std::string show(const std::vector<std::string>& v);
std::string show(const std::vector<std::vector<double>>& v);
template <class E>
requires std::is_enum_v<E> std::string show(E v) {
  for (const auto& [name, value] : EnumNames<E>::names)
    if (value == v) return std::string(name);
  return {};
}
template <class T>
std::string show(const std::optional<T>& v) {
  if (!v) return {};
  return show(*v);
}

template <class T>
struct TypeName;
template <>
struct TypeName<bool> {
  static std::string get() { return "true or false"; }
};
template <>
struct TypeName<int> {
  static std::string get() { return "integer"; }
};
template <>
struct TypeName<std::int64_t> {
  static std::string get() { return "integer"; }
};
template <>
struct TypeName<std::uint64_t> {
  static std::string get() { return "integer"; }
};
template <>
struct TypeName<double> {
  static std::string get() { return "number"; }
};
template <>
struct TypeName<std::string> {
  static std::string get() { return "text"; }
};
template <>
struct TypeName<SampleType> {
  static std::string get() { return "u8|i8|u16|i16|u32|i32|u64|i64|f32|f64"; }
};
template <>
struct TypeName<Numbers> {
  static std::string get() { return "number or one per channel"; }
};
template <>
struct TypeName<std::vector<double>> {
  static std::string get() { return "list of numbers"; }
};
template <>
struct TypeName<std::vector<std::int64_t>> {
  static std::string get() { return "list of integers"; }
};
template <>
struct TypeName<std::vector<std::string>> {
  static std::string get() { return "list of texts"; }
};
template <>
struct TypeName<std::vector<std::vector<double>>> {
  static std::string get() { return "matrix: list of rows of numbers"; }
};
template <class T>
struct TypeName<std::optional<T>> {
  static std::string get() { return TypeName<T>::get(); }
};
template <class E>
requires std::is_enum_v<E>
struct TypeName<E> {
  static std::string get() {
    std::string all;
    for (const auto& [name, value] : EnumNames<E>::names) {
      if (!all.empty()) all += '|';
      all += name;
    }
    return all;
  }
};

}  // namespace option_types

namespace option_types {

template <class T>
std::string identity(const T& v) {
  return show(v);
}
inline std::string identity(const std::vector<std::string>& v) {
  std::string all = std::to_string(v.size());
  for (const std::string& text : v)
    all += ' ' + std::to_string(text.size()) + ':' + text;
  return all;
}
template <class T>
std::string identity(const std::optional<T>& v) {
  return v ? '=' + identity(*v) : std::string();
}

}  // namespace option_types

/// A key for nodes (Node::key) that depend on these options of the step `name` alone.
inline std::string node_key(const std::string& name, std::span<const OptionSpec> specs,
                            const void* options) {
  std::string key = name;
  for (const OptionSpec& spec : specs) {
    const std::string value = spec.identity(options);
    key += ' ' + spec.name + ' ' + std::to_string(value.size()) + ':' + value;
  }
  return key;
}

/// Declares the option kept in `member`.
template <class Options, class T>
OptionSpec option(const char* name, T Options::*member, const char* help) {
  OptionSpec spec;
  spec.name = name;
  spec.type = option_types::TypeName<T>::get();
  spec.help = help;
  spec.late = std::is_same_v<T, Numbers>;
  const Options defaults{};
  spec.default_text = option_types::show(defaults.*member);
  spec.assign = [member](const OptionSpec& self, void* options, const Value& value) {
    option_types::convert(self, value, static_cast<Options*>(options)->*member);
  };
  spec.show = [member](const void* options) {
    return option_types::show(static_cast<const Options*>(options)->*member);
  };
  spec.identity = [member](const void* options) {
    return option_types::identity(static_cast<const Options*>(options)->*member);
  };
  return spec;
}

inline InputCount inputs(int n) {
  return {n, n};
}
inline InputCount inputs(int least, int most) {
  return {least, most};
}

/// A step with images as inputs. `build`: (std::span<const Image>, const Options&) -> Image or
/// Result; what it adds depends on its arguments alone.
template <class Options, class Build>
StepSpec make_step(const char* name, const char* family, const char* summary, InputCount count,
                   std::vector<OptionSpec> options, Build build) {
  StepSpec spec{name, family, summary, count, std::move(options), nullptr, nullptr};
  spec.make_options = [] { return std::make_shared<Options>(); };
  spec.build = [build, name, specs = spec.options](const std::shared_ptr<Graph>& graph,
                                                   std::span<const Image> in, const void* o) {
    const KeyScope key(*graph, node_key(name, specs, o));
    return StepOutput(build(in, *static_cast<const Options*>(o)));
  };
  return spec;
}

/// A step without inputs. `build`: (const std::shared_ptr<Graph>&, const Options&) -> Image; what
/// it adds depends on the options alone, or has a key of its own.
template <class Options, class Build>
StepSpec make_source_step(const char* name, const char* family, const char* summary,
                          std::vector<OptionSpec> options, Build build) {
  StepSpec spec{name, family, summary, InputCount{0, 0}, std::move(options), nullptr, nullptr};
  spec.make_options = [] { return std::make_shared<Options>(); };
  spec.build = [build, name, specs = spec.options](const std::shared_ptr<Graph>& graph,
                                                   std::span<const Image>, const void* o) {
    const KeyScope key(*graph, node_key(name, specs, o));
    return StepOutput(build(graph, *static_cast<const Options*>(o)));
  };
  return spec;
}

/// The known name nearest to `word` in edit distance, "" when none is near enough to be meant.
std::string nearest_name(std::string_view word, std::span<const std::string> known);

}  // namespace sluice
