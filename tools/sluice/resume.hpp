// --resume: what the tool tells the library and its user about going on.
#pragma once

#include <string>
#include <vector>

#include "engine/run.hpp"
#include "pipelines/pipeline.hpp"
#include "signals.hpp"

namespace sluice::tool {

/// Makes a run of `pipeline` one that can go on, and the signals' exit code with it.
void set_resume(RunOptions& run, const Pipeline& pipeline, Signals& signals);

/// "to go on: sluice run chain.yaml --resume", for the words of the run that was interrupted.
std::string resume_advice(const std::vector<std::string>& words);

}  // namespace sluice::tool
