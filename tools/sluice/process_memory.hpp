// The memory of the process beside what the library grants.
#pragma once

#include <cstdint>

namespace sluice::tool {

/// What the tool's process takes itself, with this many threads: program, libraries, heap of the
/// planner and codecs, stacks. --memory bounds the process: the library is given the rest.
std::int64_t process_bytes(int threads);

/// Most memory that was resident so far (VmHWM).
std::int64_t resident_peak_bytes();

}  // namespace sluice::tool
