// Which passes there are, and what each fetches: decided from geometry alone.

#include <oneapi/tbb/info.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

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

// One way to do a pass.
struct Attempt {
  PassPlan pass;
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
  a.pass = std::move(pass);
  return a;
}

// Keeps what is worth it where the budget has room; else recomputes everything.
Attempt attempt_keeping(const PlannedGraph& from, const std::vector<Goal>& goals,
                        const RunOptions& options) {
  KeepingDecision decision = decide_keeping(from, goals, options);
  const auto with = [&](const std::vector<KeptNode>& kept) {
    return attempt(build_pass(from, goals, kept), from.graph, options);
  };
  if (options.debug.keep_seed != 0) return with(decision.kept);
  Attempt best = with({});
  if (!decision.kept.empty()) {
    Attempt keeping = with(decision.kept);
    const bool room = options.memory > 0 || keeping.pass.memory.parts.kept <= kMostKeptBytes;
    const bool pays = best.refused || keeping.work < best.work;
    if (!keeping.refused && room && pays) {
      keeping.least = std::min(keeping.least, best.least);
      keeping.to_spool = best.to_spool;
      best = std::move(keeping);
    } else {
      best.least = std::min(keeping.least, best.least);
      for (PlannedChoice& choice : decision.choices)
        choice.kept = false;
    }
  }
  best.pass.choices = std::move(decision.choices);
  return best;
}

// Whether the rows of `op` follow those of its inputs, from the first to the last.
bool goes_down(const Operation& op, const Node& node, const Graph& graph) {
  const Traits traits = op.traits();
  if (traits.transposes) return false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Rect first = op.needs(static_cast<int>(i), {0, 0, 1, 1});
    const Rect last = op.needs(static_cast<int>(i), {0, op.info().height - 1, 1, 1});
    if (last.y < first.y) return false;
    const std::int64_t height = graph.node(node.inputs[i]).info.height;
    if (traits.edge == Edge::wrap && (first.y < 0 || last.bottom() > height)) return false;
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
    if (!goes_down(*pass.stages.front().operation(slot.node), graph.node(slot.node), graph)) break;
    if (bytes(slot.node) < bytes(best)) best = slot.node;
  }
  return best;
}

NodeId node_to_spool(const PassPlan& pass, const Graph& graph, const RunOptions& options) {
  if (options.spool_folder.empty() || options.keep == Keep::never) return -1;
  if (options.debug.spool) return pass.sources.empty() ? -1 : pass.sources.front().node;
  return pass.heaviest < 0 ? -1 : spool_point(pass, graph, pass.heaviest);
}

// A spool, and the pass that fills it.
struct Filling {
  std::shared_ptr<const Source> source;
  Attempt attempt;
  bool planned = false;  ///< a pass before does it
};

Filling fill_spool(NodeId node, const PlannedGraph& from, const RunOptions& options) {
  const Spool spool = make_spool(from.graph.node(node).info, options.spool_folder,
                                 from.graph.node(node).place.text());
  Filling filling;
  filling.source = spool.source;
  filling.attempt =
      attempt(build_pass(from, {Goal{node, -1, spool.sink}}, {}), from.graph, options);
  filling.attempt.work += kSpoolCost * static_cast<double>(spool.bytes);
  filling.attempt.pass.work = filling.attempt.work;
  filling.attempt.pass.spooled = node;
  filling.attempt.pass.spool_bytes = spool.bytes;
  return filling;
}

// How goals are reached.
struct Choice {
  std::vector<NodeId> spools;  ///< are to be filled before
  Attempt attempt;
  PassPlan tightest;  ///< of all that was tried the pass with the least memory
};

// Plans what computes the goals: one pass, or some that fill spools and one that uses them. What is
// tried, and so the least memory, depends neither on the budget nor on what is filled already.
Choice plan_goals(const PlannedGraph& graph, const std::vector<Goal>& goals,
                  const RunOptions& options, std::map<NodeId, Filling>& fillings) {
  PlannedGraph from = graph;
  Attempt tried = attempt_keeping(from, goals, options);
  Choice choice{{}, tried, tried.pass};
  std::vector<NodeId> spools;
  std::int64_t filling_least = 0;
  double filling_work = 0;
  bool filling_refused = false;
  while (tried.to_spool >= 0 && !from.spooled.contains(tried.to_spool)) {
    const NodeId node = tried.to_spool;
    const auto [found, fresh] = fillings.try_emplace(node);
    if (fresh) found->second = fill_spool(node, graph, options);
    const Filling& filling = found->second;
    spools.push_back(node);
    filling_least = std::max(filling_least, filling.attempt.least);
    filling_refused = filling_refused || filling.attempt.refused;
    if (!filling.planned) filling_work += filling.attempt.work;
    from.spooled[node] = filling.source;
    tried = attempt_keeping(from, goals, options);

    if (const auto least = std::max(filling_least, tried.least); least < choice.attempt.least) {
      choice.attempt.least = least;
      choice.tightest = tried.pass;
    }
    if (filling_refused || tried.refused) continue;
    // Holding in memory what the budget allows is best, unless blocks are decoded again and again,
    // or the spool is there anyway.
    const bool may_pay = choice.attempt.pass.again || filling.planned;
    tried.work += filling_work;
    if (choice.attempt.refused || options.debug.spool ||
        (may_pay && tried.work < choice.attempt.work)) {
      const std::int64_t least = choice.attempt.least;
      choice.spools = spools;
      choice.attempt = tried;
      choice.attempt.least = least;
    }
  }
  return choice;
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
  std::map<NodeId, Filling> fillings;
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
    Choice choice = plan_goals(from, goals, options, fillings);
    if (choice.attempt.refused && (!refused || choice.attempt.least > least))
      refused = choice.tightest;
    least = std::max(least, choice.attempt.least);
    for (const NodeId node : choice.spools) {
      Filling& filling = fillings.at(node);
      if (!std::exchange(filling.planned, true)) passes.push_back(filling.attempt.pass);
    }
    passes.push_back(std::move(choice.attempt.pass));
    for (PassPlan& pass : passes)
      pass.least = least;
  }
  if (passes.empty())
    throw Error(ErrorKind::usage,
                "the graph ends in no sink and no reduction: there is nothing to do");
  if (refused) throw too_little(*refused, least, options.memory);
  return passes;
}

}  // namespace sluice
