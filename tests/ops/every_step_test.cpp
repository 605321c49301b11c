// Every step that gives an image equals its plain code bit for bit: all sample types, awkward
// sizes, bands with alpha and validity and without, instruction sets, unit sizes.
#include <map>

#include "pipelines/registry.hpp"
#include "steps/trial.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr int kTrialsOfType = 3;

std::string first_difference(Trial& trial) {
  for (const Isa isa : available_isas())
    for (const Units& units : {Units{isa}, Units{isa, 37, 5, 0xFF}, Units{isa, 100, 64, 0}}) {
      std::map<NodeId, Picture> known = trial.sources;
      const Picture got = apply_graph(trial.image.graph(), trial.image.node(), known, units);
      if (const std::string where = difference(got, trial.expected); !where.empty())
        return std::string(name_of(isa)) + ", units of " + std::to_string(units.width) + " x " +
               std::to_string(units.height) + ": " + where;
    }
  return {};
}

}  // namespace

TEST_CASE("every step equals plain code", "[every-step]") {
  for (const Rule& rule : all_rules()) {
    if (!rule.plain || find_step(rule.step)->inputs.most == 0) continue;
    int tried = 0;
    for (int t = 0; t < kSampleTypes; ++t)
      for (int i = 0; i < kTrialsOfType; ++i) {
        Random random(static_cast<std::uint64_t>(1000 * t + i));
        std::optional<Trial> trial = try_step(rule, random, static_cast<SampleType>(t));
        if (!trial) continue;
        ++tried;
        INFO(rule.step << " of " << name_of(static_cast<SampleType>(t)) << ", trial " << i << "\n"
                       << trial->text);
        CHECK(first_difference(*trial) == "");
      }
    INFO(rule.step);
    CHECK(tried >= kTrialsOfType);
  }
}
