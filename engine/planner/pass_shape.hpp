// What a pass computes and where it fetches pixels: known before any choice is made.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/graph.hpp"
#include "engine/planner/stage.hpp"

namespace sluice {

using Operations = std::vector<std::shared_ptr<const Operation>>;

/// A node whose tiles are kept, and why.
struct KeptNode {
  NodeId node = -1;
  std::int64_t tile_width = 0, tile_height = 0;
  std::string why;
};

/// Where units fetch pixels, in blocks that are there as long as units use them.
struct Supply {
  /// Decoded blocks of a source of the graph, or of a temporary file that an earlier pass has
  /// filled.
  struct Decoded {
    std::shared_ptr<const Source> source;
    bool spool = false;
  };
  /// Tiles of a kept node, which a stage of the same pass computes.
  struct Kept {
    int stage = -1;
    std::string why;
  };

  NodeId node = -1;
  std::variant<Decoded, Kept> from;
  BlockGrid grid;
  std::int64_t block_bytes = 0;  ///< of one block in memory

  const Decoded* decoded() const { return std::get_if<Decoded>(&from); }
  const Kept* kept() const { return std::get_if<Kept>(&from); }
  bool in_order() const { return decoded() && decoded()->source->in_order(); }
};

/// The stages of a pass: those with a goal first, then those that compute kept tiles, users before
/// what they use.
struct PassShape {
  /// Bound operations by node; late ones are replaced when their values are known.
  std::shared_ptr<Operations> operations;
  std::vector<Stage> stages;
  int goals = 0;  ///< how many stages have a goal: a sink, a reduction, a spool
  std::vector<Supply> supplies;
  std::vector<int> supply_of_node;  ///< index into supplies, -1 for other nodes

  const Supply& supply_of(NodeId node) const {
    return supplies[static_cast<std::size_t>(supply_of_node[static_cast<std::size_t>(node)])];
  }
  /// Of a stage that computes kept tiles: the supply that they are.
  int made_by(int stage) const {
    return supply_of_node[static_cast<std::size_t>(
        stages[static_cast<std::size_t>(stage)].root().node)];
  }
  bool is_goal(int stage) const { return stage < goals; }
  bool keeps() const { return stages.size() > static_cast<std::size_t>(goals); }
};

/// What all passes of a graph share.
struct PlannedGraph {
  const Graph& graph;
  const Windows& windows;
  std::shared_ptr<Operations> operations;
  /// Nodes that an earlier pass has written to a temporary file, and how to read them back.
  std::map<NodeId, std::shared_ptr<const Source>> spooled;
  /// What sinks hold for themselves, and the indexes of sources: once a pass has used them, they
  /// stay until the run ends.
  std::int64_t held_bytes = 0;
  std::int64_t metadata_bytes = 0;
  /// What the graph itself takes beside every pass: graph_memory.
  std::int64_t standing_bytes = 0;
};

/// PlannedGraph::held_bytes for all that a sink or reduction of the graph needs.
std::int64_t held_by(const Graph& graph);

/// The shape of a pass with these goals. Kept nodes that nothing reaches are left out.
std::shared_ptr<const PassShape> shape_of(const PlannedGraph& from, const std::vector<Goal>& goals,
                                          const std::vector<KeptNode>& kept);

/// The grid of a stage that computes kept tiles: each tile is a unit.
UnitGrid tile_units(const BlockGrid& tiles);

/// Memory of one block of pixels like those of `info`.
std::int64_t block_tile_bytes(const BlockGrid& grid, const ImageInfo& info);

}  // namespace sluice
