#include "engine/planner/graph_memory.hpp"

#include <algorithm>
#include <vector>

#include "engine/result_count.hpp"

namespace sluice {

namespace {

// Measured as what was resident over chains of 100 to 600 times percentile and stretch, and over
// images of 65,535 bands.
// A node: in the caller's graph and in the rewritten one, with its step's options and operation.
constexpr std::int64_t kNode = 4 << 10;
// A step of one pass: its slot in the stage, and its line in the plan, of which a caller may hold
// copies.
constexpr std::int64_t kStepOfPass = 1200;
// A late number of a node, with the link of the chain that a table was made of, and its place in
// the plan's text.
constexpr std::int64_t kLate = 192;
// A result: in the graph, in the report, and once more while one of them is made.
constexpr std::int64_t kNumber = 4 * sizeof(double);

/// Steps that the stage ending in each node goes through: one a way, up to what a stage may have.
std::vector<std::int64_t> steps_of(const Graph& graph) {
  constexpr std::int64_t kMost = 4096;
  std::vector<std::int64_t> steps(graph.nodes().size(), 1);
  for (std::size_t id = 0; id < steps.size(); ++id)
    for (const NodeId input : graph.nodes()[id].inputs)
      steps[id] = std::min(kMost, steps[id] + steps[static_cast<std::size_t>(input)]);
  return steps;
}

}  // namespace

std::int64_t standing_bytes(const Graph& graph) {
  const std::vector<std::int64_t> steps = steps_of(graph);
  std::int64_t sum = 0;
  for (std::size_t id = 0; id < steps.size(); ++id) {
    const Node& node = graph.nodes()[id];
    sum += kNode + kLate * static_cast<std::int64_t>(node.late.size());
    if (node.reduction) sum += kNumber * result_count(node);
    if (node.reduction || node.sink) sum += kStepOfPass * steps[id];
  }
  return sum;
}

}  // namespace sluice
