// What a graph takes of memory for itself, whatever its images hold.
#pragma once

#include <cstdint>

#include "engine/graph.hpp"

namespace sluice {

/// Bytes that stand beside every pass from the plan to the report: the nodes with their
/// descriptions (which grow with the number of bands), the plans of all passes (which grow with the
/// steps that each pass goes through), and the results of reductions.
std::int64_t standing_bytes(const Graph& graph);

}  // namespace sluice
