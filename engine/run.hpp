// Running a graph. With what it includes this is all that a host needs: options, plan, report and
// profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "graph.hpp"
#include "plan.hpp"
#include "profile.hpp"
#include "report.hpp"
#include "run_options.hpp"

namespace sluice {

/// Plans and runs. On an error or cancellation every sink removes what it wrote (or keeps it, see
/// ResumeOptions; then Error::resumable() holds), all threads of the run have ended and the first
/// error is thrown, with its step, file and unit. Whatever the host's code throws comes out as an
/// Error (see Error::cause).
///
/// Reentrant: several runs may go on at once, also of one graph, each with threads of its own;
/// nothing global is changed. A sink belongs to one run at a time: another one that would write to
/// it is refused with Error (usage).
Report run(const Graph& graph, const RunOptions& options = {});

/// Computes one region of an image into the caller's interleaved buffer: pixel (x, y), channel c at
/// buffer[(y - region.y) * row_bytes + ((x - region.x) * channels + c) * size_of(type)].
/// The region lies inside the image. Late numbers are those that the latest run() of the graph
/// found. Throws Error (usage) for a buffer that is too small, and for late numbers before the
/// first run().
void read_region(const Image& image, const Rect& region, std::span<std::byte> buffer,
                 std::int64_t row_bytes, const RunOptions& options = {});

}  // namespace sluice
