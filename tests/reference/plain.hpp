// The obviously correct executor: whole images, one step after the other, scalar code. Each step is
// added to a graph and computed plainly at the same time, so that a pipeline written once gives
// both what Sluice runs and what must come out.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "ops/bands/grey.hpp"
#include "ops/filter/gaussian_blur.hpp"
#include "ops/geometry/flip.hpp"
#include "ops/pointwise/cast.hpp"
#include "ops/pointwise/expression.hpp"
#include "ops/resample/resize.hpp"
#include "support/picture.hpp"

namespace sluice::test::plain {

/// An image of a graph, and all its pixels computed plainly.
struct Step {
  Image image;
  Picture picture;
};

Step source(const std::shared_ptr<Graph>& graph, Picture picture, std::int64_t block_width = 64,
            std::int64_t block_height = 48);
Step crop(const Step& in, const Rect& rect);
Step flip(const Step& in, FlipAxis axis);
Step rotate(const Step& in, int degrees);
Step resize(const Step& in, const ResizeOptions& options);
Step gaussian_blur(const Step& in, double sigma);
Step linear(const Step& in, std::vector<double> gain, std::vector<double> offset);
Step cast(const Step& in, SampleType to, CastScale scale);
Step grey(const Step& in, GreyWeights weights);
Step select(const Step& in, const std::vector<int>& bands);
Step stack(std::span<const Step> in);
/// One band out of every formula; inputs are called a, b, c, ...
Step expression(std::span<const Step> in, std::vector<std::string> formulas);
/// Stretches each channel between its own percentiles, found in a pass before.
Step percentile_stretch(const Step& in, double low, double high);

}  // namespace sluice::test::plain
