#include "engine/planner/pass_shape.hpp"

namespace sluice {

namespace {

class Builder {
 public:
  Builder(const PlannedGraph& from, const std::vector<KeptNode>& kept) : from_(from) {
    for (const auto& [node, source] : from.spooled)
      leaves_.insert(node);
    for (const KeptNode& k : kept) {
      leaves_.insert(k.node);
      kept_[k.node] = &k;
    }
    shape_.operations = from.operations;
    shape_.supply_of_node.assign(from.graph.nodes().size(), -1);
  }

  PassShape build(const std::vector<Goal>& goals) {
    shape_.goals = static_cast<int>(goals.size());
    for (const Goal& goal : goals)
      add_stage(goal);
    // Users stand before what they use: a node's inputs have smaller numbers.
    for (auto node = static_cast<NodeId>(from_.graph.nodes().size()) - 1; node >= 0; --node) {
      const int index = shape_.supply_of_node[static_cast<std::size_t>(node)];
      if (index < 0 || !shape_.supplies[static_cast<std::size_t>(index)].kept()) continue;
      std::get<Supply::Kept>(shape_.supplies[static_cast<std::size_t>(index)].from).stage =
          static_cast<int>(shape_.stages.size());
      add_stage(Goal{node, -1, nullptr});
    }
    return std::move(shape_);
  }

 private:
  void add_stage(const Goal& goal) {
    shape_.stages.emplace_back(from_.graph, std::span(*from_.operations), from_.windows, leaves_,
                               goal);
    for (const Slot& slot : shape_.stages.back().slots()) {
      if (!slot.leaf) continue;
      int& index = shape_.supply_of_node[static_cast<std::size_t>(slot.blocks)];
      if (index >= 0) continue;
      index = static_cast<int>(shape_.supplies.size());
      shape_.supplies.push_back(supply(slot.blocks));
    }
  }

  Supply supply(NodeId node) const {
    const ImageInfo& info = from_.graph.node(node).info;
    Supply s{node, Supply::Kept{}, {}, 0};
    if (const auto kept = kept_.find(node); kept != kept_.end()) {
      s.from = Supply::Kept{-1, kept->second->why};
      s.grid = {info.width, info.height, kept->second->tile_width, kept->second->tile_height};
    } else if (const auto spool = from_.spooled.find(node); spool != from_.spooled.end()) {
      s.from = Supply::Decoded{spool->second, true};
      s.grid = spool->second->grid();
    } else {
      const auto& source = from_.graph.node(node).source;
      s.from = Supply::Decoded{source, false};
      s.grid = source->grid();
    }
    s.block_bytes = block_tile_bytes(s.grid, info);
    return s;
  }

  const PlannedGraph& from_;
  std::set<NodeId> leaves_;
  std::map<NodeId, const KeptNode*> kept_;
  PassShape shape_;
};

}  // namespace

std::shared_ptr<const PassShape> shape_of(const PlannedGraph& from, const std::vector<Goal>& goals,
                                          const std::vector<KeptNode>& kept) {
  return std::make_shared<const PassShape>(Builder(from, kept).build(goals));
}

std::int64_t held_by(const Graph& graph) {
  std::vector<bool> needed(graph.nodes().size(), false);
  std::set<const Source*> seen;
  std::int64_t bytes = 0;
  for (std::size_t id = needed.size(); id-- > 0;) {
    const Node& node = graph.nodes()[id];
    if (node.sink) bytes += node.sink->held_bytes();
    if (!needed[id] && !node.sink && !node.reduction) continue;
    if (node.source && seen.insert(node.source.get()).second) bytes += node.source->index_bytes();
    for (const NodeId input : node.inputs)
      needed[static_cast<std::size_t>(input)] = true;
  }
  return bytes;
}

UnitGrid tile_units(const BlockGrid& tiles) {
  UnitGrid grid;
  grid.width = tiles.image_width, grid.height = tiles.image_height;
  grid.unit_width = grid.cell_width = tiles.block_width;
  grid.unit_height = grid.cell_height = tiles.block_height;
  return grid;
}

std::int64_t block_tile_bytes(const BlockGrid& grid, const ImageInfo& info) {
  return tile_layout(std::min(grid.block_width, grid.image_width),
                     std::min(grid.block_height, grid.image_height), info.type, info.channels(),
                     info.validity_planes())
      .bytes;
}

}  // namespace sluice
