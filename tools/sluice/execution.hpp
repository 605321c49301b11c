// From a checked pipeline to its outputs, report and printed results: what run and pipe share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common_options.hpp"
#include "engine/run.hpp"
#include "pipelines/pipeline.hpp"
#include "signals.hpp"

namespace sluice::tool {

/// The pipeline that `words` mean: one word that names no step is a file, all else are steps.
Pipeline pipeline_of(const std::vector<std::string>& words, const CommonOptions& options);

/// A plan within --memory, and what it means for the process.
struct ProcessPlan {
  Plan plan;
  std::int64_t process_bytes = 0;  ///< beside what the library is granted
  std::int64_t budget_bytes = 0;   ///< for the library; 0: no bound
  std::int64_t planned_bytes() const { return plan.peak_bytes + process_bytes; }
  std::int64_t least_bytes() const { return plan.least_bytes + process_bytes; }
};

/// Throws Error (memory), naming the least that would do, when --memory is too small.
ProcessPlan plan_within(const Graph& graph, const CommonOptions& options);

/// Pixels that a run goes through, for rates: of each stage those of its largest step.
double pixels_of(const Plan& plan);

/// The library's options for a run under `plan`.
RunOptions run_options(const CommonOptions& options, const ProcessPlan& plan,
                       const Signals& signals);

/// Plans, runs with progress, prints the results that nothing consumed and writes the report.
Report execute(Pipeline& pipeline, const CommonOptions& options, const Signals& signals);

}  // namespace sluice::tool
