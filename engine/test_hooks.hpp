// What the engine's tests force. Not installed: RunOptions holds a pointer only.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "engine/plan.hpp"
#include "engine/run_options.hpp"

namespace sluice {

/// What ordinary runs leave to the planner and the scheduler. Zeros force nothing.
struct TestHooks {
  std::int64_t unit_width = 0;  ///< force the work unit (0: planned)
  std::int64_t unit_height = 0;
  int credits = 0;                 ///< force the units in flight (0: planned)
  std::optional<Travel> travel;    ///< force the travel, where the sinks and sources allow it
  std::uint64_t keep_seed = 0;     ///< not 0: keep nodes chosen at random, in tiles of odd sizes
  bool spool = false;              ///< spool every source
  std::uint64_t shuffle_seed = 0;  ///< not 0: stall mode, seeded delays and shuffled queues
  int poison = -1;                 ///< 0..255: fill arenas, slack and fresh slabs with this byte
  std::atomic<int>* observed_concurrency = nullptr;  ///< most tasks seen at once
};

/// Those of a run; hooks that force nothing where it has none.
inline const TestHooks& hooks_of(const RunOptions& options) {
  static constexpr TestHooks kNone;
  return options.hooks ? *options.hooks : kNone;
}

}  // namespace sluice
