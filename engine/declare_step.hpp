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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/options.hpp"

namespace sluice {

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
  static std::string get() { return "number or one per band"; }
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

/// A step with one image as input that `build` makes an image of.
template <class Options>
StepSpec make_step(const char* name, const char* family, const char* summary,
                   std::vector<OptionSpec> options, Image (*build)(const Image&, const Options&)) {
  return make_step<Options>(
      name, family, summary, inputs(1), std::move(options),
      [build](std::span<const Image> in, const Options& o) { return build(in[0], o); });
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

}  // namespace sluice
