// stats: the numbers that describe each channel of a whole image.
#pragma once

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct StatsOptions {};

/// Arrays `min` (the main one), `max`, `mean`, `deviation`, `sum`, `squares` (their sum), `count`,
/// `min_x`, `min_y`, `max_x` and `max_y` (the first place with that value, row by row) of one
/// element each, a number per channel. Counted are the samples that are valid, not the band's
/// nodata and not NaN; without any, `count`, `sum` and `squares` are 0 and the others NaN.
///
/// The sums of the samples and of their squares are exact (integers of up to 192 bits; floats in
/// fixed point over their whole range), so nothing depends on the order. `sum` is the exact sum
/// rounded once to f64; `mean` is that over the count; `deviation` is the population's, the square
/// root of n * (sum of squares) - sum^2 (exact, rounded once) over n. An infinite sample makes sum
/// and mean infinite (or NaN, with both signs) and the deviation NaN. `min` and `max` of 64-bit
/// integers are rounded to f64.
Result stats(const Image& image, const StatsOptions& options = {});
StepSpec stats_step();

}  // namespace sluice
