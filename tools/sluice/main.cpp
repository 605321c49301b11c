// The `sluice` tool: finds the command and turns errors into messages and exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>

#include "commands.hpp"
#include "common_options.hpp"
#include "engine/options.hpp"
#include "exit_codes.hpp"
#include "pipelines/pipeline.hpp"
#include "pipelines/registry.hpp"
#include "process.hpp"
#include "resume.hpp"
#include "version.hpp"

namespace sluice::tool {

namespace {

struct Command {
  const char* name;
  const char* arguments;
  const char* summary;
  int (*run)(const std::vector<std::string>& words, Signals& signals);
};

constexpr Command kCommands[] = {
    {"run", "FILE", "Runs a pipeline file", run_command},
    {"pipe", "STEP ! STEP ...",
     "Runs a pipeline given in words: read in.tif ! resize scale=0.5 ! write out.tif",
     pipe_command},
    {"plan", "FILE | STEP ! STEP ...", "Shows what a run would do and need, and runs nothing",
     plan_command},
    {"check", "FILE | STEP ! STEP ...", "Looks for mistakes in a pipeline", check_command},
    {"info", "IMAGE ...", "Shows what is known of images from their headers", info_command},
    {"ops", "[NAME]", "Lists the steps there are, or explains one", ops_command},
    {"compare", "A B", "Compares the pixels of two images", compare_command},
};

std::string help() {
  std::string text =
      "Usage: sluice COMMAND ... [OPTIONS]\n\nPipelines over images of any size.\n\nCommands:\n";
  for (const Command& c : kCommands)
    text += fmt::format("  {:<8} {:<24} {}\n", c.name, c.arguments, c.summary);
  return text +
         "\n'sluice COMMAND --help' lists a command's options; 'sluice ops NAME' explains a step.\n"
         "run and pipe: --report FILE.json says what was done, --profile FILE.json where the time "
         "went.\n"
         "SLUICE_ISA=sse4|avx2|avx512 forces an instruction set.\n\n"
         "Exit codes: 0 done; 1 an input is broken, or images differ; 2 wrong arguments or "
         "pipeline, or\n"
         "too little memory; 3 the system said no (disk, permission, missing file); 75 stopped by "
         "SIGTERM or\nSIGUSR1, and --resume goes on; 143 stopped by them for good.\n";
}

// What other programs call the commands.
constexpr std::pair<std::string_view, const char*> kOtherCommands[] = {
    {"exec", "run"},      {"execute", "run"},   {"process", "run"},  {"convert", "pipe"},
    {"pipeline", "pipe"}, {"dry-run", "plan"},  {"explain", "plan"}, {"validate", "check"},
    {"lint", "check"},    {"identify", "info"}, {"show", "info"},    {"header", "info"},
    {"gdalinfo", "info"}, {"list", "ops"},      {"steps", "ops"},    {"operations", "ops"},
    {"diff", "compare"},  {"cmp", "compare"}};

std::string advice_for(const std::string& word) {
  for (const auto& [other, command] : kOtherCommands)
    if (word == other) return fmt::format("; did you mean '{}'?", command);
  if (find_step(word))
    return fmt::format(
        "; '{0}' is a step: sluice pipe read IMAGE ! {0} ! write IMAGE, see "
        "'sluice ops {0}'",
        word);
  std::vector<std::string> known;
  for (const Command& c : kCommands)
    known.push_back(c.name);
  if (const std::string near = did_you_mean(word, known); !near.empty()) return near;
  std::error_code none;
  if (std::filesystem::is_regular_file(word, none))
    return fmt::format(
        "; a pipeline file is run with 'sluice run {0}', an image described with "
        "'sluice info {0}'",
        word);
  return "; see 'sluice --help'";
}

[[noreturn]] void refuse_command(const std::string& word) {
  throw Error(ErrorKind::usage, fmt::format("there is no command '{}'{}", word, advice_for(word)));
}

// "sluice help run", "sluice help resize".
int help_of(const std::string& word, Signals& signals) {
  for (const Command& command : kCommands)
    if (word == command.name) return command.run({"--help"}, signals);
  if (find_step(word)) return ops_command({word}, signals);
  refuse_command(word);
}

// The command is the first word that is neither an option nor the value of the option in front of
// it. Whether an option of one command alone (--svg) takes a value is not known here: a word behind
// it is the command if it is called like one.
int dispatch(std::vector<std::string> words, Signals& signals) {
  if (words.empty()) {
    std::fputs(help().c_str(), stderr);
    return kUsage;
  }
  for (auto word = words.begin(); word != words.end(); ++word) {
    const bool behind_option = word != words.begin() && word[-1].starts_with('-');
    const std::optional<bool> is_value =
        behind_option ? takes_next_word(word[-1]) : std::optional(false);
    if (is_value == true) continue;
    if (*word == "--version") {
      fmt::print("sluice {}\n", version());
      return kDone;
    }
    if (*word == "help" && word + 1 != words.end()) return help_of(word[1], signals);
    if (*word == "--help" || *word == "-h" || *word == "help") {
      std::fputs(help().c_str(), stdout);
      return kDone;
    }
    const auto command = std::find_if(std::begin(kCommands), std::end(kCommands),
                                      [&](const Command& c) { return *word == c.name; });
    if (command != std::end(kCommands)) {
      words.erase(word);
      return command->run(words, signals);
    }
    if (!word->starts_with('-') && is_value == false) refuse_command(*word);
  }
  throw Error(ErrorKind::usage, "the command is missing; see 'sluice --help'");
}

int guarded(const std::vector<std::string>& words, Signals& signals) {
  const auto say = [](const std::string& text) { std::fputs((text + "\n").c_str(), stderr); };
  signals.set_advice(resume_advice(words));
  try {
    return dispatch(words, signals);
  } catch (const PipelineError& e) {
    for (const std::string& message : e.messages())
      say(message);
    return kUsage;
  } catch (const Error& e) {
    say(std::string("error: ") + (e.kind() == ErrorKind::internal ? "a defect of sluice: " : "") +
        e.what());
    if (e.resumable()) say(resume_advice(words));
    return exit_code(e.kind());
  } catch (const std::bad_alloc&) {
    say("error: the system has no memory left");
    return kSystemSaidNo;
  } catch (const std::exception& e) {
    say(std::string("error: a defect of sluice: ") + e.what());
    return kDefect;
  }
}

}  // namespace

}  // namespace sluice::tool

int main(int argc, char** argv) {
  sluice::tool::take_standard_descriptors();
  sluice::tool::raise_descriptor_limit();
  sluice::tool::ignore_file_size_signal();
  int signal = 0, code = 0;
  bool resumable = false;
  try {
    sluice::tool::Signals signals;
    code = sluice::tool::guarded(std::vector<std::string>(argv + 1, argv + argc), signals);
    if (code == sluice::tool::kDone && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)) {
      std::fputs("error: the results could not be written to standard output\n", stderr);
      code = sluice::tool::kSystemSaidNo;
    }
    signal = signals.caught();
    resumable = signals.resumable();
  } catch (const std::exception& e) {  // before there was anything to do
    std::fputs(
        (std::string("error: the system does not let sluice start: ") + e.what() + "\n").c_str(),
        stderr);
    return sluice::tool::kSystemSaidNo;
  }
  // A signal that came when all was done changes nothing.
  if (signal != 0 && code != sluice::tool::kDone) sluice::tool::end_by(signal, resumable);
  return code;
}
