// How far a run is, on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "common_options.hpp"
#include "engine/run.hpp"

namespace sluice::tool {

/// A bar that is redrawn on a terminal, or plain lines now and then. Thread-safe.
class ProgressDisplay {
 public:
  /// `automatic` becomes bar or plain.
  ProgressDisplay(ProgressStyle style, bool quiet);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// What is to be done, for shares, rates and names of passes: before the first update.
  void expect(const Graph& graph, const Plan& plan);
  void update(const Progress& progress);
  /// A line of its own, above the bar: a warning.
  void line(const std::string& text);
  /// The run is done: the last state.
  void finish(double seconds);

 private:
  using Clock = std::chrono::steady_clock;
  struct Pass {
    std::string name;
    std::int64_t units = 0;
    double work = 0;  ///< of the whole, as declared costs have it
  };
  /// How far a run is.
  struct State {
    double share = 0;   ///< of the whole work that is done
    double gained = 0;  ///< of that, what this run has done
    std::string pass;   ///< which one, "" where there is but one
    std::string left;   ///< how long it lasts yet, "" where that cannot be told
  };
  State state_of(const Progress& progress);
  std::string left_text(const Progress& progress, const State& state, double in_pass) const;
  void draw(const std::string& text);
  void clear();
  std::string rate(double share, double seconds) const;

  const ProgressStyle style_;
  double pixels_ = 0;  ///< of all work units together
  std::vector<Pass> passes_;
  int pass_ = -1;          ///< the one that the latest update was of
  double pass_begun_ = 0;  ///< seconds of the run
  std::mutex mutex_;
  Clock::time_point last_;
  int last_tenth_ = 0;
  double gained_ = 1;  ///< share of the whole that this run has done
  bool drawn_ = false;
};

}  // namespace sluice::tool
