// From the options written for a step to its options struct.
#pragma once

#include <set>
#include <span>
#include <string>

#include "engine/options.hpp"
#include "pipelines/description.hpp"
#include "pipelines/pipeline.hpp"
#include "pipelines/scope.hpp"

namespace sluice {

/// Puts what is written for `step`, declared as `spec` among `steps`, and the defaults of `how`
/// into `options`; returns the names of those that are written. Mistakes go to `diagnostics`.
std::set<std::string> assign_options(const DescribedStep& step, const StepSpec& spec,
                                     std::span<const StepSpec> steps, void* options, Scope& scope,
                                     const FindResult& find_result, const PipelineOptions& how,
                                     Diagnostics& diagnostics);

}  // namespace sluice
