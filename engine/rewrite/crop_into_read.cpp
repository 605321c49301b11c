// A crop behind a source becomes a window of the source.
#include <fmt/format.h>

#include "engine/rewrite/rewrite.hpp"

namespace sluice {

namespace {

std::int64_t blocks_touched(const BlockGrid& grid, const Rect& rect) {
  const auto along = [](std::int64_t begin, std::int64_t end, std::int64_t block) {
    return (end - 1) / block - begin / block + 1;
  };
  return along(rect.x, rect.right(), grid.block_width) *
         along(rect.y, rect.bottom(), grid.block_height);
}

}  // namespace

void crop_into_read(RewrittenGraph& to) {
  Graph& graph = *to.graph;
  const std::vector<bool> needed = needed_nodes(graph);
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    Node& node = graph.node(id);
    if (!needed[static_cast<std::size_t>(id)] || !node.operation ||
        node.operation->traits().reach != Reach::moved)
      continue;
    const Node& input = graph.node(node.inputs[0]);
    const Rect cut = node.operation->needs(0, node.info.rect());
    if (!input.source || !input.info.rect().contains(cut)) continue;
    const auto outer = to.windows.find(node.inputs[0]);
    Window window = outer != to.windows.end() ? outer->second : Window{node.inputs[0], 0, 0};
    window.x += cut.x;
    window.y += cut.y;
    const BlockGrid grid = input.source->grid();
    to.rewrites.push_back(
        {"crop",
         fmt::format("{} moved into {}: {} of {} blocks", node.place.text(), input.place.text(),
                     blocks_touched(grid, {window.x, window.y, cut.width, cut.height}),
                     grid.count()),
         {node.inputs[0], id}});
    to.windows[id] = window;
    node.source = input.source;
    node.operation = nullptr;
    node.inputs.clear();
  }
}

}  // namespace sluice
