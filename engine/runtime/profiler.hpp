// Measures a run for Profile: counters and spans in one record a worker, so that recording takes no
// lock and shares nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/profile_record.hpp"
#include "engine/tile.hpp"

namespace sluice {

/// The engine's places say what they do by a ProfileScope; a null Profiler measures nothing.
class Profiler {
 public:
  using Clock = std::chrono::steady_clock;

  /// `begin`: when run() was called. All since then was planning.
  Profiler(Profile& result, const Graph& graph, int threads, Clock::time_point begin);

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
  /// The calling thread's record; null on a thread that is none of the run's workers.
  ProfileRecord* record();
  static void count_step(ProfileRecord& record, NodeId node, const Rect& rect);
  std::vector<ProfileCounters> summed() const;
  void take_spans();

  Profile& result_;
  const Graph& graph_;
  const Clock::time_point begin_;
  std::vector<ProfileRecord> records_;  ///< by worker
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
    if (profiler && (record_ = profiler->record())) begin(work, node, rect, bytes);
  }
  /// An operation computes `out` from `inputs`, or a reduction takes an input in (`out` has no
  /// memory then).
  ProfileScope(Profiler* profiler, NodeId node, std::span<const TileView> inputs,
               const TileView& out)
      : profiler_(profiler) {
    if (profiler && (record_ = profiler->record())) begin_step(node, inputs, out);
  }
  ~ProfileScope() {
    if (record_) end();
  }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  void begin(Work work, NodeId node, const Rect& rect, std::int64_t bytes);
  void begin_step(NodeId node, std::span<const TileView> inputs, const TileView& out);
  void end();

  Profiler* profiler_;
  ProfileRecord* record_ = nullptr;
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
