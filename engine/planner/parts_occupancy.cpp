// Occupancy of a pass that is cut into parts.

#include <algorithm>
#include <set>

#include "engine/planner/occupancy.hpp"

namespace sluice {

namespace {

// Adds 1 for each block along an axis that any of the users uses, and counts these.
template <class Users>
std::int64_t used_along(const Users& users, bool across,
                        std::map<std::int64_t, std::int64_t>& parts) {
  std::int64_t used = 0;
  std::set<std::int64_t> seen;
  for (const auto& user : users) {
    const AxisLife& axis = across ? user.life.across : user.life.down;
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
  for (std::int64_t column = 0; column < route.columns; ++column)
    add(PassOrder(shape, units, route, (route.rows - 1) * route.columns + column), true);
  for (std::int64_t row = 0; row < route.rows; ++row)
    add(PassOrder(shape, units, route, (row + 1) * route.columns - 1), false);
}

// One of a row of parts (across), or of a column of them.
void PartsOccupancy::add(const PassOrder& order, bool across) {
  const Occupancy part(shape_, units_, order);
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const auto& users = part.uses_[i].users;
    if (users.empty()) continue;
    const auto& [stage, life] = users.front();
    const UnitSequence& sequence = order.sequence(stage);
    Axes& axes = axes_[i];
    const std::int64_t used =
        used_along(users, across, across != life.transposed ? axes.columns : axes.rows);
    Used& along = across ? axes.across : axes.down;
    along.most = std::max(along.most, used);
    along.sum += used;
    if (across) {
      axes.add_cells(sequence, life.across);
      continue;
    }
    // What several stages use, or what runs ahead of its users, may be there as a whole.
    const Supply::Kept* kept = shape_.supplies[i].kept();
    if (users.size() > 1 || (kept && order.advances_by_share(kept->stage)))
      axes.lines.emplace_back();
    else
      axes.add_lines(sequence, life.down);
  }
}

void PartsOccupancy::Axes::add_cells(const UnitSequence& sequence, const AxisLife& life) {
  const Rect& area = sequence.area();
  narrowest = narrowest == 0 ? area.width : std::min(narrowest, area.width);
  cell_width = sequence.cell_width();
  auto& of_part = cells.emplace_back();
  for (std::int64_t x = area.x; x < area.right(); x += cell_width)
    of_part.emplace_back(life.started(x + cell_width), life.finished(x));
}

void PartsOccupancy::Axes::add_lines(const UnitSequence& sequence, const AxisLife& life) {
  auto& of_part = lines.emplace_back();
  for (std::int64_t y = sequence.area().y; y < sequence.area().bottom();) {
    const Interval line = sequence.line_of(y);
    const std::int64_t begun = life.started(line.end) - life.started(line.begin);
    const std::int64_t ended = life.finished(line.end) - life.finished(line.begin);
    Line& l = of_part.emplace_back();
    l.units = line.size();
    l.within = life.within(line);
    l.ending = ended - l.within;
    l.staying = begun - l.within;
    l.carried = life.started(line.begin) - life.finished(line.begin) - l.ending;
    y = line.end;
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

// Of few parts each is looked at, one after the other: what is known of a part takes memory.
std::vector<Alive> PartsOccupancy::most_alive(std::span<const int> credits) const {
  constexpr std::int64_t kFewParts = 32;
  std::vector<Alive> bounds(credits.size());
  for (std::size_t c = 0; c < credits.size(); ++c)
    for (const Axes& axes : axes_)
      bounds[c].push_back(bound(axes, credits[c]));
  if (route_.parts() > kFewParts) return bounds;
  std::vector<Alive> most(credits.size(), Alive(axes_.size(), 0));
  for (std::int64_t part = 0; part < route_.parts(); ++part) {
    const PassOrder order(shape_, units_, route_, part);
    const std::vector<Alive> of_part = Occupancy(shape_, units_, order).most_alive(credits);
    for (std::size_t c = 0; c < most.size(); ++c)
      for (std::size_t i = 0; i < axes_.size(); ++i)
        most[c][i] = std::max(most[c][i], std::min(of_part[c][i], bounds[c][i]));
  }
  return most;
}

// Rows of blocks that end with a line and those that stay behind it make up for each other: at each
// column some of the one kind are gone where the others have come.
std::int64_t PartsOccupancy::bound(const Axes& axes, std::int64_t credits) const {
  std::map<std::int64_t, std::int64_t> widest_by_height;
  std::int64_t most = 0;
  for (const std::vector<Line>& lines : axes.lines) {
    if (lines.empty()) return axes.across.most * axes.down.most;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      const auto [found, fresh] = widest_by_height.try_emplace(line.units, 0);
      if (fresh) found->second = std::min(axes.across.most, widest(axes, line.units, credits));
      const std::int64_t few = found->second;
      const std::int64_t turning = std::max(line.ending, line.staying);
      std::int64_t alive =
          axes.across.most * (line.carried + turning) + few * (line.within + turning);
      // Units in flight may be of lines before.
      std::int64_t behind = 0;
      for (std::size_t before = i; before > 0 && behind < credits;) {
        const Line& l = lines[--before];
        const bool partly = behind == 0 && l.units * axes.narrowest >= credits;
        alive += (l.ending + l.within) * (partly ? few : axes.across.most);
        behind += l.units * axes.narrowest;
      }
      most = std::max(most, alive);
    }
  }
  return std::min(most, axes.across.most * axes.down.most) + 1;
}

std::int64_t PartsOccupancy::used(int supply) const {
  const Axes& axes = axes_[static_cast<std::size_t>(supply)];
  return axes.across.sum * axes.down.sum;
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
