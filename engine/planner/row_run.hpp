// Operations that run one after the other over a few rows at a time, so that these stay in the
// first-level cache.
#pragma once

#include <array>
#include <vector>

#include "engine/planner/pass_plan.hpp"
#include "engine/planner/stage.hpp"

namespace sluice {

/// The operations from `top` downwards, each of one input and Reach::sample or Reach::pixel. What
/// the lowest of them reads, the bottom, is either copied from source blocks together with each
/// block of rows, or is there as a whole before the first.
struct RowRun {
  static constexpr int kMost = 16;

  /// The run that computes `rect` of the slot `top`; without links where `top` does not begin one.
  RowRun(const Stage& stage, const Slot& top, const Rect& rect);

  struct Link {
    const Slot* slot = nullptr;
    const Operation* operation = nullptr;
  };
  std::array<Link, kMost> links;  ///< the first computes the result
  int count = 0;
  const Slot* bottom = nullptr;
  bool bottom_is_leaf = false;
  /// The lowest link with an input tile of its own: the bottom lies in it. -1: in the result's.
  int owner = -1;
  std::int64_t rows = 0;  ///< computed at a time

 private:
  void cut(const Stage& stage, const Rect& rect);
  std::int64_t row_bytes(const Stage& stage, std::int64_t width) const;
};

/// What the plan says about the runs of a pass.
void describe_row_runs(const Graph& graph, const std::vector<PassPlan>& passes,
                       std::vector<PlannedRewrite>& rewrites);

}  // namespace sluice
