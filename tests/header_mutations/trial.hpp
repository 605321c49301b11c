// One mutated file, looked at in a process of its own within bounds.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::test {

struct Trial {
  enum class End { read, refused, failed };
  End end = End::failed;
  std::string why;                 ///< of a failure, or the error's text
  std::int64_t resident_peak = 0;  ///< bytes
  double processor_seconds = 0;
};

/// Bounds of a trial. Sanitizers take more: under them memory is not bounded.
inline constexpr std::int64_t kMostMapped = std::int64_t{1} << 30;
inline constexpr std::int64_t kMostResident = std::int64_t{512} << 20;
inline constexpr int kMostSeconds = 10;  ///< of the processor

/// Describes the file as `sluice info` does, then runs `read ! crop ! stats` over its beginning.
/// Fails when that ends in a signal, passes a bound, or in anything but pixels or an Error that
/// names the file.
Trial look_at(const std::string& file);

}  // namespace sluice::test
