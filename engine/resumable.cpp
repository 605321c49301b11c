// Which outputs an interrupted run goes on with.
#include <fmt/format.h>

#include "engine/plan.hpp"

namespace sluice {

std::string why_not_resumable(const Graph& graph, NodeId sink) {
  const Node& target = graph.node(sink);
  if (!target.sink || !target.sink->resumable())
    return "files of this format are not taken up again";
  std::vector<bool> above(static_cast<std::size_t>(sink) + 1, false);
  above.back() = true;
  for (NodeId id = sink; id >= 0; --id) {
    if (!above[static_cast<std::size_t>(id)]) continue;
    const Node& node = graph.node(id);
    if (node.source && node.source->in_order())
      return fmt::format("'{}' can only be decoded from its first row on", node.source->name());
    for (const NodeId input : node.inputs)
      above[static_cast<std::size_t>(input)] = true;
  }
  return {};
}

}  // namespace sluice
