// percentile: the values below which given shares of an image's samples lie.
#pragma once

#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct PercentileOptions {
  std::vector<double> at = {50};  ///< percents, 0 to 100
};

/// Array `p`: p[i][channel] is the percentile at[i] of the channel's samples that are valid, not
/// the band's nodata and not NaN; NaN where there are none.
///
/// The percentile q of the n sorted samples a[0..n) lies at h = (n - 1) * (q / 100), linearly
/// between a[floor(h)] and the next, from the nearer of the two, in f64 (as NumPy's default does).
///
/// For 8- and 16-bit types the order statistics a[k] are exact. For the others they come from a
/// histogram of 2^20 bins over the samples as f32, cut to 12 significant bits, and a bin stands for
/// its middle: off by at most 1 part in 4000. Exact are integers below 4096 in magnitude and the
/// ends, 0 and 100. Below 2^-126 the error is 2^-138 at most; what is beyond f32's range is only
/// known to lie between there and the largest sample, which is given.
///
/// Throws Error (usage) when `at` is empty or leaves 0 to 100.
Result percentile(const Image& image, const PercentileOptions& options);
StepSpec percentile_step();

}  // namespace sluice
