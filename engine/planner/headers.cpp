#include "engine/planner/headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sluice {

// Of all nodes: sources stay open from the first pass to the last. Most nodes share the metadata of
// their input; each has its bands four times: in the caller's graph, in the rewritten one, in its
// operation, source or sink, and in the rewritten one's.
namespace {

/// Of facts that nodes share until one of them changes them.
std::int64_t shared_bytes(const ImageInfo& info, std::set<const void*>& seen) {
  const auto first = [&](const auto& shared) { return shared && seen.insert(shared.get()).second; };
  std::int64_t sum = 0;
  if (first(info.metadata)) sum += info.metadata->bytes();
  if (first(info.place_items)) sum += bytes_of(*info.place_items);
  if (first(info.camera)) sum += static_cast<std::int64_t>(sizeof(RationalCamera));
  if (first(info.ground_points))
    for (const GroundPoint& point : *info.ground_points)
      sum += static_cast<std::int64_t>(sizeof(GroundPoint) + point.id.capacity() +
                                       point.info.capacity());
  if (first(info.sample_items))
    for (const Items& items : *info.sample_items)
      sum += static_cast<std::int64_t>(sizeof(Items)) + bytes_of(items);
  for (const BandInfo& band : info.bands)
    if (first(band.items)) sum += bytes_of(*band.items);
  return sum;
}

}  // namespace

std::int64_t metadata_bytes(const Graph& graph) {
  std::set<const void*> seen;
  std::int64_t sum = 0;
  for (const Node& node : graph.nodes()) {
    for (const BandInfo& band : node.info.bands)
      sum += 4 * static_cast<std::int64_t>(sizeof(BandInfo) + band.name.capacity() +
                                           band.unit.capacity());
    sum += shared_bytes(node.info, seen);
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
