#include "pipelines/registry.hpp"

#include <algorithm>
#include <vector>

namespace sluice {

std::span<const StepSpec> all_steps() {
  static const std::vector<StepSpec> steps = {};
  return steps;
}

const StepSpec* find_step(std::string_view name) {
  const std::span<const StepSpec> steps = all_steps();
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const StepSpec& s) { return s.name == name; });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace sluice
