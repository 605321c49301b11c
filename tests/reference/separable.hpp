// resize and gaussian_blur on a whole picture, in plain scalar code: the normative arithmetic of
// ops/resample/separable.hpp, and beside it a model in double precision without any rounding.
#pragma once

#include "ops/filter/gaussian_blur.hpp"
#include "ops/resample/resize.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// Bit for bit what the operations give. The options name scale or width and height.
Picture reference_resize(const Picture& in, const ResizeOptions& options);
Picture reference_gaussian_blur(const Picture& in, const GaussianBlurOptions& options);

/// Samples in double precision, c-major like Picture; no alpha, no validity. Kernels from their
/// textbook formulas and the standard library; the Gaussian out to 8 sigma.
std::vector<double> model_resize(const Picture& in, std::int64_t width, std::int64_t height,
                                 ResizeKernel kernel);
std::vector<double> model_gaussian_blur(const Picture& in, double sigma);

struct Deviation {
  double largest = 0;  ///< absolute difference of a sample from the model (clamped to the type)
  double psnr = 0;     ///< dB against the type's range; infinite when equal
};
Deviation deviation(const Picture& picture, const std::vector<double>& model);

}  // namespace sluice::test
