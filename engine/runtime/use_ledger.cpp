#include "engine/runtime/use_ledger.hpp"

#include <algorithm>

namespace sluice {

UseLedger::UseLedger(const PassShape& shape, const PassUnits& units, const PassOrder& order)
    : shape_(shape), leaves_(shape.stages.size()), users_(shape.supplies.size()) {
  for (int s = 0; s < order.stages(); ++s) {
    const UnitSequence& sequence = order.sequence(s);
    if (sequence.count() == 0) continue;
    const Rect& area = sequence.area();
    Interval columns{area.x, area.right()}, rows{area.y, area.bottom()};
    if (sequence.turned()) std::swap(columns, rows);
    auto& leaves = leaves_[static_cast<std::size_t>(s)];
    for (const LeafFetches& fetches : units.fetches[static_cast<std::size_t>(s)]) {
      const auto supply =
          static_cast<std::size_t>(shape.supply_of_node[static_cast<std::size_t>(fetches.node)]);
      users_[supply].push_back({s, leaves.size()});
      leaves.push_back({&fetches, fetches.by_column.uses(columns), fetches.by_row.uses(rows)});
    }
  }
}

void UseLedger::blocks_of(int stage, UnitSequence::Place unit,
                          std::vector<BlockRef>& blocks) const {
  blocks.clear();
  const auto& leaves = leaves_[static_cast<std::size_t>(stage)];
  for (const Leaf& leaf : leaves) {
    const LeafFetches& fetches = *leaf.fetches;
    const auto by_column = fetches.by_column.of_unit(unit.x);
    const auto by_row = fetches.by_row.of_unit(unit.y);
    const int supply = shape_.supply_of_node[static_cast<std::size_t>(fetches.node)];
    const std::int64_t across = shape_.supplies[static_cast<std::size_t>(supply)].grid.columns();
    for (const AxisFetches::Blocks& rows : fetches.transposed ? by_column : by_row)
      for (std::int64_t y = rows.begin; y < rows.end; ++y)
        for (const AxisFetches::Blocks& columns : fetches.transposed ? by_row : by_column)
          for (std::int64_t x = columns.begin; x < columns.end; ++x)
            blocks.push_back({supply, y * across + x});
  }
  if (leaves.size() > 1) std::sort(blocks.begin(), blocks.end());
}

std::uint32_t UseLedger::uses(const BlockRef& ref) const {
  const BlockGrid& grid = shape_.supplies[static_cast<std::size_t>(ref.supply)].grid;
  const std::int64_t x = ref.block % grid.columns(), y = ref.block / grid.columns();
  std::uint32_t uses = 0;
  for (const User& user : users_[static_cast<std::size_t>(ref.supply)]) {
    const Leaf& leaf = leaves_[static_cast<std::size_t>(user.stage)][user.leaf];
    uses += leaf.fetches->transposed ? leaf.by_column[y] * leaf.by_row[x]
                                     : leaf.by_column[x] * leaf.by_row[y];
  }
  return uses;
}

}  // namespace sluice
