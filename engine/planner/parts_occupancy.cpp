// Occupancy of a pass that is cut into parts.

#include <algorithm>
#include <set>

#include "engine/planner/occupancy.hpp"

namespace sluice {

namespace {

// Adds 1 for each block along an axis that any of the users uses, and counts these.
template <class Users, class AxisOf>
std::int64_t used_along(const Users& users, std::map<std::int64_t, std::int64_t>& parts,
                        AxisOf&& axis_of) {
  std::int64_t used = 0;
  std::set<std::int64_t> seen;
  for (const auto& user : users) {
    const AxisLife& axis = axis_of(user.life);
    for (std::int64_t b = axis.blocks().begin; b < axis.blocks().end; ++b)
      if (axis.uses(b) && (users.size() == 1 || seen.insert(b).second)) {
        ++parts[b];
        ++used;
      }
  }
  return used;
}

}  // namespace

PartsOccupancy::PartsOccupancy(const PassShape& shape, const PassUnits& units, const Route& route)
    : shape_(shape), units_(units), route_(route), axes_(shape.supplies.size()) {
  // Stages with fewer cells than there are parts have units in the last part at least.
  for (std::int64_t column = 0; column < route.columns; ++column) {
    const PassOrder order(shape, units, route, (route.rows - 1) * route.columns + column);
    add_across(shape, order, Occupancy(shape, units, order));
  }
  for (std::int64_t row = 0; row < route.rows; ++row) {
    const PassOrder order(shape, units, route, (row + 1) * route.columns - 1);
    add_down(shape, order, Occupancy(shape, units, order));
  }
}

void PartsOccupancy::add_across(const PassShape& shape, const PassOrder& order,
                                const Occupancy& part) {
  for (std::size_t i = 0; i < shape.supplies.size(); ++i) {
    const auto& users = part.uses_[i].users;
    if (users.empty()) continue;
    const bool swapped = users.front().life.transposed;
    const std::int64_t used =
        used_along(users, swapped ? axes_[i].rows : axes_[i].columns,
                   [](const BlockLife& life) -> const AxisLife& { return life.across; });
    axes_[i].across = std::max(axes_[i].across, used);
    axes_[i].across_sum += used;
    const std::int64_t width = order.sequence(users.front().stage).area().width;
    axes_[i].narrowest = axes_[i].narrowest == 0 ? width : std::min(axes_[i].narrowest, width);
    const UnitSequence& sequence = order.sequence(users.front().stage);
    const AxisLife& life = users.front().life.across;
    axes_[i].cell_width = sequence.cell_width();
    auto& cells = axes_[i].cells.emplace_back();
    for (std::int64_t x = sequence.area().x; x < sequence.area().right();
         x += sequence.cell_width())
      cells.emplace_back(life.started(x + sequence.cell_width()), life.finished(x));
  }
}

void PartsOccupancy::add_down(const PassShape& shape, const PassOrder& order,
                              const Occupancy& part) {
  for (std::size_t i = 0; i < shape.supplies.size(); ++i) {
    const auto& users = part.uses_[i].users;
    if (users.empty()) continue;
    const bool swapped = users.front().life.transposed;
    const std::int64_t used =
        used_along(users, swapped ? axes_[i].columns : axes_[i].rows,
                   [](const BlockLife& life) -> const AxisLife& { return life.down; });
    axes_[i].down = std::max(axes_[i].down, used);
    axes_[i].down_sum += used;
    auto& lines = axes_[i].lines.emplace_back();
    // What several stages use, or what runs ahead of its users, may be there as a whole.
    const Supply::Kept* kept = shape.supplies[i].kept();
    if (users.size() > 1 || (kept && order.advances_by_share(kept->stage))) continue;
    const UnitSequence& sequence = order.sequence(users.front().stage);
    const AxisLife& life = users.front().life.down;
    for (std::int64_t y = sequence.area().y; y < sequence.area().bottom();) {
      const Interval line = sequence.line_of(y);
      Line& l = lines.emplace_back();
      const std::int64_t begun = life.started(line.end) - life.started(line.begin);
      const std::int64_t ended = life.finished(line.end) - life.finished(line.begin);
      l.units = line.size();
      l.within = life.within(line);
      l.ending = ended - l.within;
      l.staying = begun - l.within;
      l.carried = life.started(line.begin) - life.finished(line.begin) - l.ending;
      y = line.end;
    }
  }
}

// Most columns of blocks in use at once while a line of this height is gone through.
std::int64_t PartsOccupancy::widest(const Axes& axes, std::int64_t height,
                                    std::int64_t credits) const {
  const auto behind = static_cast<std::size_t>(ceil_div(credits, axes.cell_width * height));
  std::int64_t most = 0;
  for (const auto& cells : axes.cells)
    for (std::size_t q = 0; q < cells.size(); ++q)
      most = std::max(most, cells[q].first - (q >= behind ? cells[q - behind].second : 0));
  return most;
}

std::int64_t PartsOccupancy::most_alive(int supply, std::int64_t credits) const {
  constexpr std::int64_t kFewParts = 32;
  const std::int64_t bound = this->bound(axes_[static_cast<std::size_t>(supply)], credits);
  if (route_.parts() > kFewParts) return bound;
  std::int64_t most = 0;
  for (std::int64_t part = 0; part < route_.parts(); ++part) {
    const PassOrder order(shape_, units_, route_, part);
    most = std::max(most, Occupancy(shape_, units_, order).most_alive(supply, credits));
  }
  return std::min(most, bound);
}

// Rows of blocks that end with a line and those that stay behind it make up for each other: at each
// column some of the one kind are gone where the others have come.
std::int64_t PartsOccupancy::bound(const Axes& axes, std::int64_t credits) const {
  std::map<std::int64_t, std::int64_t> widest_by_height;
  std::int64_t most = 0;
  for (const std::vector<Line>& lines : axes.lines) {
    if (lines.empty()) return axes.across * axes.down;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      const auto [found, fresh] = widest_by_height.try_emplace(line.units, 0);
      if (fresh) found->second = std::min(axes.across, widest(axes, line.units, credits));
      const std::int64_t few = found->second;
      const std::int64_t turning = std::max(line.ending, line.staying);
      std::int64_t alive = axes.across * (line.carried + turning) + few * (line.within + turning);
      // Units in flight may be of lines before.
      std::int64_t behind = 0;
      for (std::size_t before = i; before > 0 && behind < credits;) {
        const Line& l = lines[--before];
        const bool partly = behind == 0 && l.units * axes.narrowest >= credits;
        alive += (l.ending + l.within) * (partly ? few : axes.across);
        behind += l.units * axes.narrowest;
      }
      most = std::max(most, alive);
    }
  }
  return std::min(most, axes.across * axes.down) + 1;
}

std::int64_t PartsOccupancy::used(int supply) const {
  const Axes& axes = axes_[static_cast<std::size_t>(supply)];
  return axes.across_sum * axes.down_sum;
}

void PartsOccupancy::for_each_run(int supply, const UsedRun& visit) const {
  const Axes& axes = axes_[static_cast<std::size_t>(supply)];
  for (const auto& [row, by_rows] : axes.rows)
    for (auto at = axes.columns.begin(); at != axes.columns.end();) {
      Interval run{at->first, at->first};
      const std::int64_t times = at->second;
      for (; at != axes.columns.end() && at->first == run.end && at->second == times; ++at)
        ++run.end;
      visit(row, run, times * by_rows);
    }
}

bool parts_are_separable(const PassShape& shape, const PassUnits& units) {
  const PassOrder order(shape, units, Route{}, 0);
  std::vector<int> transposed(shape.supplies.size(), -1);
  for (int s = 0; s < order.stages(); ++s) {
    for (const PassOrder::Demand& demand : order.demands(s))
      if (!demand.aligned) return false;
    for (const LeafFetches& leaf : units.fetches[static_cast<std::size_t>(s)]) {
      int& known = transposed[static_cast<std::size_t>(
          shape.supply_of_node[static_cast<std::size_t>(leaf.node)])];
      const int now = leaf.transposed != order.sequence(s).turned();
      if (known >= 0 && known != now) return false;
      known = now;
    }
  }
  return true;
}

}  // namespace sluice
