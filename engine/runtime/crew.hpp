// The threads of a run.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include <oneapi/tbb/task_arena.h>

#include "engine/run.hpp"

namespace sluice {

/// Threads that help the caller's. They are made here and not by oneTBB, which ends the process
/// when the system lets no more be made; here the run goes on with those it has. Made at the first
/// pass that wants them, ended with the run.
class Crew {
 public:
  explicit Crew(const RunOptions& options);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Most threads that worked at once, the caller's included.
  int most() const { return most_; }

  /// While it lives, `threads` - 1 of the crew, or as many as could be made, run the arena's tasks.
  /// All places of the arena are to be reserved, so that oneTBB makes no threads for it.
  class Shift {
   public:
    Shift(Crew& crew, oneapi::tbb::task_arena& arena, int threads);
    ~Shift();
    Shift(const Shift&) = delete;
    Shift& operator=(const Shift&) = delete;

   private:
    Crew& crew_;
    std::size_t helpers_ = 0;
  };

 private:
  struct Helper;
  void hire(std::size_t helpers);
  void work(Helper& helper);

  const RunOptions& options_;
  std::mutex mutex_;  ///< guards what helpers are told and tell
  std::condition_variable changed_;
  bool home_ = false;  ///< the run has ended
  std::vector<std::unique_ptr<Helper>> helpers_;
  bool refused_ = false;  ///< the system lets no more threads be made
  int most_ = 1;
};

}  // namespace sluice
