// Sources in tiny blocks decode many of them at a time.
#include <fmt/format.h>

#include <map>

#include "engine/rewrite/gathered_source.hpp"
#include "engine/rewrite/rewrite.hpp"

namespace sluice {

void gather_tiny_blocks(RewrittenGraph& to) {
  Graph& graph = *to.graph;
  const std::vector<bool> needed = needed_nodes(graph);
  std::map<const Source*, std::shared_ptr<const Source>> gathered;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    Node& node = graph.node(id);
    if (!needed[static_cast<std::size_t>(id)] || !node.source || !has_tiny_blocks(*node.source))
      continue;
    auto& source = gathered[node.source.get()];
    if (!source) {
      source = gather_blocks(node.source);
      const BlockGrid from = node.source->grid(), grid = source->grid();
      to.rewrites.push_back(
          {"gather",
           fmt::format("{} decodes its blocks of {} x {} pixels in groups of {} x {} pixels",
                       node.place.text(), from.block_width, from.block_height, grid.block_width,
                       grid.block_height),
           {id}});
    }
    node.source = source;
  }
}

}  // namespace sluice
