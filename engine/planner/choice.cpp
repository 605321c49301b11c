#include "engine/planner/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/callbacks.hpp"
#include "engine/planner/occupancy.hpp"
#include "engine/planner/pass_memory.hpp"
#include "engine/planner/unit_candidates.hpp"
#include "engine/planner/work.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

namespace {

// Other routes are looked at when blocks that wait for their use take more than this.
constexpr std::int64_t kMuchWaiting = 16 << 20;
// Width of a band of columns, in pixels at least.
constexpr std::int64_t kColumnBand = 512;
// Edges of the parts of a pass, in pixels, and their rows of cells where sinks want their order.
constexpr std::int64_t kPartEdges[] = {8192, 4096, 2048, 1024};
constexpr std::int64_t kPartCellRows[] = {8, 4, 2, 1};

// Threads that are kept busy, from all of them down; one unit is in flight for each at least.
std::vector<int> thread_levels(int threads) {
  std::vector<int> levels;
  for (int t = threads; t >= 1; t = t > 4 ? t * 3 / 4 : t - 1)
    levels.push_back(t);
  return levels;
}

// One way to do the pass, as it was tried.
struct Trial {
  std::size_t rung = 0;
  Route route;
  double work = 0;
  std::vector<std::int64_t> memory;  ///< by thread level
  // At the lowest level:
  std::int64_t waiting = 0;  ///< decoded blocks and kept tiles
  NodeId heaviest = -1;
  std::string why;  ///< a source is held whole
};

class Chooser {
 public:
  Chooser(std::shared_ptr<const PassShape> shape, const PlannedGraph& graph,
          const RunOptions& options)
      : shape_(std::move(shape)),
        graph_(graph),
        options_(options),
        threads_(thread_count(options)),
        levels_(thread_levels(threads_)) {
    for (int s = 0; s < shape_->goals; ++s) {
      const Stage& stage = shape_->stages[static_cast<std::size_t>(s)];
      ladders_.push_back(unit_candidates(stage, hooks_of(options), threads_));
      rungs_ = std::max(rungs_, ladders_.back().size());
      any_order_ = any_order_ && (!stage.sink() || stage.sink()->any_order());
    }
    for (const Supply& supply : shape_->supplies)
      in_order_ = in_order_ || supply.in_order();
    if (hooks_of(options).credits > 0) levels_ = {std::min(threads_, hooks_of(options).credits)};
    credits_ =
        hooks_of(options).credits > 0 ? std::vector<int>{hooks_of(options).credits} : levels_;
  }

  ChosenPass run() {
    for (std::size_t rung = 0; rung < rungs_; ++rung)
      try_rung(rung);
    ChosenPass chosen;
    std::int64_t least_whole = 0;
    for (const Trial& t : trials_) {
      if (chosen.least == 0 || t.memory.back() < chosen.least) {
        chosen.least = t.memory.back();
        chosen.why = t.why;
      }
      if (t.route.parts() == 1 && (least_whole == 0 || t.memory.back() < least_whole)) {
        least_whole = t.memory.back();
        chosen.heaviest = t.heaviest;
      }
    }
    for (std::size_t level = 0; level < levels_.size(); ++level)
      if (const Trial* best = best_at(level)) {
        chosen.price = price_of(best->work, best->memory[level]);
        chosen.plan = plan(*best, level);
        chosen.plan->least = chosen.least;
        break;
      }
    return chosen;
  }

 private:
  const UnitGrid& grid(std::size_t stage, std::size_t rung) const {
    return ladders_[stage][std::min(rung, ladders_[stage].size() - 1)];
  }

  PassUnits units(std::size_t rung) const {
    throw_if_stopped(options_);
    std::vector<UnitGrid> grids;
    for (std::size_t s = 0; s < ladders_.size(); ++s)
      grids.push_back(grid(s, rung));
    return units_of(*shape_, grids);
  }

  void try_rung(std::size_t rung) {
    const PassUnits units = this->units(rung);
    const std::optional<Travel> forced = hooks_of(options_).travel;
    const bool separable =
        !in_order_ && !shape_->supplies.empty() && parts_are_separable(*shape_, units);
    const std::vector<Route> parts = separable ? parts_of(rung) : std::vector<Route>();
    const bool only_parts =
        !parts.empty() && (forced == Travel::bands || (!forced && options_.keep == Keep::never));
    if (!only_parts) {
      std::int64_t waiting = 0;
      for (const Route& route : whole_routes(rung)) {
        waiting = try_route(rung, units, route);
        if (waiting < kMuchWaiting && !forced) return;
      }
      if (forced) return;
    }
    // Smaller parts hold less and do more.
    for (const Route& route : parts)
      if (try_route(rung, units, route) < kMuchWaiting / 4) break;
  }

  // Routes on which every block is decoded once.
  std::vector<Route> whole_routes(std::size_t rung) const {
    std::vector<Route> routes{Route{}};
    bool rows = false, columns = any_order_;
    for (std::size_t s = 0; s < ladders_.size(); ++s) {
      const UnitGrid& g = grid(s, rung);
      rows = rows || (g.split_by_rows() && g.cell_columns() > 1);
      columns = columns && g.cell_columns() > 1;
    }
    if (rows) routes.push_back({Travel::rows});
    if (columns) routes.push_back({Travel::columns, 1, 1, kColumnBand});
    if (const auto forced = hooks_of(options_).travel) {
      const auto found = std::find_if(routes.begin(), routes.end(),
                                      [&](const Route& r) { return r.travel == *forced; });
      return {found == routes.end() ? Route{} : *found};
    }
    return routes;
  }

  std::vector<Route> parts_of(std::size_t rung) const {
    std::vector<Route> routes;
    std::int64_t cell_rows = 0, cell_columns = 0, width = 0, height = 0;
    for (std::size_t s = 0; s < ladders_.size(); ++s) {
      const UnitGrid& g = grid(s, rung);
      cell_rows = std::max(cell_rows, g.cell_rows());
      cell_columns = std::max(cell_columns, g.cell_columns());
      width = std::max(width, g.width);
      height = std::max(height, g.height);
    }
    const auto add = [&](std::int64_t columns, std::int64_t rows) {
      const Route route{Travel::bands, std::clamp<std::int64_t>(columns, 1, cell_columns),
                        std::clamp<std::int64_t>(rows, 1, cell_rows)};
      if (route.parts() > 1 && (routes.empty() || !(routes.back() == route)))
        routes.push_back(route);
    };
    if (hooks_of(options_).travel == Travel::bands)
      add(any_order_ ? 3 : 1, 3);
    else if (any_order_)
      for (const std::int64_t edge : kPartEdges)
        add(ceil_div(width, edge), ceil_div(height, edge));
    else
      for (const std::int64_t rows : kPartCellRows)
        add(1, ceil_div(cell_rows, rows));
    return routes;
  }

  // Gives the bytes of blocks that wait for their use.
  std::int64_t try_route(std::size_t rung, const PassUnits& units, const Route& route) {
    throw_if_stopped(options_);
    Trial trial;
    trial.rung = rung;
    trial.route = route;
    std::vector<std::int64_t> used(shape_->supplies.size());
    const auto with = [&](const auto& occupancy) {
      for (std::size_t i = 0; i < used.size(); ++i)
        used[i] = occupancy.used(static_cast<int>(i));
      const std::vector<Alive> alive_at = occupancy.most_alive(credits_);
      for (std::size_t level = 0; level < levels_.size(); ++level) {
        const Alive& alive = alive_at[level];
        const PassMemory memory = memory_of(
            {*shape_, units, route, alive, credits_[level], levels_[level]}, options_, graph_);
        trial.memory.push_back(memory.total());
        if (level + 1 < levels_.size()) continue;
        trial.waiting = memory.parts.decoded + memory.parts.kept;
        trial.heaviest = heaviest(alive, memory);
        trial.why = why_held(alive);
      }
    };
    if (route.parts() > 1) {
      with(PartsOccupancy(*shape_, units, route));
    } else {
      const PassOrder order(*shape_, units, route, 0);
      with(Occupancy(*shape_, units, order));
    }
    trial.work = work_of(*shape_, *units.fits, used);
    trials_.push_back(std::move(trial));
    return trials_.back().waiting;
  }

  NodeId heaviest(const Alive& alive, const PassMemory& memory) const {
    if (memory.parts.decoded < kMuchWaiting || 2 * memory.parts.decoded < memory.total()) return -1;
    NodeId most = -1;
    std::int64_t most_bytes = 0;
    for (std::size_t i = 0; i < alive.size(); ++i) {
      const Supply& supply = shape_->supplies[i];
      if (!supply.decoded() || alive[i] * supply.block_bytes <= most_bytes) continue;
      most_bytes = alive[i] * supply.block_bytes;
      most = supply.node;
    }
    return most;
  }

  std::string why_held(const Alive& alive) const {
    for (std::size_t i = 0; i < alive.size(); ++i) {
      const Supply& supply = shape_->supplies[i];
      const bool most = alive[i] > 2 && alive[i] * 2 > supply.grid.count();
      if (!supply.in_order() || !most) continue;
      return fmt::format(
          "; {} can only be decoded from its first row on, and this pipeline asks for it in "
          "another "
          "order, so it is held whole ({} bytes)",
          supply.decoded()->source->name(), alive[i] * supply.block_bytes);
    }
    return {};
  }

  const Trial* best_at(std::size_t level) const {
    const Trial* best = nullptr;
    const auto price = [&](const Trial& t) { return price_of(t.work, t.memory[level]); };
    for (const Trial& t : trials_)
      if ((options_.memory <= 0 || t.memory[level] <= options_.memory) &&
          (!best || price(t) < price(*best)))
        best = &t;
    return best;
  }

  PassPlan plan(const Trial& trial, std::size_t level) const {
    const PassUnits units = this->units(trial.rung);
    PassPlan plan;
    plan.shape = shape_;
    plan.fits = units.fits;
    plan.route = trial.route;
    plan.work = trial.work;
    plan.threads = levels_[level];
    const auto with = [&](const auto& occupancy) {
      for (std::size_t i = 0; i < shape_->supplies.size(); ++i)
        plan.uses.push_back(
            {0, occupancy.used(static_cast<int>(i)), bytes_read(occupancy, static_cast<int>(i))});
      choose_credits(plan, units, occupancy, level, trial.memory[level]);
    };
    if (trial.route.parts() > 1) {
      with(PartsOccupancy(*shape_, units, trial.route));
    } else {
      const PassOrder order(*shape_, units, trial.route, 0);
      with(Occupancy(*shape_, units, order));
    }
    for (int s = 0; s < shape_->goals; ++s)
      plan.units += plan.fit(s).grid.count();
    return plan;
  }

  // More units in flight than threads keep these from waiting for each other. They may take half as
  // much memory again.
  template <class AnyOccupancy>
  void choose_credits(PassPlan& plan, const PassUnits& units, const AnyOccupancy& occupancy,
                      std::size_t level, std::int64_t with_fewest) const {
    constexpr std::int64_t kLittle = 128 << 20;
    const int t = plan.threads, fewest = credits_[level];
    std::vector<int> choices{4 * t, 2 * t, t + 1, fewest};
    if (hooks_of(options_).credits > 0 || level > 0) choices = {fewest};
    for (const int credits : choices) {
      const Alive alive = occupancy.most_alive(std::span(&credits, 1)).front();
      const PassMemory memory =
          memory_of({*shape_, units, plan.route, alive, credits, t}, options_, graph_);
      const bool fits = options_.memory <= 0 || memory.total() <= options_.memory;
      const bool much = memory.total() > kLittle && 2 * memory.total() > 3 * with_fewest;
      if (credits != fewest && (!fits || much)) continue;
      plan.credits = credits;
      plan.memory = memory;
      for (std::size_t i = 0; i < alive.size(); ++i)
        plan.uses[i].alive = alive[i];
      return;
    }
  }

  // Encoded bytes of the blocks that are decoded.
  template <class AnyOccupancy>
  std::int64_t bytes_read(const AnyOccupancy& occupancy, int supply) const {
    const Supply& from = shape_->supplies[static_cast<std::size_t>(supply)];
    if (!from.decoded()) return 0;
    const Source& source = *from.decoded()->source;
    if (from.in_order()) return source.bytes() ? source.bytes()->size() : 0;
    std::int64_t bytes = 0;
    occupancy.for_each_run(supply, [&](std::int64_t row, Interval run, std::int64_t times) {
      const std::int64_t first = row * from.grid.columns();
      bytes += times * source.encoded_bytes_of({first + run.begin, first + run.end});
    });
    return bytes;
  }

  const std::shared_ptr<const PassShape> shape_;
  const PlannedGraph& graph_;
  const RunOptions& options_;
  const int threads_;
  std::vector<int> levels_, credits_;  // threads; units in flight with each, at least
  std::vector<std::vector<UnitGrid>> ladders_;
  std::size_t rungs_ = 0;
  bool any_order_ = true, in_order_ = false;
  std::vector<Trial> trials_;
};

}  // namespace

double price_of(double work, std::int64_t memory) {
  constexpr double kFree = 64 << 20, kPerDoubling = 0.06;
  return work * (1 + kPerDoubling * std::log2(1 + static_cast<double>(memory) / kFree));
}

ChosenPass choose(std::shared_ptr<const PassShape> shape, const PlannedGraph& graph,
                  const RunOptions& options) {
  return Chooser(std::move(shape), graph, options).run();
}

}  // namespace sluice
