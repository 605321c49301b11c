// What a pipeline description says, before it is compared with the steps there are.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipelines/diagnostics.hpp"
#include "pipelines/document.hpp"

namespace sluice {

struct DescribedName {
  std::string text;
  Place place;
};

struct DescribedOption {
  std::string name;  ///< "" for the bare value
  Place place;       ///< of the name
  DocNode value;
};

struct DescribedStep {
  DescribedName name;
  std::vector<DescribedOption> options;
  std::optional<DescribedName> as;
  std::optional<std::vector<DescribedName>> from;
};

struct Description {
  std::vector<std::pair<DescribedName, DocNode>> params;
  std::vector<DescribedStep> steps;
};

/// Reads a file's text; mistakes go to `diagnostics`.
Description describe_file(std::string_view text, Diagnostics& diagnostics);

/// Reads the words of a command line, which the diagnostics' origin holds.
Description describe_words(Diagnostics& diagnostics);

/// Whether `text` may name a step's output or a parameter: letters, digits, _ and -, a letter or _
/// first.
bool is_name(std::string_view text);

}  // namespace sluice
