#include "engine/planner/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/planner/block_simulation.hpp"
#include "engine/planner/keeping.hpp"
#include "engine/planner/pass_memory.hpp"
#include "engine/planner/unit_candidates.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kManyUnits = 200'000;
// Another travel is looked for when decoded blocks take more than this.
constexpr std::int64_t kMuchDecoded = 16 << 20;
// Width of a band of columns, and edges of one that decodes for itself, in pixels at least.
constexpr std::int64_t kColumnBand = 512;
constexpr std::int64_t kOwnBand = 4096;

std::vector<int> credit_choices(int threads, const Debug& debug) {
  if (debug.credits > 0) return {debug.credits};
  std::vector<int> all;
  for (const int c : {4 * threads, 2 * threads, threads + 1, threads, threads / 2, 2, 1})
    if (c >= 1 && (all.empty() || c < all.back())) all.push_back(c);
  return all;
}

class Chooser {
 public:
  Chooser(PassPlan& pass, const Graph& graph, const RunOptions& options)
      : pass_(pass),
        graph_(graph),
        options_(options),
        threads_(thread_count(options)),
        credits_(credit_choices(threads_, options.debug)) {
    for (int s = 0; s < pass.goals; ++s) {
      Stage& stage = pass.stages[static_cast<std::size_t>(s)];
      ladders_.push_back(unit_candidates(stage, options.debug, threads_));
      rungs_ = std::max(rungs_, ladders_.back().size());
      any_order_ = any_order_ && (!stage.sink() || stage.sink()->any_order());
    }
    for (const SourcePlan& s : pass.sources)
      in_order_ = in_order_ || s.in_order;
  }

  // The least memory is that of the largest or the smallest units, under any budget; others are
  // tried where the budget lies between. Walking all units is what planning takes time for.
  bool run() {
    const std::vector<Travel> once = travels_that_decode_once();
    const std::size_t last = rungs_ - 1;
    choose_from(0, once);
    PassMemory smallest = find_least(0, once);
    if (last > 0) smallest = find_least(last, once);
    find_heaviest(smallest);
    const bool bands =
        bands_allowed() && (once.empty() || 2 * smallest.parts.decoded > smallest.total());
    if (bands) {
      find_least(0, {Travel::bands});
      if (last > 0) find_least(last, {Travel::bands});
    }
    if (options_.memory <= 0 || options_.memory >= least_) {
      for (std::size_t rung = 1; rung <= last && !chosen_; ++rung)
        if (rung == last || !many_units(rung)) choose_from(rung, once);
      for (std::size_t rung = 0; rung <= last && !chosen_ && bands; ++rung)
        if (rung == 0 || rung == last || !many_units(rung)) choose_from(rung, {Travel::bands});
    }
    pass_.least = least_;
    pass_.heaviest = heaviest_;
    if (chosen_) {
      pass_ = std::move(*chosen_);
      pass_.least = least_;
      pass_.heaviest = heaviest_;
      count_reads(pass_);
      pass_.work = work_of(pass_);
    }
    pass_.drop_fetches();
    return chosen_.has_value();
  }

 private:
  bool bands_allowed() const {
    return pass_.goals == 1 && pass_.stages.size() == 1 && !in_order_ && !pass_.sources.empty() &&
           options_.debug.travel.value_or(Travel::bands) == Travel::bands;
  }

  std::vector<Travel> travels_that_decode_once() const {
    const std::optional<Travel> forced = options_.debug.travel;
    if (bands_allowed() && (forced || options_.keep == Keep::never)) return {};
    std::vector<Travel> all{Travel::blocks, Travel::rows};
    if (any_order_) all.push_back(Travel::columns);
    if (forced) {
      const bool possible = std::find(all.begin(), all.end(), *forced) != all.end();
      return {possible ? *forced : Travel::blocks};
    }
    return all;
  }

  UnitGrid with_travel(UnitGrid grid, Travel travel) const {
    if (travel == Travel::rows) {
      grid.across = grid.split_by_rows();
    } else if (travel == Travel::columns) {
      grid.band_columns = ceil_div(kColumnBand, grid.cell_width);
    } else if (travel == Travel::bands) {
      grid.band_rows = any_order_ ? ceil_div(kOwnBand, grid.cell_height) : 1;
      if (any_order_) grid.band_columns = ceil_div(kOwnBand, grid.cell_width);
    }
    return grid;
  }

  const UnitGrid& grid(std::size_t stage, std::size_t rung) const {
    return ladders_[stage][std::min(rung, ladders_[stage].size() - 1)];
  }

  bool many_units(std::size_t rung) const {
    std::int64_t units = 0;
    for (std::size_t s = 0; s < ladders_.size(); ++s)
      units += grid(s, rung).count();
    return units > kManyUnits;
  }

  // False for Travel::rows where that is the same as Travel::blocks, which is tried before.
  bool differs(std::size_t rung, Travel travel, const std::vector<Travel>& travels) const {
    if (travel != Travel::rows || travels.size() == 1) return true;
    for (std::size_t s = 0; s < ladders_.size(); ++s)
      if (grid(s, rung).split_by_rows() && grid(s, rung).cell_columns() > 1) return true;
    return false;
  }

  void prepare(std::size_t rung, Travel travel) {
    for (std::size_t s = 0; s < ladders_.size(); ++s)
      pass_.stages[s].fit(with_travel(grid(s, rung), travel));
    pass_.travel = travel;
    pass_.again = travel == Travel::bands;
    pass_.find_fetches();
  }

  PassMemory memory_with(int credits) {
    find_alive(pass_, credits);
    return memory_of(pass_, credits, std::min(threads_, credits), options_, graph_);
  }

  // With the fewest credits. Of the travels the first that holds little.
  PassMemory find_least(std::size_t rung, const std::vector<Travel>& travels) {
    PassMemory memory;
    for (const Travel travel : travels) {
      if (!differs(rung, travel, travels)) continue;
      prepare(rung, travel);
      memory = memory_with(credits_.back());
      if (least_ == 0 || memory.total() < least_) least_ = memory.total();
      if (memory.parts.decoded < kMuchDecoded) break;
    }
    return memory;
  }

  // Keeps the first setting that fits, or that of a later travel which takes much less.
  void choose_from(std::size_t rung, const std::vector<Travel>& travels) {
    for (const Travel travel : travels) {
      if (!differs(rung, travel, travels)) continue;
      prepare(rung, travel);
      PassMemory memory;
      for (const int c : credits_) {
        if (chosen_ && c != chosen_->credits) continue;
        memory = memory_with(c);
        if (options_.memory > 0 && memory.total() > options_.memory) continue;
        if (chosen_ && 10 * memory.total() > 7 * chosen_->memory.total()) break;
        pass_.credits = c;
        pass_.threads = std::min(threads_, c);
        pass_.memory = memory;
        chosen_ = pass_;
        break;
      }
      // As in find_least(): what is refused there may not be found here.
      if ((chosen_ ? chosen_->memory : memory).parts.decoded < kMuchDecoded) break;
    }
  }

  // The pass is still as it was tried last, with the fewest credits.
  void find_heaviest(const PassMemory& smallest) {
    if (smallest.parts.decoded < kMuchDecoded || 2 * smallest.parts.decoded < smallest.total())
      return;
    const auto most = std::max_element(
        pass_.sources.begin(), pass_.sources.end(), [](const SourcePlan& a, const SourcePlan& b) {
          return a.source && b.source ? a.alive * a.block_bytes < b.alive * b.block_bytes
                                      : b.source != nullptr;
        });
    heaviest_ = most->node;
  }

  PassPlan& pass_;
  const Graph& graph_;
  const RunOptions& options_;
  const int threads_;
  const std::vector<int> credits_;
  std::vector<std::vector<UnitGrid>> ladders_;
  std::size_t rungs_ = 0;
  bool any_order_ = true, in_order_ = false;
  std::optional<PassPlan> chosen_;
  std::int64_t least_ = 0;
  NodeId heaviest_ = -1;
};

}  // namespace

bool choose(PassPlan& pass, const Graph& graph, const RunOptions& options) {
  return Chooser(pass, graph, options).run();
}

Error too_little(const PassPlan& pass, std::int64_t least, std::int64_t budget) {
  std::string why;
  for (const SourcePlan& s : pass.sources)
    if (s.in_order && s.alive > 2 && s.alive * 2 > s.grid.count())
      why = fmt::format(
          "; {} can only be decoded from its first row on, and this pipeline asks for it in "
          "another order, so it is held whole ({} bytes)",
          s.source->name(), s.alive * s.block_bytes);
  return std::move(
      Error(ErrorKind::memory,
            fmt::format("the pipeline needs at least {} bytes of memory; the budget is {} bytes{}",
                        least, budget, why))
          .at_step(pass.stages.front().named_node().place.text()));
}

}  // namespace sluice
