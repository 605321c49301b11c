// The files that --report, --profile and --svg write.
#pragma once

#include <memory>
#include <string>

#include "common_options.hpp"
#include "engine/graph.hpp"
#include "engine/sink.hpp"

namespace sluice::tool {

/// Where a text goes that is written from its beginning to its end. A regular file appears whole or
/// not at all, replacing an older one. Character devices, pipes, and paths that lead to one of this
/// process's own descriptors (/dev/stdout, /dev/fd/3) are written to as they are, so that
/// "--report /dev/stdout >> log" adds to the log. Throws Error (usage, system).
std::unique_ptr<ByteSink> create_text_file(const std::string& path, bool sync);

/// Checks, before anything is computed, the files of a run, a plan or a check: --report, --profile
/// and --svg can be written, and no file that is written is the pipeline file, an input image,
/// another output or one of these texts. `pipeline_file` and `svg`: "" where there is none.
/// Throws Error (usage, system) naming both.
void check_files(const Graph& graph, const CommonOptions& options, const std::string& pipeline_file,
                 const std::string& svg = {});

/// Opens this process's standard output for an image, once. A terminal is refused when the image
/// begins.
OpenStream standard_output();

}  // namespace sluice::tool
