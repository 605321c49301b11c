// The tool's commands. Each takes the words behind its name and returns the exit code; errors are
// thrown.
#pragma once

#include <string>
#include <vector>

#include "signals.hpp"

namespace sluice::tool {

int run_command(const std::vector<std::string>& words, Signals& signals);
int pipe_command(const std::vector<std::string>& words, Signals& signals);
int plan_command(const std::vector<std::string>& words, Signals& signals);
int check_command(const std::vector<std::string>& words, Signals& signals);
int info_command(const std::vector<std::string>& words, Signals& signals);
int ops_command(const std::vector<std::string>& words, Signals& signals);
int compare_command(const std::vector<std::string>& words, Signals& signals);

}  // namespace sluice::tool
