#include "pipelines/output_paths.hpp"

#include "engine/file_conflicts.hpp"

namespace sluice {

void check_output_paths(const Graph& graph, const std::vector<Place>& places,
                        Diagnostics& diagnostics) {
  // On a command line the place is the step's name.
  const bool named = diagnostics.origin().command_line;
  for (const FileConflict& conflict : file_conflicts(graph, false))
    diagnostics.error(places.at(static_cast<std::size_t>(conflict.sink)),
                      (named ? "" : graph.node(conflict.sink).place.step + ": ") + conflict.reason);
}

}  // namespace sluice
