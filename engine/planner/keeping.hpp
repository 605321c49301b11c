// Which nodes of a pass are kept instead of recomputed.
#pragma once

#include "engine/planner/pass_builder.hpp"
#include "engine/run.hpp"

namespace sluice {

struct KeepingDecision {
  std::vector<KeptNode> kept;
  /// What was considered, for `plan`.
  std::vector<PlannedChoice> choices;
};

/// Decides by declared costs: a node whose pixels are computed several times over (for several
/// consumers, or for the halos of neighbouring units) is kept where that saves a tenth of all work.
/// Memory is not looked at here.
KeepingDecision decide_keeping(const PlannedGraph& from, const std::vector<Goal>& goals,
                               const RunOptions& options);

/// Declared cost of a pass whose stages are fitted and whose fetches are known: computing, copying
/// and, once count_reads() has been called, decoding; in bytes copied.
double work_of(const PassPlan& pass);

}  // namespace sluice
