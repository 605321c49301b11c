// One rule for each step of the registry: how its options are chosen, and what it gives, plainly.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "random_graphs/random.hpp"
#include "random_graphs/random_graph.hpp"

namespace sluice::test {

/// What the choice of options may look at.
struct RuleInput {
  Random& random;
  std::vector<const GraphStep*> inputs;
  /// Results of the graph so far, which numbers of options may come from.
  std::vector<int> results;
  const std::vector<GraphStep>& steps;

  const ImageInfo& info(std::size_t i = 0) const { return inputs[i]->picture.info; }
};

/// Numbers that a late option takes, as one number per channel.
using LateNumbers = std::function<std::vector<double>(const char* option, int channels,
                                                      const std::vector<double>& given)>;

struct PlainInput {
  std::span<const Picture* const> inputs;
  const ImageInfo& info;  ///< of the result, from the operation
  const void* options;
  LateNumbers numbers;

  const Picture& in(std::size_t i = 0) const { return *inputs[i]; }
  template <class Options>
  const Options& as() const {
    return *static_cast<const Options*>(options);
  }
};

struct Rule {
  const char* step;
  /// Options that suit the inputs; nullopt where the step does not.
  std::function<std::optional<std::vector<GivenOption>>(const RuleInput&)> choose;
  /// The image, where the step gives one.
  std::function<Picture(const PlainInput&)> plain;
  /// The numbers, where it is a reduction: a node of the graph.
  std::function<ReductionValues(const Picture&, const void* options, const Graph&, NodeId)> values;
};

/// Adds a rule that has a file of its own, in tests/steps/: `const AddRule added({"name", ...});`.
struct AddRule {
  explicit AddRule(Rule rule);
};

/// The rules; those of `read` and `write` are empty, they are the generator's own.
const std::vector<Rule>& all_rules();
const Rule* find_rule(std::string_view step);

// The parts of the table.
std::vector<Rule> geometry_rules();
std::vector<Rule> sample_rules();  ///< pointwise, bands
std::vector<Rule> local_rules();   ///< resample, filter
std::vector<Rule> source_and_result_rules();

// --- for the rules
// --------------------------------------------------------------------------------

GivenOption given(const char* name, Value value);
GivenOption given(const char* name, std::int64_t value);
GivenOption given(const char* name, double value);
GivenOption given(const char* name, const std::string& value);
GivenOption given(const char* name, const std::vector<double>& values);
GivenOption given(const char* name, const std::vector<std::string>& values);

/// A sample type that arithmetic takes: not u64 or i64.
SampleType random_type(Random& random);
inline bool is_wide(SampleType type) {
  return type == SampleType::u64 || type == SampleType::i64;
}
const std::string& random_edge(Random& random);

/// Gives the bands of a picture another meaning now and then: CMYK, a palette's indices,
/// premultiplied alpha, linear light; and an orientation.
void vary_meaning(Random& random, ImageInfo& info);

}  // namespace sluice::test
