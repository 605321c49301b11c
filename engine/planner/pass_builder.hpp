// Puts a pass together: its goals, the nodes it keeps, what it fetches.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// A node whose tiles are kept, and why.
struct KeptNode {
  NodeId node = -1;
  std::int64_t tile_width = 0, tile_height = 0;
  std::string why;
};

/// What all passes of a graph share.
struct PlannedGraph {
  const Graph& graph;
  std::shared_ptr<std::vector<std::shared_ptr<const Operation>>> operations;
  /// Nodes that an earlier pass has written to a temporary file, and how to read them back.
  std::map<NodeId, std::shared_ptr<const Source>> spooled;
};

/// The stages and sources of a pass with these goals, which keeps `chosen` and the nodes that are
/// always kept (Traits::always_kept). Kept nodes that nothing reaches are left out. Units, travel
/// and credits are still to be chosen.
PassPlan build_pass(const PlannedGraph& from, const std::vector<Goal>& goals,
                    const std::vector<KeptNode>& chosen);

}  // namespace sluice
