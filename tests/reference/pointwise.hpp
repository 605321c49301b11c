// The obviously correct linear, stretch, cast, grey, select, stack and expression: one sample at a
// time, in the normative arithmetic of the operations' headers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ops/bands/grey.hpp"
#include "ops/pointwise/cast.hpp"
#include "support/picture.hpp"

namespace sluice::test::reference {

/// `info` is the description of the result, from the operation.
Picture linear(const Picture& in, const ImageInfo& info, std::span<const double> gain,
               std::span<const double> offset);
Picture stretch(const Picture& in, const ImageInfo& info, std::span<const double> low,
                std::span<const double> high, double out_low, double out_high);
Picture cast(const Picture& in, const ImageInfo& info, CastScale scale);
Picture grey(const Picture& in, const ImageInfo& info, GreyWeights weights);
Picture select(const Picture& in, const ImageInfo& info, std::span<const int> bands);
Picture stack(std::span<const Picture> in, const ImageInfo& info);
/// The formulas evaluated node by node, without folding.
Picture expression(std::span<const Picture> in, const ImageInfo& info,
                   std::span<const std::string> formulas, std::span<const std::string> names,
                   bool f64);

}  // namespace sluice::test::reference
