// From a description to a graph: all checks between the two.
#pragma once

#include <span>

#include "engine/options.hpp"
#include "pipelines/description.hpp"
#include "pipelines/pipeline.hpp"

namespace sluice {

/// Checks `description` against the declared `steps` and builds its graph. First everything that
/// the text alone shows is checked, then the steps are built in order, each describing its output.
/// Throws PipelineError with all mistakes of the phase that found some.
Pipeline build_pipeline(const Description& description, std::span<const StepSpec> steps,
                        const PipelineOptions& options, Diagnostics& diagnostics);

}  // namespace sluice
