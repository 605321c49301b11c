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
/// - Integers: the order statistics a[k] are exact. 8- and 16-bit types take one pass over the
///   image, 32-bit types two, 64-bit types four. Results are f64, so values of 64-bit types beyond
///   2^53 in magnitude come out as the nearest f64.
/// - Floats: two passes. The first finds the smallest and the largest finite sample; the second
///   counts in 2^19 + 1 bins of equal width between them. Of a bin's samples the smallest and the
///   largest are exact, and those between are given as the middle of these two: an a[k] is off by
///   at most 2^-20 of the largest less the smallest finite sample, and exact where its bin holds
///   one value or two samples. Infinite samples are counted apart, exactly.
///
/// Throws Error (usage) when `at` is empty or leaves 0 to 100.
Result percentile(const Image& image, const PercentileOptions& options);
StepSpec percentile_step();

}  // namespace sluice
