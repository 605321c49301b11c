#include "engine/planner/block_life.hpp"

#include <algorithm>
#include <numeric>

namespace sluice {

AxisLife::AxisLife(Interval units, Interval blocks, std::int64_t whole)
    : units_(units),
      blocks_(blocks),
      whole_(whole),
      first_(static_cast<std::size_t>(blocks.size()), -1),
      last_(static_cast<std::size_t>(blocks.size()), -1) {}

void AxisLife::add(const AxisFetches& fetches) {
  for (std::int64_t unit = units_.begin; unit < units_.end; ++unit)
    for (const AxisFetches::Blocks& blocks : fetches.of_unit(unit))
      for (std::int64_t b = blocks.begin; b < blocks.end; ++b) {
        std::int64_t& first = first_[static_cast<std::size_t>(b - blocks_.begin)];
        std::int64_t& last = last_[static_cast<std::size_t>(b - blocks_.begin)];
        first = first < 0 ? unit : std::min(first, unit);
        last = std::max(last, unit);
      }
}

void AxisLife::add_all(const AxisFetches& fetches, Interval units) {
  for (std::int64_t unit = units.begin; unit < units.end; ++unit)
    for (const AxisFetches::Blocks& blocks : fetches.of_unit(unit))
      for (std::int64_t b = blocks.begin; b < blocks.end; ++b) {
        const auto i = static_cast<std::size_t>(b - blocks_.begin);
        first_[i] = last_[i] = units_.begin;
      }
}

void AxisLife::begin_in_order() {
  std::int64_t earliest = -1;
  for (std::size_t b = first_.size(); b-- > 0;) {
    if (first_[b] < 0) continue;
    if (earliest >= 0) first_[b] = std::min(first_[b], earliest);
    earliest = first_[b];
  }
}

void AxisLife::finish() {
  const auto units = static_cast<std::size_t>(units_.size()) + 1;
  started_.assign(units, 0);
  finished_.assign(units, 0);
  for (std::size_t b = 0; b < first_.size(); ++b) {
    if (first_[b] < 0) continue;
    ++started_[static_cast<std::size_t>(first_[b] - units_.begin) + 1];
    ++finished_[static_cast<std::size_t>(last_[b] - units_.begin) + 1];
  }
  std::partial_sum(started_.begin(), started_.end(), started_.begin());
  std::partial_sum(finished_.begin(), finished_.end(), finished_.begin());
  find_order();
}

std::int64_t AxisLife::within(Interval units) const {
  // By the unit with which they begin, blocks are found at once where they begin in their order.
  std::int64_t count = 0;
  std::int64_t b = ordered_ ? std::max(started_to(units.begin), blocks_.begin) : blocks_.begin;
  const std::int64_t end = ordered_ ? started_to(units.end) : blocks_.end;
  for (; b < end; ++b) {
    const auto i = static_cast<std::size_t>(b - blocks_.begin);
    count += first_[i] >= units.begin && last_[i] < units.end;
  }
  return count;
}

void AxisLife::find_order() {
  const auto units = static_cast<std::size_t>(units_.size()) + 1;
  started_to_.assign(units, 0);
  finished_to_.assign(units, whole_);
  std::int64_t first = -1, last = -1;
  for (std::size_t b = 0; b < first_.size(); ++b) {
    if (first_[b] < 0) continue;
    ordered_ = ordered_ && first_[b] >= first && last_[b] >= last;
    first = first_[b];
    last = last_[b];
    std::int64_t& to = started_to_[static_cast<std::size_t>(first - units_.begin) + 1];
    to = std::max(to, blocks_.begin + static_cast<std::int64_t>(b) + 1);
    std::int64_t& from = finished_to_[static_cast<std::size_t>(last - units_.begin)];
    from = std::min(from, blocks_.begin + static_cast<std::int64_t>(b));
  }
  for (std::size_t u = 1; u < units; ++u)
    started_to_[u] = std::max(started_to_[u], started_to_[u - 1]);
  for (std::size_t u = units - 1; u-- > 0;)
    finished_to_[u] = std::min(finished_to_[u], finished_to_[u + 1]);
}

namespace {

template <class Along>
std::int64_t count_before(const UnitSequence& sequence, std::int64_t count, Along&& along) {
  std::int64_t blocks = 0;
  sequence.for_each_before(count, [&](const Rect& r) { blocks += along(r); });
  return blocks;
}

}  // namespace

std::int64_t BlockLife::started(const UnitSequence& sequence, std::int64_t count) const {
  if (mixed) return used();
  return count_before(sequence, count, [&](const Rect& r) {
    return (across.started(r.right()) - across.started(r.x)) *
           (down.started(r.bottom()) - down.started(r.y));
  });
}

std::int64_t BlockLife::finished(const UnitSequence& sequence, std::int64_t count) const {
  if (mixed) return count >= sequence.count() ? used() : 0;
  return count_before(sequence, count, [&](const Rect& r) {
    return (across.finished(r.right()) - across.finished(r.x)) *
           (down.finished(r.bottom()) - down.finished(r.y));
  });
}

BlockLife life_of(std::span<const LeafFetches* const> leaves, const UnitSequence& sequence,
                  const BlockGrid& grid, bool in_order) {
  const Rect& area = sequence.area();
  const Interval x{area.x, area.right()}, y{area.y, area.bottom()};
  const auto by_x = [&](const LeafFetches* leaf) -> const AxisFetches& {
    return sequence.turned() ? leaf->by_row : leaf->by_column;
  };
  const auto by_y = [&](const LeafFetches* leaf) -> const AxisFetches& {
    return sequence.turned() ? leaf->by_column : leaf->by_row;
  };
  const bool transposed = leaves.front()->transposed;
  const bool mixed = std::any_of(leaves.begin(), leaves.end(), [&](const LeafFetches* leaf) {
    return leaf->transposed != transposed;
  });
  const bool swapped = !mixed && transposed != sequence.turned();
  // Blocks along an axis, of which `fetches` of these units say which they reach.
  const auto axis = [&](Interval units, bool of_columns, auto&& fetches) {
    Interval reach;
    for (const LeafFetches* leaf : leaves) {
      const auto& [by, of] = fetches(leaf);
      const AxisFetches::Blocks blocks = by->reach(of);
      if (blocks.begin == blocks.end) continue;
      reach = reach.begin == reach.end
                  ? Interval{blocks.begin, blocks.end}
                  : Interval{std::min(reach.begin, blocks.begin), std::max(reach.end, blocks.end)};
    }
    AxisLife life(units, reach, of_columns ? grid.columns() : grid.rows());
    for (const LeafFetches* leaf : leaves) {
      const auto& [by, of] = fetches(leaf);
      mixed ? life.add_all(*by, of) : life.add(*by);
    }
    return life;
  };
  // Mixed: which columns of blocks any way uses, and which rows.
  const auto turned = [&](const LeafFetches* leaf) {
    return mixed && leaf->transposed != sequence.turned();
  };
  const Interval one{0, 1};
  BlockLife life{axis(mixed ? one : x, !swapped,
                      [&](const LeafFetches* leaf) {
                        return turned(leaf) ? std::pair(&by_y(leaf), y) : std::pair(&by_x(leaf), x);
                      }),
                 axis(mixed ? one : y, swapped,
                      [&](const LeafFetches* leaf) {
                        return turned(leaf) ? std::pair(&by_x(leaf), x) : std::pair(&by_y(leaf), y);
                      }),
                 swapped, mixed};
  // A block of an in-order source is a band of its rows.
  if (in_order && !mixed) (swapped ? life.across : life.down).begin_in_order();
  life.across.finish();
  life.down.finish();
  return life;
}

}  // namespace sluice
