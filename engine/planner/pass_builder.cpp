#include "engine/planner/pass_builder.hpp"

#include <algorithm>

namespace sluice {

namespace {

SourcePlan kept_tiles(const Graph& graph, const KeptNode& kept) {
  const ImageInfo& info = graph.node(kept.node).info;
  SourcePlan s;
  s.node = kept.node;
  s.grid = {info.width, info.height, kept.tile_width, kept.tile_height};
  s.why = kept.why;
  return s;
}

// Nodes whose operations ask for it (Traits::always_kept) are kept beside the chosen ones.
std::vector<KeptNode> with_always_kept(const PlannedGraph& from, std::vector<KeptNode> kept) {
  for (NodeId id = 0; id < static_cast<NodeId>(from.graph.nodes().size()); ++id) {
    const auto& operation = (*from.operations)[static_cast<std::size_t>(id)];
    if (!operation || from.spooled.contains(id)) continue;
    const Traits traits = operation->traits();
    if (!traits.always_kept) continue;
    std::erase_if(kept, [&](const KeptNode& k) { return k.node == id; });
    kept.push_back({id, traits.kept_width, traits.kept_height,
                    "each of its samples is made of many of its input's"});
  }
  return kept;
}

SourcePlan blocks_of_source(NodeId node, std::shared_ptr<const Source> source) {
  SourcePlan s;
  s.node = node;
  s.grid = source->grid();
  s.in_order = source->in_order();
  s.source = std::move(source);
  return s;
}

void fit_to_tiles(Stage& stage, const BlockGrid& tiles) {
  UnitGrid grid;
  grid.width = tiles.image_width, grid.height = tiles.image_height;
  grid.unit_width = grid.cell_width = tiles.block_width;
  grid.unit_height = grid.cell_height = tiles.block_height;
  stage.fit(grid);
}

}  // namespace

PassPlan build_pass(const PlannedGraph& from, const std::vector<Goal>& goals,
                    const std::vector<KeptNode>& chosen) {
  const std::vector<KeptNode> kept = with_always_kept(from, chosen);
  PassPlan pass;
  pass.operations = from.operations;
  pass.goals = static_cast<int>(goals.size());
  pass.source_of_node.assign(from.graph.nodes().size(), -1);
  std::set<NodeId> leaves;
  for (const auto& [node, source] : from.spooled)
    leaves.insert(node);
  for (const KeptNode& k : kept)
    leaves.insert(k.node);
  for (const Goal& goal : goals)
    pass.stages.emplace_back(from.graph, std::span(*from.operations), leaves, goal);

  const auto add_leaves_of = [&](const Stage& stage) {
    for (const Slot& slot : stage.slots()) {
      if (!slot.leaf) continue;
      int& index = pass.source_of_node[static_cast<std::size_t>(slot.blocks)];
      if (index >= 0) continue;
      index = static_cast<int>(pass.sources.size());
      const auto is_kept = std::find_if(kept.begin(), kept.end(),
                                        [&](const KeptNode& k) { return k.node == slot.blocks; });
      const auto spooled = from.spooled.find(slot.blocks);
      pass.sources.push_back(
          is_kept != kept.end() ? kept_tiles(from.graph, *is_kept)
          : spooled != from.spooled.end()
              ? blocks_of_source(slot.blocks, spooled->second)
              : blocks_of_source(slot.blocks, from.graph.node(slot.blocks).source));
      pass.sources.back().block_bytes =
          block_tile_bytes(pass.sources.back().grid, from.graph.node(slot.blocks).info);
    }
  };
  for (int s = 0; s < pass.goals; ++s)
    add_leaves_of(pass.stages[static_cast<std::size_t>(s)]);
  // Users stand before what they use: a node's inputs have smaller numbers.
  for (auto node = static_cast<NodeId>(from.graph.nodes().size()) - 1; node >= 0; --node) {
    const int index = pass.source_of_node[static_cast<std::size_t>(node)];
    if (index < 0 || pass.sources[static_cast<std::size_t>(index)].source) continue;
    pass.sources[static_cast<std::size_t>(index)].stage = static_cast<int>(pass.stages.size());
    pass.stages.emplace_back(from.graph, std::span(*from.operations), leaves,
                             Goal{node, -1, nullptr});
    fit_to_tiles(pass.stages.back(), pass.sources[static_cast<std::size_t>(index)].grid);
    add_leaves_of(pass.stages.back());
  }
  return pass;
}

}  // namespace sluice
