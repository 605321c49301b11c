#include "engine/planner/headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sluice {

// Of all nodes: sources stay open from the first pass to the last. Most nodes share the metadata of
// their input; each has its bands four times: in the caller's graph, in the rewritten one, in its
// operation, source or sink, and in the rewritten one's.
std::int64_t metadata_bytes(const Graph& graph) {
  std::set<const Metadata*> seen;
  std::int64_t sum = 0;
  for (const Node& node : graph.nodes()) {
    if (seen.insert(node.info.metadata.get()).second) sum += node.info.meta().bytes();
    for (const BandInfo& band : node.info.bands)
      sum += 4 * static_cast<std::int64_t>(sizeof(BandInfo) + band.name.capacity());
  }
  return sum;
}

std::int64_t header_bytes(const Graph& graph) {
  std::set<const Source*> seen;
  std::int64_t sum = metadata_bytes(graph);
  for (const Node& node : graph.nodes())
    if (node.source && seen.insert(node.source.get()).second) sum += node.source->index_bytes();
  return sum;
}

void check_headers(const Graph& graph, std::int64_t memory) {
  // Little is left to the planner, whose refusal tells the least that would do.
  constexpr std::int64_t kLittle = 16 << 20;
  const std::int64_t needed = memory > 0 ? header_bytes(graph) : 0;
  if (needed <= std::max(memory, kLittle)) return;
  throw Error(ErrorKind::memory,
              fmt::format("the headers of the inputs alone take {} bytes of memory, with 16 bytes "
                          "for each block of a TIFF; the budget is {} bytes",
                          needed, memory));
}

}  // namespace sluice
