// What one worker writes down for Profile, and the memory that takes.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/profile.hpp"

namespace sluice {

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

struct ProfileTally {
  std::int64_t nanoseconds = 0, calls = 0, bytes = 0;
};

/// Of one node by one worker.
struct ProfileCounters {
  ProfileTally tallies[kWorks];
  std::int64_t units = 0, pixels = 0, bytes_in = 0, hits = 0;
  std::int64_t last_unit = -1;  ///< the worker's unit that was counted last
  ProfileTally& operator[](Work work) { return tallies[static_cast<int>(work)]; }
};

class ProfileScope;

/// One worker's: shared with nobody while the run lasts.
struct alignas(64) ProfileRecord {
  ProfileRecord(std::size_t nodes, std::size_t spans) : counters(nodes), timeline(spans) {}
  std::vector<ProfileCounters> counters;
  Timeline timeline;
  ProfileScope* innermost = nullptr;
  std::int64_t unit = 0;  ///< units this worker has begun
};

/// Spans that a record has room for, where so many threads have one each.
std::size_t spans_a_record(int threads);

/// Bytes of the records of a graph of so many nodes, the resulting Profile included.
std::int64_t profile_bytes(std::size_t nodes, int threads);

}  // namespace sluice
