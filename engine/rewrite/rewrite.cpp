#include "engine/rewrite/rewrite.hpp"

#include <algorithm>

#include "engine/callbacks.hpp"

namespace sluice {

RewrittenGraph rewrite(const Graph& graph, const RunOptions& options) {
  throw_if_stopped(options);
  RewrittenGraph result{std::make_shared<Graph>(graph), {}, {}};
  if (options.rewrites == Rewrites::none) return result;
  share_duplicates(result);
  throw_if_stopped(options);
  gather_tiny_blocks(result);
  crop_into_read(result);
  make_tables(result, options.isa);
  skip_unused_channels(result);
  return result;
}

std::vector<bool> needed_nodes(const Graph& graph) {
  const std::vector<Node>& nodes = graph.nodes();
  std::vector<bool> needed(nodes.size(), false);
  for (std::size_t id = nodes.size(); id-- > 0;) {
    if (nodes[id].sink || nodes[id].reduction) needed[id] = true;
    if (!needed[id]) continue;
    for (const NodeId input : nodes[id].inputs)
      needed[static_cast<std::size_t>(input)] = true;
  }
  return needed;
}

std::string steps_text(const Graph& graph, std::span<const NodeId> nodes) {
  std::string text;
  std::string last;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const StepPlace& place = graph.node(nodes[i]).place;
    const std::string step = place.text();
    if (step == last && !place.where.empty()) continue;  // a step of several nodes
    text += (text.empty() ? "" : ", ") + step;
    last = step;
  }
  return text;
}

}  // namespace sluice
