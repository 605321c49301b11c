// Which nodes of a pass are kept instead of recomputed.
#pragma once

#include <vector>

#include "engine/plan.hpp"
#include "engine/planner/pass_shape.hpp"
#include "engine/run_options.hpp"

namespace sluice {

/// Nodes that are kept whatever the budget says: where operations ask for it (Traits::always_kept),
/// and where without it too many ways would lead through a stage, or too many steps.
std::vector<KeptNode> must_keep(const PlannedGraph& from, const std::vector<Goal>& goals);

/// Where long chains are cut: `must` and the nodes behind which halos have added up to half of what
/// a unit computes. Only `must` where halos stay small over the whole graph.
std::vector<KeptNode> cut_chains(const PlannedGraph& from, const std::vector<Goal>& goals,
                                 const std::vector<KeptNode>& must);

struct KeepingDecision {
  std::vector<KeptNode> kept;
  /// What was considered, for `plan`.
  std::vector<PlannedChoice> choices;
};

/// Decides by declared costs: `must`, and nodes whose pixels are computed several times over (for
/// several consumers, or for the halos of neighbouring units) where keeping them saves a tenth of
/// all work. Memory is not looked at here.
KeepingDecision decide_keeping(const PlannedGraph& from, const std::vector<Goal>& goals,
                               const std::vector<KeptNode>& must, const RunOptions& options);

}  // namespace sluice
