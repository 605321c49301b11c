// Measures a run for Profile: counters and spans in one record a worker, so that recording takes no
// lock and shares nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/profile.hpp"
#include "engine/tile.hpp"

namespace sluice {

class ProfileScope;

/// A worker's spans in fixed memory. When that is full, what happened inside tasks is given up;
/// when it is full of tasks, neighbours are drawn together by two, by four and so on.
class Timeline {
 public:
  explicit Timeline(std::size_t capacity) : capacity_(capacity) { spans_.reserve(capacity); }
  /// In the order in which spans end; a task ends after what is inside it.
  void add(const ProfileSpan& span);
  std::vector<ProfileSpan> take() { return std::move(spans_); }
  std::int64_t left_out() const { return left_out_; }
  std::int32_t tasks_a_span() const { return group_ == 0 ? 1 : group_; }

 private:
  void coarsen();
  static void draw_together(ProfileSpan& to, const ProfileSpan& next);

  std::size_t capacity_;
  std::vector<ProfileSpan> spans_;
  std::int64_t left_out_ = 0;
  std::int32_t group_ = 0;  ///< 0: every span; else tasks alone, so many to a span
};

/// The engine's places say what they do by a ProfileScope; a null Profiler measures nothing.
class Profiler {
 public:
  using Clock = std::chrono::steady_clock;

  /// `begin`: when run() was called. All since then was planning.
  Profiler(Profile& result, const Graph& graph, int threads, Clock::time_point begin);
  /// Bytes it takes, its result included.
  static std::int64_t bytes(const Graph& graph, int threads);

  /// Around the part of a pass that the workers share; on the caller's thread.
  class Pass {
   public:
    explicit Pass(Profiler* profiler);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Profiler* profiler_;
    Clock::time_point begin_;
  };

  /// Another unit has used a block and left it to others.
  void hit(NodeId source);
  /// A step that hands on its input's pixels uncomputed.
  void passed_on(NodeId step, const Rect& rect);

  /// Fills the result. Once, when no task runs any more.
  void finish(bool complete);

 private:
  friend class ProfileScope;
  struct Tally {
    std::int64_t nanoseconds = 0, calls = 0, bytes = 0;
  };
  /// Of one node by one worker.
  struct Counters {
    Tally tallies[kWorks];
    std::int64_t units = 0, pixels = 0, bytes_in = 0, hits = 0;
    std::int64_t last_unit = -1;  ///< the worker's unit that was counted last
    Tally& operator[](Work work) { return tallies[static_cast<int>(work)]; }
  };
  struct alignas(64) Worker {
    Worker(std::size_t nodes, std::size_t spans) : counters(nodes), timeline(spans) {}
    std::vector<Counters> counters;
    Timeline timeline;
    ProfileScope* innermost = nullptr;
    std::int64_t unit = 0;  ///< units this worker has begun
  };

  static std::size_t spans_a_worker(int threads);
  /// The calling thread's record; null on a thread that is none of the run's workers.
  Worker* worker();
  static void count_step(Worker& worker, NodeId node, const Rect& rect);
  std::vector<Counters> summed() const;
  void take_spans();

  Profile& result_;
  const Graph& graph_;
  const Clock::time_point begin_;
  std::vector<Worker> workers_;
  bool in_pass_ = false;
  Clock::duration passes_{};    ///< spent in passes
  std::int64_t beside_ns_ = 0;  ///< measured beside passes, on the caller's thread
};

/// Says what the calling worker does while the object lives. Scopes nest; the time of an inner one
/// is not the outer one's.
class ProfileScope {
 public:
  /// `rect`: the pixels it is about; `bytes`: what is read, decoded, encoded or stored.
  ProfileScope(Profiler* profiler, Work work, NodeId node, const Rect& rect = {},
               std::int64_t bytes = 0)
      : profiler_(profiler) {
    if (profiler && (worker_ = profiler->worker())) begin(work, node, rect, bytes);
  }
  /// An operation computes `out` from `inputs`, or a reduction takes an input in (`out` has no
  /// memory then).
  ProfileScope(Profiler* profiler, NodeId node, std::span<const TileView> inputs,
               const TileView& out)
      : profiler_(profiler) {
    if (profiler && (worker_ = profiler->worker())) begin_step(node, inputs, out);
  }
  ~ProfileScope() {
    if (worker_) end();
  }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  void begin(Work work, NodeId node, const Rect& rect, std::int64_t bytes);
  void begin_step(NodeId node, std::span<const TileView> inputs, const TileView& out);
  void end();

  Profiler* profiler_;
  Profiler::Worker* worker_ = nullptr;
  ProfileScope* outer_ = nullptr;
  Profiler::Clock::time_point begin_;
  std::int64_t inner_ns_ = 0;
  Rect rect_;
  NodeId node_ = -1;
  Work work_ = Work::unit;
};

/// Bytes of a tile's samples, its padding left out.
std::int64_t sample_bytes(const TileView& tile);

}  // namespace sluice
