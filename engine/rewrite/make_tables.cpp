// Pointwise operations behind 8-bit samples as one table.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/rewrite/rewrite.hpp"
#include "engine/rewrite/table.hpp"

namespace sluice {

namespace {

/// The longest chain of pointwise operations that ends in node `last` and begins behind 8-bit
/// samples, first operation first; empty where there is none.
std::vector<NodeId> chain_to(const Graph& graph, NodeId last) {
  std::vector<NodeId> chain;
  std::size_t longest = 0;
  for (NodeId id = last;;) {
    const Node& node = graph.node(id);
    if (!node.operation || node.inputs.size() != 1 ||
        node.operation->traits().reach != Reach::sample)
      break;
    const ImageInfo& input = graph.node(node.inputs[0]).info;
    if (input.validity != node.info.validity || input.channels() != node.info.channels()) break;
    chain.push_back(id);
    if (size_of(input.type) == 1) longest = chain.size();
    id = node.inputs[0];
  }
  chain.resize(longest);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

/// Whether a table takes less time than the chain, by their declared costs, and stays small.
bool pays(const Graph& graph, const std::vector<NodeId>& chain) {
  const ImageInfo& result = graph.node(chain.back()).info;
  const std::size_t bytes = size_of(result.type);
  if (result.channels() > most_table_channels(bytes)) return false;
  double cost = 0;
  for (const NodeId id : chain) {
    const Node& node = graph.node(id);
    cost += node.operation->traits().cost * static_cast<double>(size_of(node.info.type));
  }
  return cost > table_cost(bytes) * static_cast<double>(bytes);
}

/// An operation of the chain, before or after its late numbers are known.
struct Link {
  std::shared_ptr<const Operation> operation;
  OperationFactory factory;  ///< where it has late numbers
  ImageInfo input;
  StepPlace place;
};
/// By node: what chains have in common is held once.
using Links = std::map<NodeId, std::shared_ptr<const Link>>;

std::shared_ptr<const Operation> bound(const Link& link, const LateValues* late) {
  if (!late || !link.factory) return link.operation;
  try {
    return link.factory({&link.input, 1}, *late);
  } catch (...) {
    throw Error(current_error().at_step(link.place.text()));
  }
}

std::shared_ptr<const Operation> table_of(const std::vector<std::shared_ptr<const Link>>& links,
                                          const LateValues* late, Isa isa) {
  std::vector<std::shared_ptr<const Operation>> operations;
  for (const auto& link : links)
    operations.push_back(bound(*link, late));
  return make_table(links.front()->input, operations, isa);
}

void replace(Graph& graph, const std::vector<NodeId>& chain, Links& known, Isa isa) {
  std::vector<std::shared_ptr<const Link>> links;
  std::vector<LateRef> late;
  for (const NodeId id : chain) {
    const Node& node = graph.node(id);
    std::shared_ptr<const Link>& link = known[id];
    if (!link)
      link = std::make_shared<const Link>(
          Link{node.operation, node.factory, graph.node(node.inputs[0]).info, node.place});
    links.push_back(link);
    late.insert(late.end(), node.late.begin(), node.late.end());
  }
  Node& node = graph.node(chain.back());
  node.inputs = graph.node(chain.front()).inputs;
  node.operation = table_of(links, nullptr, isa);
  node.late = std::move(late);
  node.factory = nullptr;
  if (!node.late.empty())
    node.factory = [links = std::move(links), isa](std::span<const ImageInfo>,
                                                   const LateValues& values) {
      return table_of(links, &values, isa);
    };
}

}  // namespace

void make_tables(RewrittenGraph& to, Isa isa) {
  Graph& graph = *to.graph;
  Links links;
  std::vector<bool> needed(graph.nodes().size(), false);
  // From the ends: a chain is found whole before any part of it is looked at.
  for (auto id = static_cast<NodeId>(graph.nodes().size()) - 1; id >= 0; --id) {
    const auto index = static_cast<std::size_t>(id);
    const Node& node = graph.node(id);
    if (node.sink || node.reduction) needed[index] = true;
    if (!needed[index]) continue;
    if (const std::vector<NodeId> chain = chain_to(graph, id);
        !chain.empty() && pays(graph, chain)) {
      to.rewrites.push_back(
          {"table",
           fmt::format("{} as one table of 256 entries{}", steps_text(graph, chain),
                       node.info.channels() > 1
                           ? fmt::format(" for each of {} channels", node.info.channels())
                           : ""),
           chain});
      replace(graph, chain, links, isa);
    }
    for (const NodeId input : graph.node(id).inputs)
      needed[static_cast<std::size_t>(input)] = true;
  }
}

}  // namespace sluice
