// Units, route and credits of a pass.
#pragma once

#include <optional>

#include "engine/planner/pass_plan.hpp"

namespace sluice {

/// What became of choosing them.
struct ChosenPass {
  std::optional<PassPlan> plan;  ///< none: the budget holds nothing
  std::int64_t least = 0;        ///< the smallest budget that would do; it depends on none
  /// Work, with a price for memory: the less the better. Of two plans that keep as many threads
  /// busy, the one with less is chosen.
  double price = 0;
  /// Of a pass whose blocks, where each is decoded once, take most of even the least memory: the
  /// source that has most of them.
  NodeId heaviest = -1;
  /// A reason for a refusal, beside the figure; "" when there is none.
  std::string why;
};

/// Tries units, routes and credits. Chosen is what keeps most threads busy; of that what is priced
/// least. What is tried depends on no budget, so a larger one never gives fewer threads or more
/// work.
ChosenPass choose(std::shared_ptr<const PassShape> shape, const PlannedGraph& graph,
                  const RunOptions& options);

/// The price of doing `work` in `memory` bytes: each doubling has to save some of the work.
double price_of(double work, std::int64_t memory);

}  // namespace sluice
