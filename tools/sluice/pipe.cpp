#include "commands.hpp"
#include "common_options.hpp"
#include "execution.hpp"
#include "exit_codes.hpp"

namespace sluice::tool {

int pipe_command(const std::vector<std::string>& words, Signals& signals) {
  CommandLine line("pipe", "STEP [OPTION=VALUE ...] ! STEP ...",
                   "Runs the steps given in words. as=NAME names a step's output, from=NAME,NAME "
                   "takes named ones.");
  line.add_run_options();
  line.add_json("Print the results as JSON");
  const auto rest = line.parse(words);
  if (!rest) return kDone;
  Pipeline pipeline = parse_command_line(*rest, line.options().pipeline());
  check_pipeline(pipeline, line.options(), "");
  execute(pipeline, line.options(), signals);
  return kDone;
}

}  // namespace sluice::tool
