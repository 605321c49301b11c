// Percentiles of the types that take more than one pass over the image: *rounds*, each a reduction
// of its own, whose late numbers are what the round before has found.
#pragma once

#include <vector>

#include "engine/graph.hpp"

namespace sluice {

/// Of 32- and 64-bit integers.
Result percentile_of_wide_integers(const Image& image, const std::vector<double>& at);

/// Of f32 and f64.
Result percentile_of_floats(const Image& image, const std::vector<double>& at);

/// As add_reduction takes them.
inline std::vector<const Numbers*> pointers_to(const std::vector<Numbers>& numbers) {
  std::vector<const Numbers*> pointers;
  for (const Numbers& n : numbers)
    pointers.push_back(&n);
  return pointers;
}

/// The arrays of percentile: `p`, an element for each percent asked for.
inline ReductionValues percentile_shape(const std::vector<double>& at) {
  return {{{"p", std::vector<std::vector<double>>(at.size())}}};
}

}  // namespace sluice
