// What a host says about a run: threads, memory, what it wants to be told, going on after an
// interruption.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "memory_budget.hpp"
#include "simd/isa.hpp"

namespace sluice {

struct Plan;
struct Profile;
struct TestHooks;

struct Progress {
  int pass = 0;  ///< from 0
  int passes = 1;
  std::int64_t units_done = 0;    ///< over all passes
  std::int64_t units_before = 0;  ///< of these, done by an earlier run that this one goes on with
  std::int64_t units_total = 0;
  double seconds = 0;  ///< since the run began
  double share() const {
    return units_total > 0 ? static_cast<double>(units_done) / static_cast<double>(units_total) : 0;
  }
};

/// Whether the graph is rewritten before it is planned. No rewrite changes a bit of any result.
enum class Rewrites : std::uint8_t { automatic, none };

/// Whether anything is kept in memory or on disk so as not to be made again.
enum class Keep : std::uint8_t {
  automatic,  ///< where the declared costs say that it pays, and the budget has room
  never,  ///< nodes are recomputed for every unit, and blocks decoded again for every band; what
          ///< an operation always keeps (Traits::always_kept) is kept all the same
};

/// Going on after an interruption. Each output that can go on (why_not_resumable) is kept beside
/// its final name as partial_name(), with a journal_name() of what is done, whatever ends the run;
/// success removes both. The run that finds a journal goes on where it ends; it is refused, with
/// the reason, when the pipeline, an input, the output's form or the version is another one.
struct ResumeOptions {
  bool on = false;
  /// All that decides the pixels and that the graph does not show: the steps with all their
  /// options. Threads, memory and instruction set do not belong there. Not empty when on.
  std::string pipeline;
  /// When stop is requested here before the run is stopped, what is kept is removed.
  std::stop_token discard;
  /// Called, when the run ends early, before what is kept is brought to the disk: that may last.
  std::function<void()> keeping;
};

struct RunOptions {
  /// Threads that compute: the caller's, and others made for the run that end with it. 1: the
  /// caller's alone; 0: as many as processors. More than allowed_threads() are not used. Where the
  /// system lets fewer be made (ulimit -u, a control group's pids.max), the run goes on with those,
  /// and a warning.
  int threads = 0;
  std::int64_t memory = 0;  ///< bytes the run may be granted; 0: no bound
  /// Shared with other runs: this one waits for its share before it begins, and plans with no more
  /// than the whole. Null: it stands alone.
  std::shared_ptr<MemoryBudget> budget;
  Isa isa = best_isa();
  Rewrites rewrites = Rewrites::automatic;
  Keep keep = Keep::automatic;
  /// Where a temporary file may be made for pixels that do not fit into the budget; "": nowhere.
  std::string spool_folder;
  /// Asks the run to end with Error (cancelled), planning and waiting for memory included.
  std::stop_token stop;
  /// run() hands over its plan before it begins anything; an exception from here ends it.
  std::function<void(const Plan&)> planned;
  std::function<void(const Progress&)> progress;    ///< any thread, one call at a time
  std::function<void(const std::string&)> warning;  ///< any thread, one call at a time
  /// Where run() puts what it measured (profile.hpp), also when it fails; null: nothing is
  /// measured.
  Profile* profile = nullptr;
  ResumeOptions resume;
  /// For the engine's own tests; null: none.
  const TestHooks* hooks = nullptr;
};

}  // namespace sluice
