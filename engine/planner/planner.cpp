// Which passes there are, and what each fetches: decided from geometry alone.

#include <oneapi/tbb/info.h>

#include <algorithm>
#include <optional>

#include "engine/planner/choice.hpp"
#include "engine/planner/pass_plan.hpp"

namespace sluice {

namespace {

void add_sources(PassPlan& pass, const Graph& graph) {
  pass.source_of_node.assign(graph.nodes().size(), -1);
  for (const Stage& stage : pass.stages)
    for (const Slot& slot : stage.slots()) {
      const Node& node = graph.node(slot.node);
      int& index = pass.source_of_node[static_cast<std::size_t>(slot.node)];
      if (!slot.leaf || index >= 0) continue;
      index = static_cast<int>(pass.sources.size());
      SourcePlan s;
      s.node = slot.node;
      s.source = node.source;
      s.grid = node.source->grid();
      s.in_order = node.source->in_order();
      s.block_bytes = block_tile_bytes(s.grid, node.info);
      pass.sources.push_back(std::move(s));
    }
}

}  // namespace

int thread_count(const RunOptions& options) {
  return options.threads > 0 ? options.threads : oneapi::tbb::info::default_concurrency();
}

std::vector<int> passes_of(const Graph& graph) {
  std::vector<int> pass(graph.nodes().size(), 0);
  for (std::size_t id = 0; id < pass.size(); ++id) {
    const Node& node = graph.nodes()[id];
    for (const NodeId input : node.inputs)
      pass[id] = std::max(pass[id], pass[static_cast<std::size_t>(input)]);
    for (const LateRef& ref : node.late)
      pass[id] = std::max(pass[id], pass[static_cast<std::size_t>(ref.node)] + 1);
  }
  return pass;
}

std::vector<PassPlan> plan_passes(const Graph& graph, const RunOptions& options) {
  const std::vector<int> pass_of = passes_of(graph);
  auto operations = std::make_shared<std::vector<std::shared_ptr<const Operation>>>();
  for (const Node& node : graph.nodes())
    operations->push_back(node.operation);
  std::vector<PassPlan> passes;
  for (int p = 0; p <= *std::max_element(pass_of.begin(), pass_of.end()); ++p) {
    PassPlan pass;
    const std::set<NodeId> leaves;
    pass.operations = operations;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id)
      if (pass_of[static_cast<std::size_t>(id)] == p &&
          (graph.node(id).sink || graph.node(id).reduction))
        pass.stages.emplace_back(graph, std::span(*operations), leaves,
                                 Goal{graph.node(id).inputs.at(0), id, graph.node(id).sink});
    pass.goals = static_cast<int>(pass.stages.size());
    if (pass.stages.empty()) continue;
    add_sources(pass, graph);
    passes.push_back(std::move(pass));
  }
  if (passes.empty())
    throw Error(ErrorKind::usage,
                "the graph ends in no sink and no reduction: there is nothing to do");
  // A budget is refused with the least that all passes would do with, not the first one's.
  std::optional<Error> refused;
  std::int64_t least = 0;
  for (PassPlan& pass : passes) {
    try {
      choose(pass, graph, options);
    } catch (Error& error) {
      if (error.kind() != ErrorKind::memory) throw;
      if (!refused || pass.least > least) refused = error;
    }
    least = std::max(least, pass.least);
  }
  if (refused) throw *refused;
  return passes;
}

}  // namespace sluice
