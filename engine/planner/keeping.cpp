#include "engine/planner/keeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <random>

#include "engine/planner/block_simulation.hpp"
#include "engine/planner/unit_candidates.hpp"

namespace sluice {

namespace {

// Keeping must save this share of all work: what costs are declared is not exact.
constexpr double kWorthwhile = 0.1;
constexpr std::size_t kMostKept = 8;
// A kept node's tiles: rows of them stay in memory, so they are not high.
constexpr std::int64_t kTileWidth = 512, kTileHeight = 256;
// Finding a tile, starting its task and handing it on, in bytes copied.
constexpr double kTileOverhead = 60000;

class Decider {
 public:
  Decider(const PlannedGraph& from, const std::vector<Goal>& goals, const RunOptions& options)
      : from_(from), goals_(goals), options_(options) {}

  KeepingDecision run() {
    double work = work_with({});
    std::vector<Candidate> considered = candidates();
    while (decision_.kept.size() < kMostKept) {
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

  // Plans the goals with the units that are expected to be fastest.
  double work_with(const std::vector<KeptNode>& kept) {
    pass_ = build_pass(from_, goals_, kept);
    const int threads = thread_count(options_);
    for (int s = 0; s < pass_.goals; ++s) {
      Stage& stage = pass_.stages[static_cast<std::size_t>(s)];
      stage.fit(unit_candidates(stage, options_.debug, threads).front());
    }
    pass_.find_fetches();
    return work_of(pass_);
  }

  // Nodes of the pass as it is now that are computed more than once over, by what keeping each
  // might save.
  std::vector<Candidate> candidates() const {
    std::map<NodeId, Candidate> found;
    std::map<NodeId, double> computed, largest, below, bytes;
    double all = 0;
    for (const Stage& stage : pass_.stages) {
      for (std::size_t i = 0; i < stage.slots().size(); ++i) {
        const Slot& slot = stage.slots()[i];
        all += cost_of(stage, slot);
        if (slot.leaf || stage.operation(slot.node)->traits().pass_through) continue;
        if (&slot == &stage.root() && stage.makes_kept_tiles()) continue;
        const double samples = slot.columns * slot.rows;
        const ImageInfo& info = from_.graph.node(slot.node).info;
        computed[slot.node] += samples;
        largest[slot.node] = std::max(
            largest[slot.node],
            std::min(samples, static_cast<double>(info.width) * static_cast<double>(info.height)));
        below[slot.node] += cost_below(stage, static_cast<int>(i));
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

  static double cost_of(const Stage& stage, const Slot& slot) {
    return slot.columns * slot.rows * stage.cost_per_byte(slot) * stage.bytes_per_pixel(slot);
  }
  static double cost_below(const Stage& stage, int index) {
    const Slot& slot = stage.slots()[static_cast<std::size_t>(index)];
    double cost = cost_of(stage, slot);
    for (const int input : slot.inputs)
      cost += cost_below(stage, input);
    return cost;
  }

  KeptNode tiled(NodeId node) const {
    Stage stage(from_.graph, std::span(*from_.operations), {}, Goal{node, -1, nullptr});
    const UnitGrid grid = unit_candidates(stage, Debug{}, thread_count(options_)).front();
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
  PassPlan pass_;
  KeepingDecision decision_;
};

// For tests: nodes chosen at random, in tiles of odd sizes.
KeepingDecision random_keeping(const PlannedGraph& from, std::uint64_t seed) {
  KeepingDecision decision;
  std::mt19937_64 random(seed);
  for (NodeId id = 0; id < static_cast<NodeId>(from.graph.nodes().size()); ++id) {
    const Node& node = from.graph.node(id);
    if (!node.operation || random() % 3 != 0) continue;
    const auto edge = [&](std::int64_t size) {
      const auto most = static_cast<std::uint64_t>(std::min<std::int64_t>(size + 8, 200));
      // Tiny tiles of a large image would be too many.
      return std::max<std::int64_t>(size / 40, 1 + static_cast<std::int64_t>(random() % most));
    };
    const std::int64_t width = edge(node.info.width);
    decision.kept.push_back({id, width, edge(node.info.height), "chosen at random"});
  }
  return decision;
}

}  // namespace

KeepingDecision decide_keeping(const PlannedGraph& from, const std::vector<Goal>& goals,
                               const RunOptions& options) {
  if (options.debug.keep_seed != 0) return random_keeping(from, options.debug.keep_seed);
  if (options.keep == Keep::never) return {};
  return Decider(from, goals, options).run();
}

double work_of(const PassPlan& pass) {
  double work = 0;
  for (std::size_t s = 0; s < pass.stages.size(); ++s) {
    const Stage& stage = pass.stages[s];
    if (static_cast<int>(s) < pass.goals) {
      work += stage.cost();
      continue;
    }
    // Only tiles that somebody needs are computed.
    const int source = pass.source_of_node[static_cast<std::size_t>(stage.root().node)];
    const Rect needed = pass.reach(source, 0);
    const BlockGrid& tiles = pass.sources[static_cast<std::size_t>(source)].grid;
    const double count = static_cast<double>(needed.width) * static_cast<double>(needed.height);
    work += stage.cost() * count / static_cast<double>(tiles.count()) + kTileOverhead * count;
  }
  for (const SourcePlan& s : pass.sources)
    if (s.source)
      work += static_cast<double>(s.decoded) * static_cast<double>(s.block_bytes) *
              s.source->decode_cost();
  return work;
}

}  // namespace sluice
