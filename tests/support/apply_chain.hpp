// An image's chain of operations driven without the engine, node by node.
#pragma once

#include "engine/graph.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// The picture as an image of a new graph.
inline Image image_of(const Picture& picture) {
  return add_source(Graph::make(), picture_source(picture));
}

/// All pixels of `image`, a chain of operations with one input each behind image_of(picture).
inline Picture apply_chain(const Image& image, Picture picture, Isa isa, std::int64_t unit_width,
                           std::int64_t unit_height, int poison = 0xA5) {
  std::vector<NodeId> chain;
  for (NodeId id = image.node(); image.graph().node(id).operation;
       id = image.graph().node(id).inputs.at(0))
    chain.push_back(id);
  for (auto id = chain.rbegin(); id != chain.rend(); ++id)
    picture = apply(*image.graph().node(*id).operation, std::span(&picture, 1), isa, unit_width,
                    unit_height, poison);
  return picture;
}

}  // namespace sluice::test
