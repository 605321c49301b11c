// Nodes that have the same pixels become one.
#include <fmt/format.h>

#include <map>
#include <numeric>

#include "engine/rewrite/rewrite.hpp"

namespace sluice {

namespace {

/// All that a node's pixels depend on.
std::string identity_of(const Node& node) {
  std::string text = node.key + '\n';
  for (const NodeId input : node.inputs)
    text += std::to_string(input) + ' ';
  for (const LateRef& ref : node.late)
    text += fmt::format("{} {} {}:{} ", ref.node, ref.index, ref.array.size(), ref.array);
  return text;
}

}  // namespace

void share_duplicates(RewrittenGraph& to) {
  Graph& graph = *to.graph;
  const std::vector<bool> needed = needed_nodes(graph);
  std::vector<NodeId> same(graph.nodes().size());
  std::iota(same.begin(), same.end(), 0);
  std::map<std::string, NodeId> known;
  for (NodeId id = 0; id < static_cast<NodeId>(same.size()); ++id) {
    if (!needed[static_cast<std::size_t>(id)]) continue;
    Node& node = graph.node(id);
    for (NodeId& input : node.inputs)
      input = same[static_cast<std::size_t>(input)];
    if (node.key.empty() || (!node.source && !node.operation)) continue;
    // Two decoders that begin at the first row can each be where they are needed; one would have to
    // hold all the rows between.
    if (node.source && node.source->in_order()) continue;
    const auto [first, fresh] = known.emplace(identity_of(node), id);
    if (fresh) continue;
    same[static_cast<std::size_t>(id)] = first->second;
    std::string text =
        fmt::format("{} is {}", node.place.text(), graph.node(first->second).place.text());
    // A step may have several nodes.
    if (to.rewrites.empty() || to.rewrites.back().text != text)
      to.rewrites.push_back({"shared", std::move(text), {first->second, id}});
  }
}

}  // namespace sluice
