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

/// The file that `words` name: one word that names no step; "" where they are steps.
std::string pipeline_file_of(const std::vector<std::string>& words);

/// Tells the pipeline's warnings and checks its files (check_files). `file`: the pipeline file, ""
/// where there is none.
void check_pipeline(const Pipeline& pipeline, const CommonOptions& options, const std::string& file,
                    const std::string& svg = {});

/// The pipeline that `words` mean, a file or steps, checked: to be looked at, not to be run.
/// Outputs that exist are warned of.
Pipeline pipeline_of(const std::vector<std::string>& words, const CommonOptions& options,
                     const std::string& svg = {});

/// Plans, runs with progress, prints the results that nothing consumed and writes the report. The
/// pipeline's files have been checked. What goes wrong once the outputs are whole says that they
/// are.
Report execute(Pipeline& pipeline, const CommonOptions& options, Signals& signals);

}  // namespace sluice::tool
