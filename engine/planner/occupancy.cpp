#include "engine/planner/occupancy.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <queue>
#include <set>

namespace sluice {

namespace {

std::vector<const LeafFetches*> leaves_on(const std::vector<LeafFetches>& fetches, NodeId node) {
  std::vector<const LeafFetches*> leaves;
  for (const LeafFetches& leaf : fetches)
    if (leaf.node == node) leaves.push_back(&leaf);
  return leaves;
}

Interval hull(Interval a, Interval b) {
  if (a.begin == a.end) return b;
  if (b.begin == b.end) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

// The most that are alive over one stage's sequence, where that stage alone uses a supply. Lines of
// units that begin and end the use of blocks in the same pattern are alike but for a constant, so
// that only the one with the largest constant is looked at unit by unit.
class LineSearch {
 public:
  LineSearch(const UnitSequence& sequence, const BlockLife& life, std::int64_t credits)
      : sequence_(sequence), life_(life), credits_(credits) {}
  /// The supply is kept tiles, which run as far as the stage demands.
  void of_tiles(const PassOrder& order, int stage, const PassOrder::Demand& demand) {
    order_ = &order;
    stage_ = stage;
    demand_ = &demand;
  }

  std::int64_t run() {
    for (std::int64_t b = 0; b < sequence_.band_count(); ++b) {
      band_ = sequence_.band(b);
      if (band_.size() == 0) continue;
      alike_.clear();
      const Rect& area = sequence_.area();
      for (std::int64_t y = area.y; y < area.bottom();) {
        const Interval line = sequence_.line_of(y);
        look_at(line);
        y = line.end;
      }
      for (const auto& [pattern, best] : alike_)
        search(best.line);
    }
    return most_;
  }

 private:
  struct Best {
    Interval line;
    std::int64_t constant = 0;
  };

  void look_at(Interval line) {
    // Units in flight may be of lines before.
    std::int64_t from = line.begin, behind = 0;
    while (from > sequence_.area().y && behind < credits_) {
      const Interval before = sequence_.line_of(from - 1);
      behind += before.size() * band_.size();
      from = before.begin;
    }
    if (behind < credits_) return search(line);
    pattern_.clear();
    const std::int64_t started = life_.down.started(line.begin);
    const std::int64_t finished = life_.down.finished(line.begin);
    for (std::int64_t y = from; y <= line.end; ++y)
      pattern_.push_back(life_.down.finished(y) - finished);
    std::int64_t constant =
        -finished * (life_.across.finished(band_.end) - life_.across.finished(band_.begin));
    if (demand_) {
      constant += tiles_pattern(line);
    } else {
      for (std::int64_t y = line.begin; y <= line.end; ++y)
        pattern_.push_back(life_.down.started(y) - started);
      constant += started * (life_.across.started(band_.end) - life_.across.started(band_.begin));
    }
    const auto [found, fresh] = alike_.try_emplace(pattern_, Best{line, constant});
    if (!fresh && constant > found->second.constant) found->second = {line, constant};
  }

  // How the line's demand grows, in lines of the tiles' sequence.
  std::int64_t tiles_pattern(Interval line) {
    const UnitSequence& tiles = order_->sequence(demand_->stage);
    const std::int64_t top = sequence_.area().y;
    const auto demanded = [&](std::int64_t y) {
      return demand_->down[static_cast<std::size_t>(y - top)];
    };
    const std::int64_t base =
        demanded(line.begin) > 0 ? tiles.line_of(demanded(line.begin) - 1).begin : tiles.area().y;
    for (std::int64_t y = line.begin; y < line.end; ++y) {
      pattern_.push_back(demanded(y) - base);
      if (demanded(y) == 0) continue;
      const Interval at = tiles.line_of(demanded(y) - 1);
      pattern_.push_back(at.begin - base);
      pattern_.push_back(at.end - base);
    }
    const Interval band = tiles_band(tiles);
    return (base - tiles.area().y) * band.size();
  }

  // The band of tiles that goes with ours holds those that this band demands as the first.
  Interval tiles_band(const UnitSequence& tiles) const {
    const std::int64_t left = sequence_.area().x;
    const auto to = [&](std::int64_t x) {
      return x > left ? demand_->across[static_cast<std::size_t>(x - 1 - left)] : tiles.area().x;
    };
    return {std::max(to(band_.begin), tiles.area().x), std::max(to(band_.end), tiles.area().x)};
  }

  void search(Interval line) {
    const std::int64_t first = sequence_.index_of({band_.begin, line.begin});
    const std::int64_t end = first + band_.size() * line.size();
    const std::int64_t ending = std::max<std::int64_t>(0, first - credits_);
    std::int64_t begun =
        demand_ ? order_->required(stage_, *demand_, first) : life_.started(sequence_, first);
    std::int64_t ended = life_.finished(sequence_, ending);
    UnitSequence::Cursor coming_at(sequence_, first), ending_at(sequence_, ending);
    for (std::int64_t n = first; n < end; ++n, coming_at.next()) {
      const UnitSequence::Place place = coming_at.place();
      begun = demand_ ? std::max(begun, order_->required(stage_, *demand_, place))
                      : begun + life_.starting_with(place);
      if (n >= credits_) {
        ended += life_.finishing_with(ending_at.place());
        ending_at.next();
      }
      most_ = std::max(most_, begun - ended);
    }
  }

  const UnitSequence& sequence_;
  const BlockLife& life_;
  const std::int64_t credits_;
  const PassOrder* order_ = nullptr;
  int stage_ = -1;
  const PassOrder::Demand* demand_ = nullptr;
  Interval band_;
  std::vector<std::int64_t> pattern_;
  std::map<std::vector<std::int64_t>, Best> alike_;
  std::int64_t most_ = 0;
};

std::vector<Corner> corners(const UnitSequence& sequence, std::int64_t count, const BlockLife& life,
                            bool finished) {
  std::vector<Corner> all;
  sequence.for_each_before(count, [&](const Rect& r) {
    Corner c = finished
                   ? Corner{life.across.finished_to(r.right()), life.down.finished_to(r.bottom())}
                   : Corner{life.across.started_to(r.right()), life.down.started_to(r.bottom())};
    if (life.transposed) std::swap(c.x, c.y);
    if (c.x > 0 && c.y > 0) all.push_back(c);
  });
  return all;
}

// The same of the units themselves, in the grid.
std::vector<Corner> unit_corners(const UnitSequence& sequence, std::int64_t count) {
  std::vector<Corner> all;
  sequence.for_each_before(count, [&](const Rect& r) {
    const UnitSequence::Place place = sequence.turn({r.right(), r.bottom()});
    all.push_back({place.x, place.y});
  });
  return all;
}

}  // namespace

std::int64_t area_of_union(std::vector<Corner> corners) {
  std::sort(corners.begin(), corners.end(),
            [](const Corner& a, const Corner& b) { return a.y > b.y; });
  std::int64_t area = 0, x = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    x = std::max(x, corners[i].x);
    const std::int64_t below = i + 1 < corners.size() ? corners[i + 1].y : 0;
    area += x * (corners[i].y - below);
  }
  return area;
}

std::int64_t area_of_intersection(const std::vector<std::vector<Corner>>& lists) {
  // From the bottom up; each list's width grows whenever one of its corners is reached.
  struct Event {
    std::int64_t y = 0, x = 0;
    std::size_t list = 0;
  };
  std::vector<Event> events;
  for (std::size_t i = 0; i < lists.size(); ++i)
    for (const Corner& c : lists[i])
      events.push_back({c.y, c.x, i});
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.y > b.y; });
  std::vector<std::int64_t> width(lists.size(), 0);
  std::multiset<std::int64_t> widths(width.begin(), width.end());
  std::int64_t area = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::int64_t& own = width[events[i].list];
    if (events[i].x > own) {
      widths.erase(widths.find(own));
      own = events[i].x;
      widths.insert(own);
    }
    const std::int64_t below = i + 1 < events.size() ? events[i + 1].y : 0;
    area += *widths.begin() * (events[i].y - below);
  }
  return area;
}

Occupancy::Occupancy(const PassShape& shape, const PassUnits& units, const PassOrder& order)
    : shape_(shape), order_(order) {
  uses_.resize(shape.supplies.size());
  for (int s = 0; s < order.stages(); ++s) {
    if (order.sequence(s).count() == 0) continue;
    const auto& fetches = units.fetches[static_cast<std::size_t>(s)];
    std::vector<NodeId> seen;
    for (const LeafFetches& leaf : fetches) {
      if (std::find(seen.begin(), seen.end(), leaf.node) != seen.end()) continue;
      seen.push_back(leaf.node);
      const auto supply =
          static_cast<std::size_t>(shape.supply_of_node[static_cast<std::size_t>(leaf.node)]);
      const Supply& from = shape.supplies[supply];
      uses_[supply].users.push_back({s, life_of(leaves_on(fetches, leaf.node), order.sequence(s),
                                                from.grid, from.in_order())});
    }
  }
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    if (!shape.supplies[i].in_order()) continue;
    const auto used = [&](std::int64_t row) {
      return std::any_of(uses_[i].users.begin(), uses_[i].users.end(),
                         [&](const User& user) { return user.life.of_rows().uses(row); });
    };
    std::int64_t rows = shape.supplies[i].grid.rows();
    while (rows > 0 && !used(rows - 1))
      --rows;
    for (std::int64_t row = 0; row < rows && !uses_[i].skips; ++row)
      uses_[i].skips = !used(row);
  }
}

void Occupancy::for_each_run(int supply, const UsedRun& visit) const {
  const Use& use = uses_[static_cast<std::size_t>(supply)];
  Interval rows, columns;
  for (const User& user : use.users) {
    rows = hull(rows, user.life.of_rows().blocks());
    columns = hull(columns, user.life.of_columns().blocks());
  }
  // Rows that the same stages use are used in the same columns.
  std::vector<bool> who, last;
  std::vector<Interval> runs;
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    who.clear();
    for (const User& user : use.users)
      who.push_back(user.life.of_rows().uses(row));
    if (who != last) {
      runs.clear();
      for (std::int64_t column = columns.begin; column < columns.end; ++column) {
        bool used = false;
        for (std::size_t i = 0; i < who.size() && !used; ++i)
          used = who[i] && use.users[i].life.of_columns().uses(column);
        if (!used) continue;
        if (!runs.empty() && runs.back().end == column)
          ++runs.back().end;
        else
          runs.push_back({column, column + 1});
      }
      last = who;
    }
    for (const Interval& run : runs)
      visit(row, run, 1);
  }
}

std::int64_t Occupancy::used(int supply) const {
  const Supply& from = shape_.supplies[static_cast<std::size_t>(supply)];
  if (const Supply::Kept* kept = from.kept()) return order_.count(kept->stage);
  std::int64_t used = 0, last = -1;
  for_each_run(supply, [&](std::int64_t row, Interval run, std::int64_t) {
    used += run.size();
    last = row;
  });
  // Rows on the way are decoded too.
  return from.in_order() ? last + 1 : used;
}

std::vector<Alive> Occupancy::most_alive(std::span<const int> credits) const {
  std::vector<Alive> alive(credits.size());
  for (std::size_t i = 0; i < credits.size(); ++i)
    for (std::size_t supply = 0; supply < uses_.size(); ++supply)
      alive[i].push_back(most_alive(static_cast<int>(supply), credits[i]));
  return alive;
}

std::int64_t Occupancy::most_alive(int supply, std::int64_t credits) const {
  const Use& use = uses_[static_cast<std::size_t>(supply)];
  if (use.users.empty()) return 0;
  const std::int64_t alive =
      use.users.size() == 1 ? by_lines(supply, credits) : shared(supply, credits);
  return std::min(alive + (use.skips ? 1 : 0),
                  shape_.supplies[static_cast<std::size_t>(supply)].grid.count() + 1);
}

std::int64_t Occupancy::by_lines(int supply, std::int64_t credits) const {
  const User& user = uses_[static_cast<std::size_t>(supply)].users.front();
  const UnitSequence& sequence = order_.sequence(user.stage);
  if (user.life.mixed) return used(supply);
  LineSearch search(sequence, user.life, credits);
  const Supply::Kept* kept = shape_.supplies[static_cast<std::size_t>(supply)].kept();
  if (!kept) return search.run();
  if (order_.advances_by_share(kept->stage))
    return std::min(shared(supply, credits), ahead_of_user(supply, credits));
  for (const PassOrder::Demand& demand : order_.demands(user.stage))
    if (demand.stage == kept->stage) {
      if (!demand.aligned) return used(supply);
      search.of_tiles(order_, user.stage, demand);
    }
  return search.run();
}

// Tiles that advance by share, counted by the units of their only user: when `n` of these have come
// up, tiles are there as far as they demand, or as far as the share goes that the next unit stands
// for.
std::int64_t Occupancy::ahead_of_user(int supply, std::int64_t credits) const {
  constexpr std::int64_t kMostSteps = 10'000;
  const User& user = uses_[static_cast<std::size_t>(supply)].users.front();
  const int tiles = shape_.supplies[static_cast<std::size_t>(supply)].kept()->stage;
  const std::int64_t all = order_.count(tiles), units = order_.count(user.stage);
  if (!order_.advances_by_share(user.stage)) return all;
  const std::int64_t step = ceil_div(units, kMostSteps);
  std::int64_t most = 0;
  for (std::int64_t n = 0; n < units; n += step) {
    const std::int64_t to = std::min(n + step, units);
    auto given = static_cast<std::int64_t>(static_cast<__int128>(all) * to / units);
    for (const PassOrder::Demand& demand : order_.demands(user.stage))
      if (demand.stage == tiles) given = std::max(given, order_.required(user.stage, demand, to));
    const std::int64_t ended =
        user.life.finished(order_.sequence(user.stage), std::max<std::int64_t>(0, n + 1 - credits));
    most = std::max(most, std::min(given, all) - ended);
  }
  return most;
}

namespace {

// How far the stages are when the unit that comes next by share is the one at `at` of kSteps: at
// least, or at most.
class Advance {
 public:
  static constexpr std::int64_t kSteps = std::int64_t{1} << 40;

  explicit Advance(const PassOrder& order) : order_(order) {
    for (int s = 0; s < order.stages(); ++s)
      if (order.advances_by_share(s)) {
        ++sharing_;
        units_ += order.count(s);
      }
  }

  std::vector<std::int64_t> counts(std::int64_t at, bool at_most) const {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(order_.stages()), 0);
    for (int s = 0; s < order_.stages(); ++s) {
      std::int64_t& count = counts[static_cast<std::size_t>(s)];
      const std::int64_t all = order_.count(s);
      if (order_.advances_by_share(s)) {
        // The stage with the least (given + 1) / all comes next, so none is behind by a whole unit.
        const __int128 share = static_cast<__int128>(all) * at;
        count = std::max(count, static_cast<std::int64_t>(
                                    at_most ? share / kSteps : (share + kSteps - 1) / kSteps - 1));
      }
      count = std::min(count, all);
      for (const PassOrder::Demand& demand : order_.demands(s)) {
        std::int64_t& needed = counts[static_cast<std::size_t>(demand.stage)];
        needed = std::max(needed, order_.required(s, demand, count));
      }
    }
    return counts;
  }

  // The last step from which on `credits` units have certainly come until `at`; before the first,
  // nothing.
  std::vector<std::int64_t> counts_before(std::int64_t at, std::int64_t credits) const {
    const std::vector<std::int64_t> now = counts(at, false);
    auto step = static_cast<std::int64_t>(static_cast<__int128>(kSteps) * (credits + 2 * sharing_) /
                                          std::max<std::int64_t>(units_, 1)) +
                1;
    for (; step < at; step *= 2) {
      const std::vector<std::int64_t> then = counts(at - step, true);
      std::int64_t between = 0;
      for (std::size_t s = 0; s < now.size(); ++s)
        between += std::max<std::int64_t>(0, now[s] - then[s]);
      if (between >= credits) return counts(at - step, false);
    }
    return std::vector<std::int64_t>(now.size(), 0);
  }

 private:
  const PassOrder& order_;
  std::int64_t sharing_ = 0, units_ = 0;
};

}  // namespace

// The first column and row of blocks that any user uses.
Corner Occupancy::first_used(const std::vector<User>& users) {
  Corner first{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()};
  for (const User& user : users) {
    first.x = std::min(first.x, user.life.of_columns().blocks().begin);
    first.y = std::min(first.y, user.life.of_rows().blocks().begin);
  }
  return first;
}

// What is begun at the end of a step, less what had ended at its beginning, bounds what is alive
// during the step; the steps that promise most are halved until that is exact enough.
std::int64_t Occupancy::shared(int supply, std::int64_t credits) const {
  constexpr int kMostSteps = 3000;
  const Use& use = uses_[static_cast<std::size_t>(supply)];
  const Supply& from = shape_.supplies[static_cast<std::size_t>(supply)];
  const std::int64_t all = used(supply);
  for (const User& user : use.users)
    if (user.life.mixed || !user.life.across.ordered() || !user.life.down.ordered()) return all;
  const Advance advance(order_);
  const Corner base = first_used(use.users);
  const auto add = [&](std::vector<Corner>& to, std::vector<Corner> corners) {
    for (const Corner& c : corners)
      if (c.x > base.x && c.y > base.y) to.push_back({c.x - base.x, c.y - base.y});
  };
  using Counts = std::vector<std::int64_t>;
  const auto begun_by = [&](const Counts& counts) {
    std::vector<Corner> any;
    if (const Supply::Kept* kept = from.kept()) {
      add(any, unit_corners(order_.sequence(kept->stage),
                            counts[static_cast<std::size_t>(kept->stage)]));
      return any;
    }
    for (const User& user : use.users)
      add(any, corners(order_.sequence(user.stage), counts[static_cast<std::size_t>(user.stage)],
                       user.life, false));
    return any;
  };
  const auto begun = [&](std::int64_t at) {
    return area_of_union(begun_by(advance.counts(at, true)));
  };
  const auto ended = [&](std::int64_t at) {
    const Counts counts = advance.counts_before(at, credits);
    std::vector<std::vector<Corner>> lists{begun_by(counts)};
    for (const User& user : use.users)
      add(lists.emplace_back(),
          corners(order_.sequence(user.stage), counts[static_cast<std::size_t>(user.stage)],
                  user.life, true));
    return area_of_intersection(lists);
  };
  struct Step {
    std::int64_t begin = 0, end = 0, begun = 0, ended = 0;
    std::int64_t bound() const { return begun - ended; }
    bool operator<(const Step& other) const { return bound() < other.bound(); }
  };
  std::priority_queue<Step> steps;
  steps.push({0, Advance::kSteps, begun(Advance::kSteps), ended(0)});
  std::int64_t seen = 0;
  const int most_steps = std::max(200, kMostSteps / static_cast<int>(use.users.size()));
  for (int i = 0; i < most_steps; ++i) {
    const Step widest = steps.top();
    if (widest.bound() <= seen + seen / 50 + 1 || widest.end - widest.begin < 2) break;
    steps.pop();
    const std::int64_t middle = widest.begin + (widest.end - widest.begin) / 2;
    const std::int64_t begun_there = begun(middle), ended_there = ended(middle);
    seen = std::max(seen, begun_there - ended_there);
    steps.push({widest.begin, middle, begun_there, widest.ended});
    steps.push({middle, widest.end, widest.begun, ended_there});
  }
  return std::clamp<std::int64_t>(steps.top().bound(), 0, std::max<std::int64_t>(all, 0));
}

}  // namespace sluice
