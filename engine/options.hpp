// Options as declared: names, types, ranges and help, from which come parsing, checks, messages and
// the steps of a pipeline. declare_step.hpp declares them.
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

/// Opens the stream that a path "-" stands for, as a host knows it: its standard output. Called
/// once for each step that writes to it.
using OpenStream = std::function<std::shared_ptr<ByteSink>()>;

/// One declared option, type-erased. `assign` converts the value and stores it in the options
/// struct behind the pointer; it throws Error (usage) saying what was expected.
struct OptionSpec {
  std::string name;
  std::string type;          ///< "number", "integer", "true or false", "linear|cubic|...", ...
  std::string default_text;  ///< "" when there is none
  std::string help;
  bool required = false;
  /// May come without its name: the first value without one is the first such option's of the
  /// step, the second the second's. A file has `step: value` for the first alone.
  bool bare = false;
  bool late = false;         ///< may refer to a reduction
  bool input_names = false;  ///< takes the names of the inputs where it is not given
  bool file = false;         ///< the path of a file that is open until the run ends
  /// Other options, as name and value, of which one must be given so that this one does anything;
  /// an empty value: any. None: it always acts.
  std::vector<std::pair<std::string, std::string>> acts_with = {};
  /// Takes what opens a stream in place of the file that "-" would be; empty: "-" is refused.
  std::function<void(void* options, const OpenStream&)> take_open_stream = {};
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
  template <class Options>
  OptionSpec take_stream(OpenStream Options::*member) && {
    take_open_stream = [member](void* options, const OpenStream& open) {
      static_cast<Options*>(options)->*member = open;
    };
    return std::move(*this);
  }
  OptionSpec only_with(std::vector<std::pair<std::string, std::string>> others) && {
    acts_with = std::move(others);
    return std::move(*this);
  }
  OptionSpec take_input_names() && {
    input_names = true;
    return std::move(*this);
  }
  /// "0 to 100", "at least 1", "" when unbounded.
  std::string range_text() const;
};

/// What a step gives to those after it: an image or a result.
struct StepOutput {
  Image image;
  Result result;
  bool written = false;  ///< the image is written: no step need take it
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
  std::vector<std::string> option_names() const;
  /// Those that may come without their names, in that order.
  std::vector<const OptionSpec*> bare_options() const;
};

/// The known name nearest to `word` in edit distance, "" when none is near enough to be meant.
std::string nearest_name(std::string_view word, std::span<const std::string> known);

/// "; did you mean 'scale'?", the end of a message about an unknown `word`; "" where no known name
/// is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

}  // namespace sluice
