// A reduction's result without a run: steps that go over their image several times included.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "engine/runtime/bind_late.hpp"

namespace sluice::test {

/// What the reduction `id` gives. `gather` goes over the whole image: once for each reduction whose
/// numbers it needs, and for itself.
inline ReductionValues by_rounds(const Graph& graph, NodeId id,
                                 const std::function<ReductionValues(const Reduction&)>& gather) {
  const Node& node = graph.node(id);
  if (node.late.empty()) return gather(*node.reduction);
  std::map<NodeId, std::shared_ptr<const ReductionValues>> known;
  for (const LateRef& ref : node.late)
    if (!known.contains(ref.node))
      known[ref.node] = std::make_shared<const ReductionValues>(by_rounds(graph, ref.node, gather));
  return gather(*bind_late_reduction(graph, node, [&](NodeId from) { return known.at(from); }));
}

}  // namespace sluice::test
