// How many blocks of each supply are in memory at once, at most: counted along the axes of the
// sequences, since a walk over all units would take as long as a small run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "engine/planner/block_life.hpp"
#include "engine/planner/pass_order.hpp"

namespace sluice {

/// All blocks (x, y) of [0, x) x [0, y).
struct Corner {
  std::int64_t x = 0, y = 0;
};

/// Is told of runs of blocks of one row that are used, and how many parts of a pass use them.
using UsedRun = std::function<void(std::int64_t row, Interval columns, std::int64_t times)>;

/// Blocks in memory, by supply.
using Alive = std::vector<std::int64_t>;

/// Of one part of a pass. A unit is in flight from when it comes up until `credits` more have: then
/// its uses of blocks have ended. A block is in memory while units that use it are in flight or yet
/// to come, and some has been.
class Occupancy {
 public:
  Occupancy(const PassShape& shape, const PassUnits& units, const PassOrder& order);

  /// Most blocks alive at once, for each of `credits`: exact where one stage alone uses a supply,
  /// else a bound.
  std::vector<Alive> most_alive(std::span<const int> credits) const;
  /// Blocks that are decoded, tiles that are computed.
  std::int64_t used(int supply) const;
  void for_each_run(int supply, const UsedRun& visit) const;

 private:
  struct User {
    int stage = -1;
    BlockLife life;
  };
  struct Use {
    std::vector<User> users;
    bool skips = false;  ///< in order: rows that nobody wants are decoded to get past them
  };
  friend class PartsOccupancy;

  std::int64_t most_alive(int supply, std::int64_t credits) const;
  std::int64_t by_lines(int supply, std::int64_t credits) const;
  std::int64_t ahead_of_user(int supply, std::int64_t credits) const;
  std::int64_t shared(int supply, std::int64_t credits) const;
  static Corner first_used(const std::vector<User>& users);

  const PassShape& shape_;
  const PassOrder& order_;
  std::vector<Use> uses_;
};

/// Whether what parts need is known axis by axis: no supply is reached both transposed and not.
bool parts_are_separable(const PassShape& shape, const PassUnits& units);

/// Of a pass cut into parts that run one after the other. Of many parts a bound, from one row and
/// one column of them, since what units need is known axis by axis.
class PartsOccupancy {
 public:
  PartsOccupancy(const PassShape& shape, const PassUnits& units, const Route& route);
  std::vector<Alive> most_alive(std::span<const int> credits) const;
  /// Over all parts.
  std::int64_t used(int supply) const;
  void for_each_run(int supply, const UsedRun& visit) const;

 private:
  /// Blocks along y of the sequence of a supply's only user, at one of its lines.
  struct Line {
    std::int64_t units = 0;    ///< y in the line
    std::int64_t carried = 0;  ///< begun before the line, and not ended with it
    std::int64_t ending = 0;   ///< begun before it, ended with it
    std::int64_t staying = 0;  ///< begun with it, not ended with it
    std::int64_t within = 0;   ///< begun and ended with it
  };
  /// Blocks along an axis of the sequences that parts use.
  struct Used {
    std::int64_t most = 0;  ///< by one part
    std::int64_t sum = 0;   ///< by all
  };
  struct Axes {
    Used across, down;
    std::int64_t narrowest = 0;            ///< units in a line of the narrowest part
    std::vector<std::vector<Line>> lines;  ///< of a column of parts; empty: not known
    /// Of a row of parts: cell by cell of a line, the blocks begun with it and those ended before
    /// it.
    std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> cells;
    std::int64_t cell_width = 1;
    /// How many parts use each column and row of blocks.
    std::map<std::int64_t, std::int64_t> columns, rows;

    void add_cells(const UnitSequence& sequence, const AxisLife& life);
    void add_lines(const UnitSequence& sequence, const AxisLife& life);
  };
  void add(const PassOrder& order, bool across);
  std::int64_t bound(const Axes& axes, std::int64_t credits) const;
  std::int64_t widest(const Axes& axes, std::int64_t height, std::int64_t credits) const;

  const PassShape& shape_;
  const PassUnits& units_;
  const Route route_;
  std::vector<Axes> axes_;  // by supply
};

/// How many blocks lie in any of the corners.
std::int64_t area_of_union(std::vector<Corner> corners);
/// How many blocks lie, for each of the lists, in any of its corners.
std::int64_t area_of_intersection(const std::vector<std::vector<Corner>>& lists);

}  // namespace sluice
