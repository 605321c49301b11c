// Steps for tests of the checker: they describe images and compute nothing.
#pragma once

#include <vector>

#include "engine/options.hpp"

namespace sluice::test {

/// make (an image), read, filter (all kinds of options), join (2 or more), measure (a result with
/// the arrays "" of `count` elements, and "mean" of one), scale (late option), write.
std::vector<StepSpec> fake_steps();

}  // namespace sluice::test
