// Computes one work unit: pulls the fused operations of its stage through the unit's arena.
#pragma once

#include "engine/planner/row_run.hpp"
#include "engine/planner/stage.hpp"
#include "engine/run_options.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/unit_state.hpp"

namespace sluice {

class UnitRunner {
 public:
  UnitRunner(const PassPlan& pass, const UnitState& unit, std::byte* arena,
             const RunOptions& options, Profiler* profiler)
      : pass_(pass),
        stage_(pass.stage(unit.ref.stage)),
        fit_(pass.fit(unit.ref.stage)),
        unit_(unit),
        arena_(arena),
        isa_(options.isa),
        by_rows_(options.rewrites == Rewrites::automatic),
        profiler_(profiler) {}

  /// The stage's image in the unit's rectangle: in the arena, or a part of a decoded block. Throws
  /// Error with the step.
  TileView run();
  /// The same into a tile of the caller's.
  void run(const TileView& to) { produce(stage_.root(), to); }

 private:
  void check_planned(const Slot& slot, const Rect& rect, std::int64_t width,
                     std::int64_t height) const;
  void produce(const Slot& slot, const TileView& to);
  /// Computes the operations from `slot` downwards a few rows at a time, where that is possible and
  /// gains something.
  bool produce_by_rows(const Slot& slot, const TileView& to);
  /// The rows of `to`. `whole`: what the run reads, for all rows, or empty.
  void run_rows(const RowRun& run, const TileView& to, const TileView& whole);
  void produce_extended(const Slot& slot, const TileView& to, const Traits& consumer);
  TileView input(const Slot& from, const Rect& need, const Traits& traits);
  void copy_from_blocks(const Slot& slot, const TileView& to) const;
  const LiveBlock& block(int supply, std::int64_t index) const;
  int supply_of(const Slot& slot) const {
    return pass_.shape->supply_of_node[static_cast<std::size_t>(slot.blocks)];
  }
  const BlockGrid& grid_of(const Slot& slot) const {
    return pass_.shape->supply_of(slot.blocks).grid;
  }
  bool single_block(const Slot& slot, const Rect& rect, TileView& view) const;
  const Node& node(const Slot& slot) const { return stage_.graph().node(slot.node); }
  const Slot& slot(int index) const { return stage_.slots()[static_cast<std::size_t>(index)]; }
  const Slot& slot_below(const Slot& link) const { return slot(link.inputs[0]); }
  const SlotFit& fit(const Slot& slot) const {
    return fit_.slots[static_cast<std::size_t>(&slot - stage_.slots().data())];
  }

  const PassPlan& pass_;
  const Stage& stage_;
  const StageFit& fit_;
  const UnitState& unit_;
  std::byte* arena_;
  Isa isa_;
  bool by_rows_;
  Profiler* profiler_;
};

}  // namespace sluice
