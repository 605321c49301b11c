// Places among sorted samples, and finding them in histograms.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// Where a percentile lies among sorted samples: `part` of the way from place k to the next.
struct SortedPlace {
  std::uint64_t k = 0;
  double part = 0;
};

inline SortedPlace place_of(double percent, std::uint64_t count) {
  if (count == 0) return {};
  const double last = static_cast<double>(count - 1);
  const double h = last * (percent / 100);
  const double whole = std::min(std::floor(h), last);
  return {std::min(static_cast<std::uint64_t>(whole), count - 1), h - whole};
}

/// The point `part` of the way from a to b, b - a being `difference`. From the nearer end, so that
/// the result never passes b. Everything between a number and an infinity is that infinity.
inline double between(double a, double b, double difference, double part) {
  if (part == 0 || a == b) return a;
  if (std::isinf(a) && std::isinf(b)) return part < 0.5 ? a : b;
  if (std::isinf(a) || std::isinf(b)) return std::isinf(a) ? a : b;
  return part < 0.5 ? a + difference * part : b - difference * (1 - part);
}

/// Goes through the bins of a histogram to those that hold given places. Places in ascending order
/// take one walk over all bins.
template <class Count>
class BinWalk {
 public:
  /// `count(bin)`: how many samples it has.
  BinWalk(std::size_t bins, Count count) : bins_(bins), count_(count) {}

  /// Stops at the bin of the sample at `place` in ascending order; at the last bin where there are
  /// not so many samples.
  void to(std::uint64_t place) {
    if (place < below_) bin_ = 0, below_ = 0;
    while (bin_ + 1 < bins_ && place - below_ >= count_(bin_))
      below_ += count_(bin_++);
  }
  std::size_t bin() const { return bin_; }
  std::uint64_t below() const { return below_; }  ///< samples in the bins before

 private:
  std::size_t bins_;
  Count count_;
  std::size_t bin_ = 0;
  std::uint64_t below_ = 0;
};

}  // namespace sluice
