#include "commands.hpp"
#include "common_options.hpp"
#include "execution.hpp"
#include "exit_codes.hpp"

namespace sluice::tool {

int run_command(const std::vector<std::string>& words, Signals& signals) {
  CommandLine line("run", "FILE", "Runs a pipeline file (YAML or JSON).");
  line.add_run_options();
  line.add_json("Print the results as JSON");
  const auto rest = line.parse(words);
  if (!rest) return kDone;
  if (rest->size() != 1)
    throw Error(ErrorKind::usage,
                "run takes one pipeline file; steps given in words are for 'sluice pipe'");
  Pipeline pipeline = load_pipeline(rest->front(), line.options().pipeline());
  check_pipeline(pipeline, line.options(), rest->front());
  execute(pipeline, line.options(), signals);
  return kDone;
}

}  // namespace sluice::tool
