// Which passes there are, and what each fetches: decided from geometry alone.

#include <oneapi/tbb/info.h>

#include <algorithm>
#include <map>
#include <optional>

#include "engine/planner/choice.hpp"
#include "engine/planner/keeping.hpp"
#include "engine/planner/pass_builder.hpp"
#include "engine/runtime/spool.hpp"

namespace sluice {

namespace {

// Kept tiles may take this much where there is no budget.
constexpr std::int64_t kMostKeptBytes = std::int64_t{256} << 20;
// Writing and reading back, in bytes copied.
constexpr double kSpoolCost = 4;

// One way to do a pass: its own plan, behind that of the pass that fills a spool for it.
struct Attempt {
  std::vector<PassPlan> passes;
  bool refused = false;  ///< the budget does not hold it
  std::int64_t least = 0;
  double work = 0;
  NodeId to_spool = -1;  ///< the node that is better spooled if memory is short; under any budget
};

NodeId node_to_spool(const PassPlan& pass, const Graph& graph, const RunOptions& options);

Attempt attempt(PassPlan pass, const Graph& graph, const RunOptions& options) {
  Attempt a;
  a.refused = !choose(pass, graph, options);
  a.to_spool = node_to_spool(pass, graph, options);
  a.least = pass.least;
  a.work = pass.work;
  a.passes.push_back(std::move(pass));
  return a;
}

// Keeps what is worth it where the budget has room; else recomputes everything.
Attempt attempt_keeping(const PlannedGraph& from, const std::vector<Goal>& goals,
                        const RunOptions& options) {
  KeepingDecision decision = decide_keeping(from, goals, options);
  Attempt plain;
  const bool forced = options.debug.keep_seed != 0;
  if (!forced) plain = attempt(build_pass(from, goals, {}), from.graph, options);
  if (!decision.kept.empty()) {
    Attempt keeping = attempt(build_pass(from, goals, decision.kept), from.graph, options);
    if (forced) return keeping;
    const std::int64_t least = std::min(plain.least, keeping.least);
    const NodeId to_spool = plain.to_spool;
    const bool room =
        options.memory > 0 || keeping.passes.back().memory.parts.kept <= kMostKeptBytes;
    const bool pays = plain.refused || keeping.work < plain.work;
    if (!keeping.refused && room && pays)
      plain = std::move(keeping);
    else
      for (PlannedChoice& choice : decision.choices)
        choice.kept = false;
    plain.least = least;
    plain.to_spool = to_spool;
  } else if (forced) {
    plain = attempt(build_pass(from, goals, {}), from.graph, options);
  }
  plain.passes.back().choices = std::move(decision.choices);
  plain.passes.back().least = plain.least;
  return plain;
}

// Whether the rows of `op` follow those of its inputs, from the first to the last.
bool goes_down(const Operation& op, std::size_t inputs) {
  if (op.traits().transposes) return false;
  for (std::size_t i = 0; i < inputs; ++i) {
    const Rect first = op.needs(static_cast<int>(i), {0, 0, 1, 1});
    const Rect last = op.needs(static_cast<int>(i), {0, op.info().height - 1, 1, 1});
    if (last.y < first.y) return false;
  }
  return true;
}

// The node to spool for a source that is held in memory: of those between it and the first
// operation that asks out of order, the smallest.
NodeId spool_point(const PassPlan& pass, const Graph& graph, NodeId source) {
  if (pass.goals != 1) return source;
  const std::vector<Slot>& slots = pass.stages.front().slots();
  std::vector<int> user(slots.size(), -1);
  int at = -1;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    for (const int input : slots[i].inputs)
      user[static_cast<std::size_t>(input)] = static_cast<int>(i);
    if (slots[i].blocks != source) continue;
    if (at >= 0) return source;  // several ways lead to it
    at = static_cast<int>(i);
  }
  if (at < 0) return source;
  const auto bytes = [&](NodeId id) {
    const ImageInfo& info = graph.node(id).info;
    return static_cast<double>(info.width) * static_cast<double>(info.height) * info.channels() *
           static_cast<double>(size_of(info.type));
  };
  NodeId best = slots[static_cast<std::size_t>(at)].node;  // the source, or a part of it
  while (at >= 0 && (at = user[static_cast<std::size_t>(at)]) >= 0) {
    const Slot& slot = slots[static_cast<std::size_t>(at)];
    if (!goes_down(*pass.stages.front().operation(slot.node), slot.inputs.size())) break;
    if (bytes(slot.node) < bytes(best)) best = slot.node;
  }
  return best;
}

NodeId node_to_spool(const PassPlan& pass, const Graph& graph, const RunOptions& options) {
  if (options.spool_folder.empty() || options.keep == Keep::never) return -1;
  if (options.debug.spool) return pass.sources.empty() ? -1 : pass.sources.front().node;
  return pass.held < 0 ? -1 : spool_point(pass, graph, pass.held);
}

// A node that an earlier pass writes to a temporary file.
struct Filled {
  std::shared_ptr<const Source> source;
  std::int64_t least = 0;  ///< memory of the pass that writes it
};

// Plans what computes the goals: one pass, or one that fills a spool and one that uses it. What is
// tried, and so the least memory, depends neither on the budget nor on what is filled already.
Attempt attempt_spooling(const PlannedGraph& from, const std::vector<Goal>& goals,
                         const RunOptions& options, std::map<NodeId, Filled>& filled) {
  Attempt direct = attempt_keeping(from, goals, options);
  const NodeId node = direct.to_spool;
  if (node < 0) return direct;

  const auto known = filled.find(node);
  Attempt filling;
  Filled spooled;
  if (known != filled.end()) {
    spooled = known->second;
  } else {
    const Spool spool = make_spool(from.graph.node(node).info, options.spool_folder,
                                   from.graph.node(node).place.text());
    filling = attempt(build_pass(from, {Goal{node, -1, spool.sink}}, {}), from.graph, options);
    filling.passes.back().spooled = node;
    filling.passes.back().spool_bytes = spool.bytes;
    filling.work += kSpoolCost * static_cast<double>(spool.bytes);
    spooled = {spool.source, filling.least};
  }
  PlannedGraph with = from;
  with.spooled[node] = spooled.source;
  Attempt using_it = attempt_keeping(with, goals, options);

  const std::int64_t least = std::min(direct.least, std::max(spooled.least, using_it.least));
  const double work = filling.work + using_it.work;
  // Holding in memory what the budget allows is best, unless blocks are decoded again and again.
  const bool again = direct.passes.back().again || known != filled.end();
  const bool better = direct.refused || (again && work < direct.work) || options.debug.spool;
  if (better && !filling.refused && !using_it.refused) {
    direct.passes = std::move(filling.passes);
    direct.passes.push_back(std::move(using_it.passes.back()));
    direct.refused = false;
    direct.work = work;
    filled.emplace(node, spooled);
  }
  direct.least = least;
  for (PassPlan& p : direct.passes)
    p.least = least;
  return direct;
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
  PlannedGraph from{graph, std::make_shared<std::vector<std::shared_ptr<const Operation>>>(), {}};
  for (const Node& node : graph.nodes())
    from.operations->push_back(node.operation);
  std::vector<PassPlan> passes;
  std::map<NodeId, Filled> filled;
  // A budget is refused with the least that all passes would do with, not the first one's.
  std::optional<PassPlan> refused;
  std::int64_t least = 0;
  for (int p = 0; p <= *std::max_element(pass_of.begin(), pass_of.end()); ++p) {
    std::vector<Goal> goals;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id)
      if (const Node& node = graph.node(id);
          pass_of[static_cast<std::size_t>(id)] == p && (node.sink || node.reduction))
        goals.push_back({node.inputs.at(0), id, node.sink});
    if (goals.empty()) continue;
    Attempt plan = attempt_spooling(from, goals, options, filled);
    if (plan.refused && (!refused || plan.least > least)) refused = plan.passes.back();
    least = std::max(least, plan.least);
    for (PassPlan& pass : plan.passes)
      passes.push_back(std::move(pass));
  }
  if (passes.empty())
    throw Error(ErrorKind::usage,
                "the graph ends in no sink and no reduction: there is nothing to do");
  if (refused) throw too_little(*refused, least, options.memory);
  return passes;
}

}  // namespace sluice
