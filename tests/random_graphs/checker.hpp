// Runs a graph in many ways and compares what comes out with what must.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "random_graphs/random_graph.hpp"

namespace sluice::test {

struct Checked {
  int runs = 0;
  int kept = 0, spooled = 0, rows = 0, columns = 0, bands = 0,
      rewritten = 0;                  ///< runs whose plan had these
  std::vector<std::string> failures;  ///< one line each
};

/// On 1, 2 and 8 threads, with no budget, one half way to the least and the least itself, with and
/// without stall mode: 18 runs. Units, instruction sets and poison are chosen by `seed`. Output
/// files go into `folder`.
Checked check(const RandomGraph& graph, std::uint64_t seed, const std::string& folder);

}  // namespace sluice::test
