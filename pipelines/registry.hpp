// The table of all steps.
#pragma once

#include <span>
#include <string_view>

#include "../engine/options.hpp"

namespace sluice {

/// Every step there is, by family and name. An explicit table: registration by static objects
/// would be dropped by the linker of a static library.
std::span<const StepSpec> all_steps();

/// The step called `name`, or null.
const StepSpec* find_step(std::string_view name);

}  // namespace sluice
