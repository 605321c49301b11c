// shrink on a whole picture, in plain scalar code.
#pragma once

#include "ops/resample/shrink.hpp"
#include "support/picture.hpp"

namespace sluice::test {

Picture reference_shrink(const Picture& in, const ShrinkOptions& options);

}  // namespace sluice::test
