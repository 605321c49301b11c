// How far a run is, on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

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

  /// Pixels of all work units together, for the rate: before the first update.
  void expect(double pixels) { pixels_ = pixels; }
  void update(const Progress& progress);
  /// A line of its own, above the bar: a warning.
  void line(const std::string& text);
  /// The run is done: the last state.
  void finish(double seconds);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(const std::string& text);
  void clear();
  std::string rate(double share, double seconds) const;

  const ProgressStyle style_;
  double pixels_ = 0;
  std::mutex mutex_;
  Clock::time_point last_;
  int last_tenth_ = 0;
  double gained_ = 1;  ///< share of the whole that this run has done
  bool drawn_ = false;
};

}  // namespace sluice::tool
