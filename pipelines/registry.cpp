#include "pipelines/registry.hpp"

#include <algorithm>
#include <vector>

#include "codecs/format.hpp"
#include "ops/operations.hpp"

namespace sluice {

std::span<const StepSpec> all_steps() {
  static const std::vector<StepSpec> steps = [] {
    std::vector<StepSpec> all = {read_step(), write_step()};
    for (StepSpec& step : operation_steps())
      all.push_back(std::move(step));
    return all;
  }();
  return steps;
}

const StepSpec* find_step(std::string_view name) {
  const std::span<const StepSpec> steps = all_steps();
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const StepSpec& s) { return s.name == name; });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace sluice
