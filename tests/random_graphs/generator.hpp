// Makes random graphs together with what must come out of them.
#pragma once

#include <cstdint>
#include <string>

#include "random_graphs/random_graph.hpp"

namespace sluice::test {

/// Graph `number` of the seed, with every step's result computed plainly. Image files that it reads
/// are written into `folder`. The same for the same numbers. `wanted`: a step that it shall hold.
RandomGraph generate(std::uint64_t seed, int number, const std::string& wanted,
                     const std::string& folder);

}  // namespace sluice::test
