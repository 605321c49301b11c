// From a checked pipeline to its outputs, report and printed results: what run and pipe share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "budget.hpp"
#include "common_options.hpp"
#include "engine/run.hpp"
#include "pipelines/pipeline.hpp"
#include "signals.hpp"

namespace sluice::tool {

/// The pipeline that `words` mean: one word that names no step is a file, all else are steps.
Pipeline pipeline_of(const std::vector<std::string>& words, const CommonOptions& options);

/// True when both paths lead to one place, whether anything is there yet or not.
bool same_place(const std::string& a, const std::string& b);

/// Throws Error (usage, system) when `path`, given by the option `name`, cannot be written or is an
/// image file of the pipeline.
void check_text_output(const char* name, const std::string& path, const Graph& graph);

/// Pixels that a run goes through, for rates: of each stage those of its largest step.
double pixels_of(const Plan& plan);

/// Plans, runs with progress, prints the results that nothing consumed and writes the report.
Report execute(Pipeline& pipeline, const CommonOptions& options, Signals& signals);

}  // namespace sluice::tool
