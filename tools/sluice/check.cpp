#include <fmt/format.h>

#include "commands.hpp"
#include "common_options.hpp"
#include "execution.hpp"
#include "exit_codes.hpp"

namespace sluice::tool {

int check_command(const std::vector<std::string>& words, Signals&) {
  CommandLine line("check", "FILE | STEP ! STEP ...",
                   "Looks for mistakes in a pipeline, opening the images it reads; computes and "
                   "writes nothing.");
  line.add_run_options();
  const auto rest = line.parse(words);
  if (!rest) return kDone;
  const Pipeline pipeline = pipeline_of(*rest, line.options());
  plan_within(*pipeline.graph, line.options());
  if (!line.options().quiet)
    fmt::print("{}{} step{}, no mistakes\n", pipeline.name.empty() ? "" : pipeline.name + ": ",
               pipeline.steps.size(), pipeline.steps.size() == 1 ? "" : "s");
  return kDone;
}

}  // namespace sluice::tool
