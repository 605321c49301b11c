// Files that a graph would use twice, losing one of them.
#pragma once

#include <string>
#include <vector>

#include "graph.hpp"

namespace sluice {

/// A sink whose file is an input or another sink's, however the names are spelled.
struct FileConflict {
  NodeId sink = -1;
  std::string reason;  ///< "'o.tif' is already written by write (line 3)"
};

/// All of them, in the order of the sinks. With `resumes`, the hidden files beside each output
/// (partial_name, journal_name) are its own as well. Looks each path up once.
std::vector<FileConflict> file_conflicts(const Graph& graph, bool resumes);

}  // namespace sluice
