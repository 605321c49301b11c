#include "engine/planner/pass_order.hpp"

#include <algorithm>

namespace sluice {

std::int64_t PassUnits::bytes() const {
  std::int64_t bytes = 0;
  for (const auto& stage : fetches)
    for (const LeafFetches& leaf : stage)
      bytes += leaf.by_column.bytes() + leaf.by_row.bytes();
  return bytes;
}

PassUnits units_of(const PassShape& shape, std::span<const UnitGrid> grids) {
  auto fits = std::make_shared<std::vector<StageFit>>();
  for (std::size_t s = 0; s < shape.stages.size(); ++s) {
    const Stage& stage = shape.stages[s];
    fits->push_back(fit(
        stage, s < grids.size() ? grids[s] : tile_units(shape.supply_of(stage.root().node).grid)));
  }
  return units_of(shape, std::move(fits));
}

PassUnits units_of(const PassShape& shape, std::shared_ptr<const std::vector<StageFit>> fits) {
  std::map<NodeId, BlockGrid> blocks;
  for (const Supply& supply : shape.supplies)
    blocks[supply.node] = supply.grid;
  PassUnits units;
  for (std::size_t s = 0; s < shape.stages.size(); ++s)
    units.fetches.push_back(fetches_of(shape.stages[s], (*fits)[s].grid, blocks));
  units.fits = std::move(fits);
  units.users.resize(shape.supplies.size());
  for (int s = 0; s < static_cast<int>(units.fetches.size()); ++s)
    for (const LeafFetches& leaf : units.fetches[static_cast<std::size_t>(s)])
      units
          .users[static_cast<std::size_t>(
              shape.supply_of_node[static_cast<std::size_t>(leaf.node)])]
          .push_back({s, &leaf});
  return units;
}

namespace {

// The k-th of n parts of `cells` cells, in units.
Interval part_along(std::int64_t cells, std::int64_t n, std::int64_t k, std::int64_t per_cell,
                    std::int64_t units) {
  return {cells * k / n * per_cell, std::min(cells * (k + 1) / n * per_cell, units)};
}

void widen(Interval& all, const AxisFetches::Blocks& more) {
  if (more.begin == more.end) return;
  all = all.begin == all.end
            ? Interval{more.begin, more.end}
            : Interval{std::min(all.begin, more.begin), std::max(all.end, more.end)};
}

// Where the pieces of a user's axis, which begin at `starts`, first need more of the other axis
// than those before.
std::vector<std::int64_t> starts_behind(const std::vector<Interval>& pieces,
                                        const AxisFetches& fetches, Interval all) {
  std::vector<std::int64_t> starts{all.begin};
  std::int64_t to = all.begin;
  for (const Interval& piece : pieces) {
    if (to > starts.back() && to < all.end) starts.push_back(to);
    const AxisFetches::Blocks reach = fetches.reach(piece);
    if (reach.begin < reach.end) to = std::max(to, reach.end);
  }
  return starts;
}

// By unit of the axis: how far it and those before it reach.
std::vector<std::int64_t> reach_to(const AxisFetches& fetches, Interval units) {
  std::vector<std::int64_t> to;
  std::int64_t most = 0;
  for (std::int64_t unit = units.begin; unit < units.end; ++unit) {
    for (const AxisFetches::Blocks& blocks : fetches.of_unit(unit))
      most = std::max(most, blocks.end);
    to.push_back(most);
  }
  return to;
}

}  // namespace

PassOrder::PassOrder(const PassShape& shape, const PassUnits& units, const Route& route,
                     std::int64_t part) {
  demands_.resize(shape.stages.size());
  for (int s = 0; s < static_cast<int>(shape.stages.size()); ++s) {
    const Stage& stage = shape.stages[static_cast<std::size_t>(s)];
    if (shape.is_goal(s))
      add_goal((*units.fits)[static_cast<std::size_t>(s)].grid, route, part);
    else
      add_kept(shape, units, s);
    shares_.push_back(shape.is_goal(s) || stage.operation(stage.root().node)->traits().always_kept);
  }
  // Users stand before what they use.
  counts_.assign(shape.stages.size(), 0);
  for (int s = 0; s < stages(); ++s) {
    std::int64_t& count = counts_[static_cast<std::size_t>(s)];
    if (shape.is_goal(s)) count = sequence(s).count();
    for (const Demand& demand : demands(s)) {
      std::int64_t& needed = counts_[static_cast<std::size_t>(demand.stage)];
      needed = std::max(needed, required(s, demand, count));
    }
    total_ += count;
    if (shape.is_goal(s)) goal_units_ += count;
  }
}

void PassOrder::add_goal(const UnitGrid& grid, const Route& route, std::int64_t part) {
  const Interval columns = part_along(grid.cell_columns(), route.columns, part % route.columns,
                                      grid.cell_unit_columns(), grid.unit_columns());
  const Interval rows = part_along(grid.cell_rows(), route.rows, part / route.columns,
                                   grid.cell_unit_rows(), grid.unit_rows());
  UnitSequence::Order order;
  order.across = route.travel == Travel::rows && grid.split_by_rows();
  if (route.travel == Travel::columns) {
    const std::int64_t step =
        ceil_div(route.band_width, grid.cell_width) * grid.cell_unit_columns();
    for (std::int64_t x = columns.begin; x < columns.end; x += step)
      order.bands.push_back(x);
  }
  sequences_.emplace_back(grid, Rect{columns.begin, rows.begin, columns.size(), rows.size()},
                          std::move(order));
}

// Tiles run in lines of those that a line of their first user needs, or a row of its units where it
// goes by rows, and in its bands.
void PassOrder::add_kept(const PassShape& shape, const PassUnits& units, int stage) {
  const auto& users = units.users[static_cast<std::size_t>(shape.made_by(stage))];
  const UnitGrid& grid = (*units.fits)[static_cast<std::size_t>(stage)].grid;
  Interval columns, rows;
  int first_user = -1;
  const LeafFetches* first_leaf = nullptr;
  const auto by_x = [&](int user, const LeafFetches& leaf) -> const AxisFetches& {
    return sequence(user).turned() ? leaf.by_row : leaf.by_column;
  };
  const auto by_y = [&](int user, const LeafFetches& leaf) -> const AxisFetches& {
    return sequence(user).turned() ? leaf.by_column : leaf.by_row;
  };
  const auto along = [&](int user) {
    const Rect& area = sequence(user).area();
    return std::pair(Interval{area.x, area.right()}, Interval{area.y, area.bottom()});
  };
  for (const auto& [user, fetches] : users) {
    const LeafFetches& leaf = *fetches;
    if (sequence(user).count() == 0) continue;
    if (!first_leaf) first_user = user, first_leaf = &leaf;
    const auto [x, y] = along(user);
    const bool swapped = leaf.transposed != sequence(user).turned();
    widen(swapped ? rows : columns, by_x(user, leaf).reach(x));
    widen(swapped ? columns : rows, by_y(user, leaf).reach(y));
  }
  UnitSequence::Order order;
  if (first_leaf) {
    order.turned = first_leaf->transposed != sequence(first_user).turned();
    const auto [x, y] = along(first_user);
    const UnitSequence& user = sequence(first_user);
    std::vector<Interval> bands, lines;
    for (std::int64_t b = 0; b < user.band_count(); ++b)
      bands.push_back(user.band(b));
    for (std::int64_t at = y.begin; at < y.end; at = lines.back().end)
      lines.push_back(user.step_of(at));
    if (bands.size() > 1)
      order.bands =
          starts_behind(bands, by_x(first_user, *first_leaf), order.turned ? rows : columns);
    order.lines =
        starts_behind(lines, by_y(first_user, *first_leaf), order.turned ? columns : rows);
  }
  sequences_.emplace_back(grid, Rect{columns.begin, rows.begin, columns.size(), rows.size()},
                          std::move(order));
  for (const auto& [user, fetches] : users) {
    const LeafFetches& leaf = *fetches;
    if (sequence(user).count() == 0) continue;
    const auto [x, y] = along(user);
    Demand demand{stage, true, reach_to(by_x(user, leaf), x), reach_to(by_y(user, leaf), y)};
    const bool swapped = leaf.transposed != sequence(user).turned();
    demand.aligned = swapped == sequences_.back().turned();
    auto& all = demands_[static_cast<std::size_t>(user)];
    const auto same = std::find_if(all.begin(), all.end(), [&](const Demand& d) {
      return d.stage == stage && d.aligned == demand.aligned;
    });
    if (same == all.end()) {
      all.push_back(std::move(demand));
      continue;
    }
    for (std::size_t i = 0; i < same->across.size(); ++i)
      same->across[i] = std::max(same->across[i], demand.across[i]);
    for (std::size_t i = 0; i < same->down.size(); ++i)
      same->down[i] = std::max(same->down[i], demand.down[i]);
  }
}

std::int64_t PassOrder::required(int user, const Demand& demand, UnitSequence::Place place) const {
  const Rect& area = sequence(user).area();
  const std::int64_t x = demand.across[static_cast<std::size_t>(place.x - area.x)];
  const std::int64_t y = demand.down[static_cast<std::size_t>(place.y - area.y)];
  if (x == 0 || y == 0) return 0;
  return sequence(demand.stage)
             .index_of(demand.aligned ? UnitSequence::Place{x - 1, y - 1}
                                      : UnitSequence::Place{y - 1, x - 1}) +
         1;
}

std::int64_t PassOrder::required(int user, const Demand& demand, std::int64_t count) const {
  std::int64_t most = 0;
  sequence(user).for_each_before(count, [&](const Rect& r) {
    most = std::max(most, required(user, demand, {r.right() - 1, r.bottom() - 1}));
  });
  return most;
}

// The stage least far along: the smallest (given + 1) / count, compared by cross products.
int UnitWalk::next_by_share() const {
  int best = -1;
  for (int s = 0; s < order_.stages(); ++s) {
    const auto i = static_cast<std::size_t>(s);
    if (!order_.advances_by_share(s) || given_[i] == order_.count(s)) continue;
    if (best < 0 ||
        static_cast<__int128>(given_[i] + 1) * order_.count(best) <
            static_cast<__int128>(given_[static_cast<std::size_t>(best)] + 1) * order_.count(s))
      best = s;
  }
  return best;
}

UnitRef UnitWalk::next() {
  if (wanted_.empty()) wanted_.push_back(next_by_share());
  for (;;) {
    const int stage = wanted_.back();
    std::int64_t& given = given_[static_cast<std::size_t>(stage)];
    int before = -1;
    if (!order_.demands(stage).empty()) {
      const UnitSequence::Place place = order_.sequence(stage).place(given);
      for (const PassOrder::Demand& demand : order_.demands(stage))
        if (given_[static_cast<std::size_t>(demand.stage)] <
            order_.required(stage, demand, place)) {
          before = demand.stage;
          break;
        }
    }
    if (before < 0) {
      wanted_.pop_back();
      return {stage, given++};
    }
    wanted_.push_back(before);
  }
}

}  // namespace sluice
