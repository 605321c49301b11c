// The report of a run, as JSON.
#pragma once

#include "common_options.hpp"
#include "engine/run.hpp"
#include "execution.hpp"
#include "pipelines/pipeline.hpp"

namespace sluice::tool {

/// Writes --report: it appears whole or not at all, replacing an older one.
void write_report(const Pipeline& pipeline, const CommonOptions& options, const ProcessPlan& plan,
                  const Report& report);

}  // namespace sluice::tool
