#include "engine/planner/keeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include "engine/planner/pass_order.hpp"
#include "engine/planner/unit_candidates.hpp"
#include "engine/planner/work.hpp"
#include "engine/callbacks.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

namespace {

// Keeping must save this share of all work: what costs are declared is not exact.
constexpr double kWorthwhile = 0.1;
constexpr std::size_t kMostKept = 8;
// Larger shapes are not planned over and over to decide.
constexpr std::size_t kMostSlots = 256;
// A kept node's tiles: rows of them stay in memory, so they are not high.
constexpr std::int64_t kTileWidth = 512, kTileHeight = 256;

// Calls f(id, node) for the operations from the goals down to the sources, users before what they
// use.
template <class F>
void for_each_node_below(const PlannedGraph& from, const std::vector<Goal>& goals, F&& f) {
  std::vector<bool> reached(from.graph.nodes().size(), false);
  for (const Goal& goal : goals)
    reached[static_cast<std::size_t>(goal.root)] = true;
  for (auto id = static_cast<NodeId>(reached.size()) - 1; id >= 0; --id) {
    const Node& node = from.graph.node(id);
    if (!reached[static_cast<std::size_t>(id)] || node.source || from.spooled.contains(id))
      continue;
    f(id, node);
    for (const NodeId input : node.inputs)
      reached[static_cast<std::size_t>(input)] = true;
  }
}

const Operation& operation_of(const PlannedGraph& from, NodeId id) {
  return *(*from.operations)[static_cast<std::size_t>(id)];
}

class Decider {
 public:
  Decider(const PlannedGraph& from, const std::vector<Goal>& goals,
          const std::vector<KeptNode>& must, const RunOptions& options)
      : from_(from), goals_(goals), options_(options) {
    decision_.kept = must;
  }

  KeepingDecision run() {
    const std::size_t most = decision_.kept.size() + kMostKept;
    double work = work_with(decision_.kept);
    if (slots() > kMostSlots) return std::move(decision_);
    std::vector<Candidate> considered = candidates();
    while (decision_.kept.size() < most) {
      std::optional<KeptNode> best;
      double best_work = work * (1 - kWorthwhile);
      // The estimates are rough: the most promising are planned.
      constexpr std::size_t kPlanned = 3;
      for (std::size_t i = 0; i < std::min(kPlanned, considered.size()); ++i) {
        std::vector<KeptNode> kept = decision_.kept;
        kept.push_back(tiled(considered[i].node));
        considered[i].kept_work = work_with(kept);
        if (considered[i].kept_work >= best_work) continue;
        best_work = considered[i].kept_work;
        best = kept.back();
        best->why = fmt::format(
            "computed {:.1f} times over otherwise; keeping it saves {:.0f} % of the work",
            considered[i].times, 100 * (1 - best_work / work));
      }
      note(considered, work, best);
      if (!best) break;
      decision_.kept.push_back(*best);
      work = work_with(decision_.kept);
      considered = candidates();
    }
    return std::move(decision_);
  }

 private:
  struct Candidate {
    NodeId node = -1;
    double times = 0;   // computed samples over those needed
    double saving = 0;  // estimated
    double kept_work = 0;
  };

  std::size_t slots() const {
    std::size_t slots = 0;
    for (const Stage& stage : shape_->stages)
      slots += stage.slots().size();
    return slots;
  }

  // Plans the goals with the units that are expected to be fastest. Decoding, which keeping hardly
  // changes, is not counted.
  double work_with(const std::vector<KeptNode>& kept) {
    throw_if_stopped(options_);
    shape_ = shape_of(from_, goals_, kept);
    const int threads = thread_count(options_);
    std::vector<UnitGrid> grids;
    for (int s = 0; s < shape_->goals; ++s)
      grids.push_back(
          unit_candidates(shape_->stages[static_cast<std::size_t>(s)], hooks_of(options_), threads)
              .front());
    throw_if_stopped(options_);
    const PassUnits units = units_of(*shape_, grids);
    const PassOrder order(*shape_, units, Route{}, 0);
    std::vector<std::int64_t> used(shape_->supplies.size(), 0);
    for (int s = shape_->goals; s < order.stages(); ++s)
      used[static_cast<std::size_t>(shape_->made_by(s))] = order.count(s);
    fits_ = units.fits;
    return work_of(*shape_, *fits_, used);
  }

  // Nodes of the pass as it is now that are computed more than once over, by what keeping each
  // might save.
  std::vector<Candidate> candidates() const {
    std::map<NodeId, Candidate> found;
    std::map<NodeId, double> computed, largest, below, bytes;
    double all = 0;
    for (std::size_t s = 0; s < shape_->stages.size(); ++s) {
      const Stage& stage = shape_->stages[s];
      const StageFit& fit = (*fits_)[s];
      for (std::size_t i = 0; i < stage.slots().size(); ++i) {
        const Slot& slot = stage.slots()[i];
        all += cost_of(stage, fit, i);
        if (slot.leaf || stage.operation(slot.node)->traits().reach == Reach::moved) continue;
        if (i == 0 && stage.makes_kept_tiles()) continue;
        const double samples = fit.slots[i].columns * fit.slots[i].rows;
        const ImageInfo& info = from_.graph.node(slot.node).info;
        computed[slot.node] += samples;
        largest[slot.node] = std::max(
            largest[slot.node],
            std::min(samples, static_cast<double>(info.width) * static_cast<double>(info.height)));
        below[slot.node] += cost_below(stage, fit, i);
        bytes[slot.node] = stage.bytes_per_pixel(slot);
      }
    }
    std::vector<Candidate> list;
    for (const auto& [node, samples] : computed) {
      Candidate c;
      c.node = node;
      c.times = samples / largest[node];
      c.saving = below[node] * (1 - 1 / c.times) - 2 * samples * bytes[node];
      if (c.saving > kWorthwhile * all) list.push_back(c);
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const Candidate& a, const Candidate& b) { return a.saving > b.saving; });
    return list;
  }

  static double cost_of(const Stage& stage, const StageFit& fit, std::size_t i) {
    const Slot& slot = stage.slots()[i];
    return fit.slots[i].columns * fit.slots[i].rows * stage.cost_per_byte(slot) *
           stage.bytes_per_pixel(slot);
  }
  static double cost_below(const Stage& stage, const StageFit& fit, std::size_t i) {
    double cost = cost_of(stage, fit, i);
    for (const int input : stage.slots()[i].inputs)
      cost += cost_below(stage, fit, static_cast<std::size_t>(input));
    return cost;
  }

  KeptNode tiled(NodeId node) const {
    std::set<NodeId> leaves;
    for (const auto& [spooled, source] : from_.spooled)
      leaves.insert(spooled);
    for (const KeptNode& kept : decision_.kept)
      leaves.insert(kept.node);
    Stage stage(from_.graph, std::span(*from_.operations), from_.windows, leaves,
                Goal{node, -1, nullptr});
    const UnitGrid grid = unit_candidates(stage, TestHooks{}, thread_count(options_)).front();
    return {node, std::min(grid.unit_width, kTileWidth), std::min(grid.unit_height, kTileHeight),
            ""};
  }

  void note(const std::vector<Candidate>& considered, double work,
            const std::optional<KeptNode>& best) {
    for (const Candidate& c : considered) {
      if (c.kept_work == 0) continue;
      const bool kept = best && best->node == c.node;
      const auto same = [&](const PlannedChoice& p) { return p.node == c.node; };
      std::erase_if(decision_.choices, same);
      decision_.choices.push_back(
          {c.node, from_.graph.node(c.node).place.text(), kept, c.times, work, c.kept_work});
    }
  }

  const PlannedGraph& from_;
  const std::vector<Goal>& goals_;
  const RunOptions& options_;
  std::shared_ptr<const PassShape> shape_;
  std::shared_ptr<const std::vector<StageFit>> fits_;
  KeepingDecision decision_;
};

// For tests: nodes chosen at random, in tiles of odd sizes.
KeepingDecision random_keeping(const PlannedGraph& from, const std::vector<KeptNode>& must,
                               std::uint64_t seed) {
  KeepingDecision decision{must, {}};
  std::mt19937_64 random(seed);
  for (NodeId id = 0; id < static_cast<NodeId>(from.graph.nodes().size()); ++id) {
    const Node& node = from.graph.node(id);
    if (!node.operation || random() % 3 != 0) continue;
    const auto edge = [&](std::int64_t size) {
      const auto most = static_cast<std::uint64_t>(std::min<std::int64_t>(size + 8, 200));
      // Tiny tiles of a large image would be too many.
      return std::max<std::int64_t>(size / 40, 1 + static_cast<std::int64_t>(random() % most));
    };
    const std::int64_t width = edge(node.info.width), height = edge(node.info.height);
    const bool already =
        std::any_of(must.begin(), must.end(), [&](const KeptNode& k) { return k.node == id; });
    if (!already) decision.kept.push_back({id, width, height, "chosen at random"});
  }
  return decision;
}

// How much of a node a unit computes that is as large as a tile of the last cut, along one axis:
// lengths for a tile and for one twice as long tell what is halo.
struct Growth {
  std::int64_t one = 0, two = 0;
  double times() const { return static_cast<double>(one) / static_cast<double>(two - one); }
};

Growth through(const Growth& g, std::int64_t out_size, std::int64_t in_size,
               const std::function<Interval(Interval)>& needs) {
  const auto length = [&](std::int64_t of) {
    of = std::min(of, out_size);
    const std::int64_t begin = (out_size - of) / 2;
    return std::clamp<std::int64_t>(needs({begin, begin + of}).size(), 1, in_size);
  };
  Growth next{length(g.one), length(g.two)};
  // Where the image ends, halos do too.
  if (next.two <= next.one) next.two = 2 * next.one;
  return next;
}

struct GrowthXY {
  Growth x, y;
  double times() const { return x.times() * y.times(); }
};

GrowthXY through(const GrowthXY& g, const Operation& op, int input, const ImageInfo& in) {
  const bool turned = op.traits().transposes;
  const auto needs_x = [&](Interval i) {
    const Rect r = op.needs(input, {i.begin, 0, i.size(), 1});
    return turned ? Interval{r.y, r.bottom()} : Interval{r.x, r.right()};
  };
  const auto needs_y = [&](Interval i) {
    const Rect r = op.needs(input, {0, i.begin, 1, i.size()});
    return turned ? Interval{r.x, r.right()} : Interval{r.y, r.bottom()};
  };
  GrowthXY next{through(g.x, op.info().width, turned ? in.height : in.width, needs_x),
                through(g.y, op.info().height, turned ? in.width : in.height, needs_y)};
  if (turned) std::swap(next.x, next.y);
  return next;
}

}  // namespace

std::vector<KeptNode> must_keep(const PlannedGraph& from, const std::vector<Goal>& goals) {
  // Steps one behind the other, and ways from the goals, up to which a stage computes everything.
  constexpr int kMostSteps = 128;
  constexpr std::int64_t kMostWays = 64;
  std::vector<KeptNode> kept;
  std::vector<int> steps(from.graph.nodes().size(), 0);
  std::vector<std::int64_t> ways(from.graph.nodes().size(), 0);
  for (const Goal& goal : goals)
    ++ways[static_cast<std::size_t>(goal.root)];
  for_each_node_below(from, goals, [&](NodeId id, const Node& node) {
    const auto i = static_cast<std::size_t>(id);
    const Traits traits = operation_of(from, id).traits();
    const bool meets = ways[i] > kMostWays, deep = steps[i] >= kMostSteps;
    if (traits.always_kept)
      kept.push_back({id, std::min(traits.kept_width, node.info.width),
                      std::min(traits.kept_height, node.info.height),
                      "each of its samples is made of many of its input's"});
    else if ((meets || deep) && !node.inputs.empty())
      kept.push_back({id, std::min(kTileWidth, node.info.width),
                      std::min(kTileHeight, node.info.height),
                      meets ? fmt::format("{} ways lead to it", ways[i])
                            : fmt::format("a chain is cut every {} steps", kMostSteps)});
    const bool cut = !kept.empty() && kept.back().node == id;
    for (const NodeId input : node.inputs) {
      const auto in = static_cast<std::size_t>(input);
      ways[in] = std::min<std::int64_t>(ways[in] + (cut ? 1 : ways[i]), 1 << 30);
      steps[in] = std::max(steps[in], cut ? 1 : steps[i] + 1);
    }
  });
  return kept;
}

std::vector<KeptNode> cut_chains(const PlannedGraph& from, const std::vector<Goal>& goals,
                                 const std::vector<KeptNode>& must) {
  constexpr double kMostGrowth = 1.5, kWorthCutting = 4;
  const GrowthXY begin{{kTileWidth, 2 * kTileWidth}, {kTileHeight, 2 * kTileHeight}};
  std::vector<KeptNode> kept = must;
  std::map<NodeId, GrowthXY> growth, uncut;
  const auto note = [](std::map<NodeId, GrowthXY>& to, NodeId id, const GrowthXY& g) {
    const auto [found, fresh] = to.try_emplace(id, g);
    if (!fresh && g.times() > found->second.times()) found->second = g;
  };
  for (const Goal& goal : goals) {
    note(growth, goal.root, begin);
    note(uncut, goal.root, begin);
  }
  double most = 1;
  for_each_node_below(from, goals, [&](NodeId id, const Node& node) {
    GrowthXY g = growth.at(id), all = uncut.at(id);
    most = std::max(most, all.times());
    const bool must_be =
        std::any_of(must.begin(), must.end(), [&](const KeptNode& k) { return k.node == id; });
    if (!must_be && g.times() > kMostGrowth && !node.inputs.empty()) {
      kept.push_back({id, std::min(kTileWidth, node.info.width),
                      std::min(kTileHeight, node.info.height),
                      fmt::format("halos of the steps behind it add up to {:.0f} % of a tile",
                                  100 * (g.times() - 1))});
      g = begin;
    } else if (must_be) {
      g = all = begin;
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ImageInfo& in = from.graph.node(node.inputs[i]).info;
      const Operation& op = operation_of(from, id);
      note(growth, node.inputs[i], through(g, op, static_cast<int>(i), in));
      note(uncut, node.inputs[i], through(all, op, static_cast<int>(i), in));
    }
  });
  return most > kWorthCutting ? kept : must;
}

KeepingDecision decide_keeping(const PlannedGraph& from, const std::vector<Goal>& goals,
                               const std::vector<KeptNode>& must, const RunOptions& options) {
  if (hooks_of(options).keep_seed != 0)
    return random_keeping(from, must, hooks_of(options).keep_seed);
  if (options.keep == Keep::never) return {must, {}};
  return Decider(from, goals, must, options).run();
}

}  // namespace sluice
