// The images that random graphs begin with.
#pragma once

#include <string>

#include "random_graphs/random.hpp"
#include "random_graphs/random_graph.hpp"

namespace sluice::test {

/// A source with a random picture of this size: in memory, in blocks of odd sizes or in bands that
/// have to be read in order, or a TIFF or PNG file in `folder` called `name`. Its `picture` is set.
GraphStep random_source(Random& random, std::int64_t width, std::int64_t height,
                        const std::string& folder, const std::string& name);

}  // namespace sluice::test
