// Outputs against inputs and each other.
#pragma once

#include <vector>

#include "engine/graph.hpp"
#include "pipelines/diagnostics.hpp"

namespace sluice {

/// Reports every sink of the graph that would write a file that is being read, or the same file as
/// another sink. Files are the same when device and inode are, however their paths are spelled.
/// places[node]: where the node stands in the description.
void check_output_paths(const Graph& graph, const std::vector<Place>& places,
                        Diagnostics& diagnostics);

}  // namespace sluice
