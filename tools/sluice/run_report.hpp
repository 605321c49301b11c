// The report of a run, as JSON.
#pragma once

#include "common_options.hpp"
#include "engine/run.hpp"
#include "execution.hpp"
#include "pipelines/pipeline.hpp"

namespace sluice::tool {

/// Writes --report, where it was given (create_text_file).
void write_report(const Pipeline& pipeline, const CommonOptions& options, const ProcessPlan& plan,
                  const Report& report);

}  // namespace sluice::tool
