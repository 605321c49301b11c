#include "engine/profile_record.hpp"

#include <algorithm>

namespace sluice {

namespace {

// Enough to see every step of a run of some seconds; few enough to be written in milliseconds.
constexpr std::size_t kSpans = 16384;
constexpr std::size_t kFewestSpans = 128;  // of one worker

}  // namespace

void Timeline::add(const ProfileSpan& span) {
  if (group_ > 0) {
    if (span.tasks == 0) {
      ++left_out_;
      return;
    }
    if (!spans_.empty() && spans_.back().tasks < group_) return draw_together(spans_.back(), span);
  }
  if (spans_.size() < capacity_) {
    spans_.push_back(span);
    return;
  }
  coarsen();
  add(span);
}

void Timeline::coarsen() {
  if (group_ == 0) {
    left_out_ += static_cast<std::int64_t>(
        std::erase_if(spans_, [](const ProfileSpan& span) { return span.tasks == 0; }));
    group_ = 1;
    if (spans_.size() <= capacity_ / 2) return;
  }
  group_ *= 2;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < spans_.size(); i += 2, ++kept) {
    spans_[kept] = spans_[i];
    if (i + 1 < spans_.size()) draw_together(spans_[kept], spans_[i + 1]);
  }
  spans_.resize(kept);
}

void Timeline::draw_together(ProfileSpan& to, const ProfileSpan& next) {
  to.duration = next.begin + next.duration - to.begin;
  to.busy += next.busy;
  to.tasks += next.tasks;
  to.node = -1;
  to.rect = {};
}

std::size_t spans_a_record(int threads) {
  return std::max(kFewestSpans, kSpans / static_cast<std::size_t>(threads));
}

std::int64_t profile_bytes(std::size_t nodes, int threads) {
  const std::size_t record = sizeof(ProfileRecord) + nodes * sizeof(ProfileCounters) +
                             spans_a_record(threads) * sizeof(ProfileSpan);
  return static_cast<std::int64_t>(record) * threads;
}

}  // namespace sluice
