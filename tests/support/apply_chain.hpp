// An image's operations driven without the engine, node by node.
#pragma once

#include <map>

#include "engine/graph.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// The picture as an image of a new graph.
inline Image image_of(const Picture& picture) {
  return add_source(Graph::make(), picture_source(picture));
}

/// How compute is called.
struct Units {
  Isa isa = best_isa();
  std::int64_t width = 1 << 20, height = 1 << 20;
  int poison = 0xA5;
};

/// All pixels of `node`. `known` has those of the sources, and is given those of the nodes between.
inline const Picture& apply_graph(const Graph& graph, NodeId node, std::map<NodeId, Picture>& known,
                                  const Units& units) {
  if (const auto found = known.find(node); found != known.end()) return found->second;
  std::vector<Picture> inputs;
  for (const NodeId input : graph.node(node).inputs)
    inputs.push_back(apply_graph(graph, input, known, units));
  return known[node] = apply(*graph.node(node).operation, inputs, units.isa, units.width,
                             units.height, units.poison);
}

/// All pixels of `image`, a chain of operations with one input each behind image_of(picture).
inline Picture apply_chain(const Image& image, Picture picture, Isa isa, std::int64_t unit_width,
                           std::int64_t unit_height, int poison = 0xA5) {
  NodeId source = image.node();
  while (image.graph().node(source).operation)
    source = image.graph().node(source).inputs.at(0);
  std::map<NodeId, Picture> known{{source, std::move(picture)}};
  return apply_graph(image.graph(), image.node(), known, {isa, unit_width, unit_height, poison});
}

}  // namespace sluice::test
