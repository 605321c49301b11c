// Which passes there are, and what each keeps: decided from geometry alone.

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "engine/planner/choice.hpp"
#include "engine/planner/graph_memory.hpp"
#include "engine/planner/headers.hpp"
#include "engine/planner/keeping.hpp"
#include "engine/rewrite/rewrite.hpp"
#include "engine/spool.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

namespace {

// Writing and reading back, in bytes copied.
constexpr double kSpoolCost = 4;
// More ways to reach the goals are tried when the least memory of the first is more than this.
constexpr std::int64_t kLittleMemory = 16 << 20;

// One way to reach some goals: the passes, if the budget holds them all.
struct Way {
  std::vector<PassPlan> passes;
  bool refused = true;
  int threads = 0;         ///< of the pass that keeps fewest busy
  double price = 0;        ///< of all passes; see ChosenPass
  std::int64_t least = 0;  ///< the smallest budget that would do, under any budget
  NodeId heaviest = -1;    ///< see ChosenPass
  std::string why;         ///< what a refusal says beside the figure
  NodeId named = -1;       ///< the node whose step stands for the way in messages

  bool better_than(const Way& other) const {
    if (refused || other.refused) return other.refused && !refused;
    return threads != other.threads ? threads > other.threads : price < other.price;
  }
};

// Both, one after the other.
Way followed_by(Way first, Way second) {
  const bool tighter = second.least >= first.least;
  first.refused = first.refused || second.refused;
  first.threads = std::min(first.threads, second.threads);
  first.price += second.price;
  for (PassPlan& pass : second.passes)
    first.passes.push_back(std::move(pass));
  if (!tighter) return first;
  first.least = second.least;
  first.heaviest = second.heaviest;
  first.why = std::move(second.why);
  first.named = second.named;
  return first;
}

// Takes `other` where it is better. The least memory is that of the more frugal in any case.
void take_better(Way& best, Way other) {
  const bool less = other.least < best.least;
  const std::int64_t least = std::min(other.least, best.least);
  const NodeId heaviest = less ? other.heaviest : best.heaviest;
  const std::string why = less ? other.why : best.why;
  const NodeId named = less ? other.named : best.named;
  if (other.better_than(best)) best = std::move(other);
  best.least = least;
  best.heaviest = heaviest;
  best.why = why;
  best.named = named;
}

class GoalPlanner {
 public:
  GoalPlanner(const PlannedGraph& from, const RunOptions& options)
      : from_(from), options_(options) {}

  // One pass for all goals.
  Way together(const std::vector<Goal>& goals) const {
    const std::vector<KeptNode> must = must_keep(from_, goals);
    KeepingDecision decision = decide_keeping(from_, goals, must, options_);
    if (hooks_of(options_).keep_seed != 0) return with(goals, decision.kept);
    Way best = with(goals, must);
    const auto try_keeping = [&](const std::vector<KeptNode>& kept) {
      if (kept.size() == must.size()) return false;
      Way keeping = with(goals, kept);
      const bool measured = best.refused || keeps_with_measure(best, keeping);
      if (!measured) keeping.refused = true;
      const bool taken = keeping.better_than(best);
      take_better(best, std::move(keeping));
      return taken;
    };
    if (options_.keep != Keep::never) try_keeping(cut_chains(from_, goals, must));
    const bool kept = try_keeping(decision.kept);
    for (PlannedChoice& choice : decision.choices)
      choice.kept = choice.kept && kept;
    for (PassPlan& pass : best.passes)
      pass.choices = decision.choices;
    return best;
  }

 private:
  Way with(const std::vector<Goal>& goals, const std::vector<KeptNode>& kept) const {
    ChosenPass chosen = choose(shape_of(from_, goals, kept), from_, options_);
    Way way;
    way.refused = !chosen.plan;
    way.price = chosen.price;
    way.least = chosen.least;
    way.heaviest = chosen.heaviest;
    way.why = std::move(chosen.why);
    way.named = goals.front().target < 0 ? goals.front().root : goals.front().target;
    if (!chosen.plan) return way;
    way.threads = chosen.plan->threads;
    way.passes.push_back(std::move(*chosen.plan));
    return way;
  }

  // What is not much faster may not take much more memory.
  bool keeps_with_measure(const Way& recomputed, const Way& kept) const {
    constexpr std::int64_t kMostWithoutBudget = 64 << 20, kMostForMuch = std::int64_t{256} << 20;
    constexpr double kMuchFaster = 0.7;
    if (kept.refused) return true;
    const bool much = kept.passes.front().work < kMuchFaster * recomputed.passes.front().work;
    const std::int64_t more =
        kept.passes.front().memory.parts.kept - recomputed.passes.front().memory.parts.kept;
    if (options_.memory <= 0) return more <= (much ? kMostForMuch : kMostWithoutBudget);
    return much || more <= std::max(kMostWithoutBudget / 8, options_.memory / 8);
  }

  const PlannedGraph& from_;
  const RunOptions& options_;
};

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
NodeId spool_point(const PassShape& shape, const Graph& graph, NodeId source) {
  if (shape.goals != 1) return source;
  const std::vector<Slot>& slots = shape.stages.front().slots();
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
    if (!goes_down(*shape.stages.front().operation(slot.node), graph.node(slot.node), graph)) break;
    if (bytes(slot.node) < bytes(best)) best = slot.node;
  }
  return best;
}

// A spool, and the way to fill it.
struct Filling {
  std::shared_ptr<const Source> source;
  Way way;
  bool planned = false;  ///< a pass before does it
};

// Plans what computes the goals: one pass; one for each goal; or some that fill spools and one that
// uses them. What is tried, and so the least memory, depends neither on the budget nor on what is
// filled already.
class PassesPlanner {
 public:
  PassesPlanner(const PlannedGraph& graph, const RunOptions& options)
      : graph_(graph), options_(options) {}

  struct Planned {
    Way way;
    std::vector<NodeId> spools;  ///< are to be filled before, in this order
  };

  Planned plan(const std::vector<Goal>& goals) {
    Planned best{GoalPlanner(graph_, options_).together(goals), {}};
    if (goals.size() > 1 && best.way.least > kLittleMemory && hooks_of(options_).keep_seed == 0)
      take_better(best.way, singly(goals));
    if (options_.spool_folder.empty() || options_.keep == Keep::never) return best;
    try_spools_of_sources(goals, best);
    if (best.way.least > kLittleMemory) try_spools_in_chains(goals, best);
    return best;
  }

  Filling& filling(NodeId node) { return fillings_.at(node); }

 private:
  Way singly(const std::vector<Goal>& goals) const {
    std::optional<Way> all;
    for (const Goal& goal : goals) {
      Way one = GoalPlanner(graph_, options_).together({goal});
      all = all ? followed_by(std::move(*all), std::move(one)) : std::move(one);
    }
    return std::move(*all);
  }

  // What is held in memory, as it comes in another order than it is used in.
  void try_spools_of_sources(const std::vector<Goal>& goals, Planned& best) {
    PlannedGraph from = graph_;
    std::vector<NodeId> spools;
    NodeId node = source_to_spool(goals, best.way);
    while (node >= 0 && !from.spooled.contains(node)) {
      spools.push_back(node);
      fill(node, graph_);
      from.spooled[node] = fillings_.at(node).source;
      node = consider(from, goals, spools, best);
    }
  }

  // Where halos add up.
  void try_spools_in_chains(const std::vector<Goal>& goals, Planned& best) {
    std::vector<NodeId> cuts;
    const std::vector<KeptNode> must = must_keep(graph_, goals);
    const std::vector<KeptNode> all = cut_chains(graph_, goals, must);
    for (auto kept = all.begin() + static_cast<std::ptrdiff_t>(must.size()); kept != all.end();
         ++kept)
      cuts.push_back(kept->node);
    if (cuts.empty()) return;
    std::sort(cuts.begin(), cuts.end());
    PlannedGraph from = graph_;
    for (const NodeId node : cuts) {
      fill(node, from);
      from.spooled[node] = fillings_.at(node).source;
    }
    consider(from, goals, cuts, best);
  }

  void fill(NodeId node, const PlannedGraph& from) {
    const auto [found, fresh] = fillings_.try_emplace(node);
    if (!fresh) return;
    const Node& filled = graph_.graph.node(node);
    const Spool spool = make_spool(filled.info, options_.spool_folder, filled.place.text());
    Filling& filling = found->second;
    filling.source = spool.source;
    filling.way = GoalPlanner(from, options_).together({Goal{node, -1, spool.sink}});
    filling.way.price += kSpoolCost * static_cast<double>(spool.bytes);
    filling.way.named = node;
    for (PassPlan& pass : filling.way.passes) {
      pass.work += kSpoolCost * static_cast<double>(spool.bytes);
      pass.spooled = node;
      pass.spool_bytes = spool.bytes;
    }
  }

  // Takes the way through the spools where it is better; gives a further source to spool.
  NodeId consider(const PlannedGraph& from, const std::vector<Goal>& goals,
                  const std::vector<NodeId>& spools, Planned& best) {
    Way last = GoalPlanner(from, options_).together(goals);
    const NodeId next = source_to_spool(goals, last);
    Way way;
    way.refused = false;
    way.threads = std::numeric_limits<int>::max();
    for (const NodeId node : spools) {
      Way before = fillings_.at(node).way;
      if (fillings_.at(node).planned) before.price = 0;
      before.passes.clear();
      way = followed_by(std::move(way), std::move(before));
    }
    way = followed_by(std::move(way), std::move(last));
    if (hooks_of(options_).spool && !way.refused) best.way.refused = true;
    // Holding in memory what the budget allows is best, unless blocks are decoded again and again,
    // much is computed again and again, or the spool is there anyway.
    constexpr double kMuchLess = 0.8;
    const bool may_pay = best.way.refused || best.way.passes.front().route.parts() > 1 ||
                         way.price < kMuchLess * best.way.price ||
                         std::any_of(spools.begin(), spools.end(),
                                     [&](NodeId node) { return fillings_.at(node).planned; }) ||
                         way.threads > best.way.threads;
    if (!may_pay) way.refused = true;
    if (way.better_than(best.way)) best.spools = spools;
    take_better(best.way, std::move(way));
    return next;
  }

  NodeId source_to_spool(const std::vector<Goal>& goals, const Way& way) const {
    const auto shape = shape_of(graph_, goals, {});
    if (hooks_of(options_).spool) return shape->supplies.empty() ? -1 : first_unspooled(*shape);
    return way.heaviest < 0 ? -1 : spool_point(*shape, graph_.graph, way.heaviest);
  }
  NodeId first_unspooled(const PassShape& shape) const {
    for (const Supply& supply : shape.supplies)
      if (!fillings_.contains(supply.node)) return supply.node;
    return -1;
  }

  const PlannedGraph& graph_;
  const RunOptions& options_;
  std::map<NodeId, Filling> fillings_;
};

Error too_little(const Graph& graph, const Way& way, std::int64_t budget) {
  return std::move(
      Error(ErrorKind::memory,
            fmt::format("the pipeline needs at least {} bytes of memory; the budget is {} bytes{}",
                        way.least, budget, way.why))
          .at_step(graph.node(way.named).place.text()));
}

}  // namespace

int allowed_threads() {
  using Control = oneapi::tbb::global_control;
  constexpr std::size_t kMost = 1024;  // each has memory in the plan
  return static_cast<int>(
      std::clamp<std::size_t>(Control::active_value(Control::max_allowed_parallelism), 1, kMost));
}

int thread_count(const RunOptions& options) {
  const int asked =
      options.threads > 0 ? options.threads : oneapi::tbb::info::default_concurrency();
  return std::min(asked, allowed_threads());
}

RunOptions within_shared(const RunOptions& options) {
  RunOptions within = options;
  if (options.budget)
    within.memory = options.memory > 0 ? std::min(options.memory, options.budget->bytes())
                                       : options.budget->bytes();
  return within;
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

std::vector<PassPlan> plan_passes(const RewrittenGraph& rewritten, const RunOptions& options) {
  const Graph& graph = *rewritten.graph;
  check_headers(graph, options.memory);
  const std::vector<int> pass_of = passes_of(graph);
  PlannedGraph from{graph,
                    rewritten.windows,
                    std::make_shared<Operations>(),
                    {},
                    held_by(graph),
                    metadata_bytes(graph),
                    standing_bytes(graph)};
  for (const Node& node : graph.nodes())
    from.operations->push_back(node.operation);
  std::map<int, std::vector<Goal>> goals;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id)
    if (const Node& node = graph.node(id); node.sink || node.reduction)
      goals[pass_of[static_cast<std::size_t>(id)]].push_back({node.inputs.at(0), id, node.sink});
  if (goals.empty())
    throw Error(ErrorKind::usage,
                "the graph ends in no sink and no reduction: there is nothing to do");
  PassesPlanner planner(from, options);
  std::vector<PassPlan> passes;
  // A budget is refused with the least that all passes would do with, not the first one's.
  std::optional<Way> tightest;
  bool refused = false;
  for (const auto& [pass, of_pass] : goals) {
    PassesPlanner::Planned planned = planner.plan(of_pass);
    refused = refused || planned.way.refused;
    if (!tightest || planned.way.least > tightest->least) tightest = planned.way;
    for (const NodeId node : planned.spools) {
      Filling& filling = planner.filling(node);
      if (std::exchange(filling.planned, true)) continue;
      for (const PassPlan& fill : filling.way.passes)
        passes.push_back(fill);
    }
    for (PassPlan& p : planned.way.passes)
      passes.push_back(std::move(p));
  }
  if (refused) throw too_little(graph, *tightest, options.memory);
  for (PassPlan& pass : passes)
    pass.least = tightest->least;
  return passes;
}

}  // namespace sluice
