// Parameters and references: from the written form of an option to its value.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "engine/options.hpp"
#include "pipelines/description.hpp"

namespace sluice {

/// `${name}`, `${name[2]}`, `${name.array}`, `${name.array[2]}`.
struct Reference {
  std::string name;
  std::string array;
  std::optional<int> index;
  Place place;
  /// As written, without "${" and "}".
  std::string text() const;
};

/// Finds the result that a reference means. Throws Error (usage) when there is none.
using FindResult = std::function<LateRef(const Reference&)>;

/// The parameters of one description, and the typing of what is written.
class Scope {
 public:
  /// `given` overrides what the description declares. A description that is a command line declares
  /// its parameters by giving them.
  Scope(const Description& description, const Params& given, Diagnostics& diagnostics);

  bool has(const std::string& name) const { return params_.count(name) != 0; }
  std::vector<std::string> names() const;
  /// Reports every parameter that value() has not come across.
  void report_unused(Diagnostics& diagnostics) const;

  /// The value of `written` for an option declared as `spec`. A scalar that is one `${x}` is the
  /// parameter x with its type, or a result; inside other text parameters are put in as text
  /// ("$${" stands for "${"). Throws Error (usage) at the place.
  Value value(const DocNode& written, const OptionSpec& spec, const FindResult& find_result);

 private:
  struct Param {
    DocNode value;
    Place declared;
    bool used = false;
  };
  void resolve(DocNode& node);
  const DocNode* param(const Reference& reference);
  std::string substitute(const DocNode& scalar);
  /// A parameter's value for use at `place`; throws when all copies together pass a bound.
  DocNode copy_of(const DocNode& value, Place place);

  std::map<std::string, Param> params_;
  std::size_t copied_ = 0;  ///< values
};

}  // namespace sluice
