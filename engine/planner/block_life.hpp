// When the blocks of a supply begin and end to be used by a stage, counted along each axis.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/planner/fetches.hpp"
#include "engine/planner/unit_sequence.hpp"

namespace sluice {

/// Blocks along one axis and the units (their x or y along a sequence) that use them.
class AxisLife {
 public:
  /// Units [units.begin, units.end) count, and those of `whole` blocks along the axis that lie in
  /// `blocks`.
  AxisLife(Interval units, Interval blocks, std::int64_t whole);
  /// Adds what the units fetch.
  void add(const AxisFetches& fetches);
  /// Adds what these units of another axis fetch as if the first unit did.
  void add_all(const AxisFetches& fetches, Interval units);
  /// Blocks of an in-order source begin with the first unit that needs them or a later one.
  void begin_in_order();
  void finish();

  /// Blocks whose first use is by a unit before `unit`, and whose last use is.
  std::int64_t started(std::int64_t unit) const { return started_[place(unit)]; }
  std::int64_t finished(std::int64_t unit) const { return finished_[place(unit)]; }
  /// And by this unit itself.
  std::int64_t starting_with(std::int64_t unit) const { return started(unit + 1) - started(unit); }
  std::int64_t finishing_with(std::int64_t unit) const {
    return finished(unit + 1) - finished(unit);
  }
  std::int64_t used() const { return started_.back(); }
  bool uses(std::int64_t block) const {
    block -= blocks_.begin;
    return block >= 0 && block < blocks_.size() && first_[static_cast<std::size_t>(block)] >= 0;
  }
  /// Blocks whose uses begin and end with units [units.begin, units.end).
  std::int64_t within(Interval units) const;
  /// All blocks that are used lie in it.
  Interval blocks() const { return blocks_; }
  /// Whether blocks begin and end in their order. Then blocks before started_to() have been begun
  /// by units before `unit`, and the use of those before finished_to() has ended, if they were ever
  /// used.
  bool ordered() const { return ordered_; }
  std::int64_t started_to(std::int64_t unit) const { return started_to_[place(unit)]; }
  std::int64_t finished_to(std::int64_t unit) const { return finished_to_[place(unit)]; }

 private:
  std::size_t place(std::int64_t unit) const {
    return static_cast<std::size_t>(std::clamp(unit, units_.begin, units_.end) - units_.begin);
  }
  void find_order();

  Interval units_, blocks_;
  std::int64_t whole_ = 0;
  std::vector<std::int64_t> first_, last_;        // units, by block; -1: not used
  std::vector<std::int64_t> started_, finished_;  // by unit
  std::vector<std::int64_t> started_to_, finished_to_;
  bool ordered_ = true;
};

/// The blocks of a supply as one stage uses them.
struct BlockLife {
  AxisLife across, down;    ///< by x and y along the sequence
  bool transposed = false;  ///< the blocks that go with x are rows of them
  /// Some ways to the supply are transposed and some are not: nothing is known but which are used.
  bool mixed = false;

  std::int64_t used() const { return across.used() * down.used(); }
  const AxisLife& of_columns() const { return transposed ? down : across; }
  const AxisLife& of_rows() const { return transposed ? across : down; }
  /// Blocks in use by the first `count` units of the sequence, or in use no more after them.
  std::int64_t started(const UnitSequence& sequence, std::int64_t count) const;
  std::int64_t finished(const UnitSequence& sequence, std::int64_t count) const;
  /// What one unit adds to these, where the ways are not mixed.
  std::int64_t starting_with(UnitSequence::Place unit) const {
    return across.starting_with(unit.x) * down.starting_with(unit.y);
  }
  std::int64_t finishing_with(UnitSequence::Place unit) const {
    return across.finishing_with(unit.x) * down.finishing_with(unit.y);
  }
};

/// How the units of `sequence` use the blocks of `grid`, of which `leaves` (at least one) says what
/// each fetches.
BlockLife life_of(std::span<const LeafFetches* const> leaves, const UnitSequence& sequence,
                  const BlockGrid& grid, bool in_order);

}  // namespace sluice
