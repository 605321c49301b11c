// The order in which all units of a pass run, and what has to run before what.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/plan.hpp"
#include "engine/planner/fetches.hpp"
#include "engine/planner/pass_shape.hpp"
#include "engine/planner/unit_sequence.hpp"

namespace sluice {

/// What a choice of units fixes, by stage of a shape.
struct PassUnits {
  PassUnits() = default;
  PassUnits(PassUnits&&) = default;
  PassUnits& operator=(PassUnits&&) = default;
  std::shared_ptr<const std::vector<StageFit>> fits;
  std::vector<std::vector<LeafFetches>> fetches;
  /// By supply: the leaves that fetch from it, of earlier stages first.
  struct User {
    int stage = 0;
    const LeafFetches* leaf = nullptr;
  };
  std::vector<std::vector<User>> users;
  std::int64_t bytes() const;  ///< of the fetches
};

/// Fits and fetches of all stages: `grids` are those of the stages with a goal.
PassUnits units_of(const PassShape& shape, std::span<const UnitGrid> grids);
/// The fetches to fits that were made before.
PassUnits units_of(const PassShape& shape, std::shared_ptr<const std::vector<StageFit>> fits);

/// How units travel: see Travel. Where the travel is Travel::bands, the pass is cut into `columns`
/// x `rows` parts that run one after the other, row by row, each decoding its blocks and computing
/// its kept tiles for itself.
struct Route {
  Travel travel = Travel::blocks;
  std::int64_t columns = 1, rows = 1;
  std::int64_t band_width = 0;  ///< of Travel::columns, in pixels of a goal's image
  std::int64_t parts() const { return columns * rows; }
  friend bool operator==(const Route&, const Route&) = default;
};

/// The units of one part of a pass. Stages with a goal, and those whose kept tiles condense much
/// more than one tile of their input (Traits::always_kept), advance together, each as far as its
/// share of units goes; a unit that needs kept tiles comes behind all units, in their sequence,
/// that make them.
class PassOrder {
 public:
  PassOrder(const PassShape& shape, const PassUnits& units, const Route& route, std::int64_t part);

  /// What units of a stage need of another one's: along the sequences, by x and y of the one how
  /// far its units up to there need those of the other.
  struct Demand {
    int stage = -1;
    bool aligned = true;                     ///< x needs x; else x needs y
    std::vector<std::int64_t> across, down;  ///< from the first x and y on; 0: nothing
  };

  const UnitSequence& sequence(int stage) const {
    return sequences_[static_cast<std::size_t>(stage)];
  }
  const std::vector<Demand>& demands(int stage) const {
    return demands_[static_cast<std::size_t>(stage)];
  }
  bool advances_by_share(int stage) const { return shares_[static_cast<std::size_t>(stage)]; }
  /// Units of a stage that run.
  std::int64_t count(int stage) const { return counts_[static_cast<std::size_t>(stage)]; }
  /// Of all stages, and of those with a goal.
  std::int64_t total() const { return total_; }
  std::int64_t goal_units() const { return goal_units_; }
  int stages() const { return static_cast<int>(sequences_.size()); }

  /// How many units of demand.stage must have run before the unit of `user` at this place along its
  /// sequence, or before its first `count` units.
  std::int64_t required(int user, const Demand& demand, UnitSequence::Place place) const;
  std::int64_t required(int user, const Demand& demand, std::int64_t count) const;

 private:
  void add_goal(const UnitGrid& grid, const Route& route, std::int64_t part);
  void add_kept(const PassShape& shape, const PassUnits& units, int stage);

  std::vector<UnitSequence> sequences_;
  std::vector<std::vector<Demand>> demands_;
  std::vector<bool> shares_;
  std::vector<std::int64_t> counts_;
  std::int64_t total_ = 0, goal_units_ = 0;
};

/// One unit of one stage, by its number in the stage's sequence.
struct UnitRef {
  int stage = 0;
  std::int64_t unit = 0;
};

/// Goes through all units of a part in their order.
class UnitWalk {
 public:
  explicit UnitWalk(const PassOrder& order)
      : order_(order), given_(static_cast<std::size_t>(order.stages()), 0) {}
  /// To be called PassOrder::total() times at most.
  UnitRef next();

 private:
  int next_by_share() const;

  const PassOrder& order_;
  std::vector<std::int64_t> given_;
  std::vector<int> wanted_;  ///< the last one's unit comes next, for those before it
};

}  // namespace sluice
