// Nodes that became parts of a source's image.
#pragma once

#include <cstdint>
#include <map>

#include "engine/graph.hpp"

namespace sluice {

/// The image of a node is a part of that of the node `source`, from the pixel (x, y) on, in the
/// size of the node's own. Both nodes have the same Source.
struct Window {
  NodeId source = -1;
  std::int64_t x = 0, y = 0;
};

/// By node. Nodes that are not here show the whole image.
using Windows = std::map<NodeId, Window>;

}  // namespace sluice
