// What a run measured: where the time of its workers went, and what each step took in and gave out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "geometry.hpp"
#include "graph.hpp"

namespace sluice {

/// What a worker is doing. The first four are the tasks that a run consists of, the others happen
/// inside them (or, at a sink's begin and end, beside them).
enum class Work : std::uint8_t {
  request,  ///< a unit asks for its blocks
  block,    ///< a block of a source is brought in
  unit,     ///< a unit is computed
  commit,   ///< a unit's blocks go to the sink, in its order
  compute,  ///< an operation or a reduction
  copy,     ///< pixels put together from blocks, extended at edges, put into the sink's blocks
  read,
  decode,
  encode,
  store,
};
inline constexpr int kWorks = 10;

/// An operation or a reduction. A node that is computed in several places is summed up.
struct StepProfile {
  NodeId node = -1;
  std::string name;
  std::int64_t width = 0, height = 0;        ///< of its output; of its input for a reduction
  double seconds = 0;                        ///< in it alone, its inputs' time apart
  std::int64_t units = 0;                    ///< work units that computed some of it
  std::int64_t pixels = 0;                   ///< computed, each as often as it was
  std::int64_t bytes_in = 0, bytes_out = 0;  ///< samples of the tiles it took and made
  std::int64_t cache_hits = 0;               ///< uses of its kept tiles by units beyond the first

  double pixels_of_image() const {
    return static_cast<double>(width) * static_cast<double>(height);
  }
  /// Computed over once, as PlannedStep::recomputed.
  double recomputed_pixels() const {
    const double more = static_cast<double>(pixels) - pixels_of_image();
    return more > 0 ? more : 0;
  }
};

/// A source, or what was read back of a step spooled to disk; a source that was spooled is both in
/// one.
struct SourceProfile {
  NodeId node = -1;
  std::string name;            ///< the step's
  double reading_seconds = 0;  ///< 0 for an in-order source, which reads while it decodes
  double decoding_seconds = 0;
  std::int64_t blocks = 0;
  std::int64_t bytes_in = 0;    ///< encoded, as read; of the whole file for an in-order source
  std::int64_t bytes_out = 0;   ///< decoded samples
  std::int64_t cache_hits = 0;  ///< uses of a decoded block by units beyond the first
};

/// A sink, or the spool of a step.
struct SinkProfile {
  NodeId node = -1;
  std::string name;  ///< the step's
  double encoding_seconds = 0;
  double storing_seconds = 0;  ///< creating and finishing the output included
  std::int64_t blocks = 0;
  std::int64_t bytes_in = 0;   ///< samples
  std::int64_t bytes_out = 0;  ///< encoded
};

/// A stretch of one worker's time. Times are nanoseconds since the run began.
struct ProfileSpan {
  std::int64_t begin = 0;
  std::int64_t duration = 0;
  std::int64_t busy = 0;   ///< part of the duration spent in tasks; less only where tasks > 1
  Rect rect;               ///< the pixels it is about
  NodeId node = -1;        ///< -1 for several tasks drawn together
  std::int32_t tasks = 0;  ///< 0: inside a task; 1: a task; more: tasks drawn together
  Work work = Work::unit;
};

struct Profile {
  double seconds = 0;     ///< of run(), planning included
  int threads = 0;        ///< workers of the run
  bool complete = false;  ///< false: the run failed or was stopped, this is what it came to
  std::vector<std::string> nodes;  ///< each node's step, by NodeId
  std::vector<StepProfile> steps;
  std::vector<SourceProfile> sources;
  std::vector<SinkProfile> sinks;
  double planning_seconds = 0;  ///< by one thread, while the others wait
  double copying_seconds = 0;
  double engine_seconds = 0;   ///< in tasks but in none of the above; setting up and clearing away
  double waiting_seconds = 0;  ///< in no task: nothing was ready, or the scheduler was at work

  /// What the run was given: all the seconds above add up to it.
  double worker_seconds() const { return seconds * threads; }

  /// By worker, in the order in which they ended, a task behind what happened inside it. In bounded
  /// memory: a long run's inner spans are left out, then its tasks drawn together.
  std::vector<std::vector<ProfileSpan>> spans;
  std::int64_t spans_left_out = 0;  ///< inside tasks
  std::int32_t tasks_a_span = 1;    ///< most that were drawn together
};

}  // namespace sluice
