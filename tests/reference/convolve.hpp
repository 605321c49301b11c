// convolve on a whole picture, in plain scalar code: the normative arithmetic, and a model in
// double precision.
#pragma once

#include "ops/filter/convolve.hpp"
#include "support/picture.hpp"

namespace sluice::test {

Picture reference_convolve(const Picture& in, const ConvolveOptions& options);
std::vector<double> model_convolve(const Picture& in, const ConvolveOptions& options);

}  // namespace sluice::test
