// Which blocks each unit of a part uses, and how often each block is used: by arithmetic along the
// axes, so that no record of a block is needed before it is wanted.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/planner/pass_order.hpp"

namespace sluice {

/// A block of a supply: of a source's, or a tile of a kept node.
struct BlockRef {
  int supply = 0;  ///< index into PassShape::supplies
  std::int64_t block = 0;
  friend auto operator<=>(const BlockRef&, const BlockRef&) = default;
};

class UseLedger {
 public:
  UseLedger(const PassShape& shape, const PassUnits& units, const PassOrder& order);

  /// The blocks that the unit of `stage` at this place of its grid fetches, sorted; one that it
  /// reaches on several ways comes as often.
  void blocks_of(int stage, UnitSequence::Place unit, std::vector<BlockRef>& blocks) const;
  /// How often all units of the part fetch a block, ways counted singly; 0: it is never decoded or
  /// computed.
  std::uint32_t uses(const BlockRef& ref) const;

 private:
  struct Leaf {
    const LeafFetches* fetches = nullptr;
    AxisCounts by_column, by_row;  ///< units of the part that touch blocks along the axes
  };
  struct User {
    int stage = 0;
    std::size_t leaf = 0;
  };

  const PassShape& shape_;
  std::vector<std::vector<Leaf>> leaves_;  // by stage
  std::vector<std::vector<User>> users_;   // by supply
};

}  // namespace sluice
