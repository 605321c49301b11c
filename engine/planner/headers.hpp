// What the files of a graph hold of their headers, whatever is planned.
#pragma once

#include <cstdint>

#include "engine/run.hpp"

namespace sluice {

/// Metadata and descriptions of bands, of all nodes.
std::int64_t metadata_bytes(const Graph& graph);

/// Throws Error (memory) when what the headers hold passes the budget by itself (0: none): said
/// before anything is planned or an index is loaded.
void check_headers(const Graph& graph, std::int64_t memory);

}  // namespace sluice
