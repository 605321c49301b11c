#include "common_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "engine/error.hpp"
#include "engine/options.hpp"
#include "limits.hpp"
#include "numbers.hpp"
#include "text_files.hpp"

namespace sluice::tool {

namespace {

constexpr int kMostThreads = 1024;

[[noreturn]] void usage(std::string reason) {
  throw Error(ErrorKind::usage, std::move(reason));
}

// Where the options act that not all commands have; a test compares it with the commands.
struct Place {
  std::string_view option, commands;
};
constexpr std::string_view kWork = "run, pipe, plan, check and compare";
constexpr std::string_view kPipelines = "run, pipe, plan and check";
constexpr Place kPlaces[] = {{"--threads", kWork},
                             {"--memory", kWork},
                             {"--progress", kWork},
                             {"--tmpdir", kWork},
                             {"--set", kPipelines},
                             {"--report", kPipelines},
                             {"--profile", kPipelines},
                             {"--resume", kPipelines},
                             {"--rewrites", kPipelines},
                             {"--keep", kPipelines},
                             {"--sync", kPipelines},
                             {"--overwrite", kPipelines},
                             {"--verbose", kPipelines},
                             {"-v", kPipelines},
                             {"--dot", "plan"},
                             {"--svg", "plan"},
                             {"--page", "info"},
                             {"--level", "info"},
                             {"--damaged", "info"},
                             {"--tolerance", "compare"},
                             {"--json", "run, pipe, plan, info, ops and compare"},
                             {"--quiet", "run, pipe, plan, check, info and compare"},
                             {"-q", "run, pipe, plan, check, info and compare"}};

// "-1", "-0.5,2": a step's value, not an option.
bool is_number_list(std::string_view word) {
  for (;;) {
    const auto comma = word.find(',');
    if (!parse_number(word.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    word.remove_prefix(comma + 1);
  }
}

}  // namespace

PipelineOptions CommonOptions::pipeline() const {
  PipelineOptions options;
  options.params = set;
  if (overwrite) options.defaults.emplace_back("overwrite", "true");
  if (sync) options.defaults.emplace_back("sync", "true");
  if (resume) options.defaults.emplace_back("resume", "true");
  options.open_stream = standard_output();
  return options;
}

CommandLine::CommandLine(const std::string& command, const std::string& arguments,
                         const std::string& summary)
    : command_(command), app_(summary) {
  app_.name("sluice " + command + " " + arguments);  // what the help calls the usage
  app_.allow_extras();
}

void CommandLine::add_quiet() {
  app_.add_flag("-q,--quiet", options_.quiet, "Print results and errors alone");
}

void CommandLine::add_work_options() {
  app_.add_option("--threads", threads_,
                  "Threads; by default as many as affinity, the control group's CPU quota and "
                  "SLURM_CPUS_PER_TASK allow")
      ->type_name("N");
  app_.add_option("--memory", memory_,
                  "Most memory the process may take: 512M, 2GiB, ...; by default a quarter of what "
                  "the machine, the control group or the Slurm job leaves, or what the pipeline "
                  "needs at least")
      ->type_name("SIZE");
  app_.add_option("--progress", progress_, "auto, bar, plain or none")->type_name("STYLE");
  app_.add_option("--tmpdir", temporary_folder_,
                  "Folder for a temporary file of pixels that the budget does not hold; by default "
                  "TMPDIR, else /var/tmp, else /tmp")
      ->check([this](const std::string& folder) {
        options_.temporary_folder = {folder, "option"};
        check_temporary_folder(options_.temporary_folder);
        return std::string();
      })
      ->type_name("FOLDER");
  add_quiet();
}

void CommandLine::add_run_options() {
  add_work_options();
  app_.add_flag("-v,--verbose", options_.verbose, "Print the plan's figures before the run");
  app_.add_option("--set", set_, "Give a parameter of the pipeline its value; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app_.add_option("--report", options_.report, "Write a report of the run as JSON")
      ->type_name("FILE.json");
  app_.add_option("--profile", options_.profile,
                  "Measure where the run's time goes: a table, and a JSON file that "
                  "chrome://tracing and Perfetto open as well")
      ->type_name("FILE.json");
  app_.add_option("--rewrites", rewrites_,
                  "auto, or none: run the steps exactly as written, to the same bits")
      ->type_name("WHICH");
  app_.add_flag(
      "--resume", options_.resume,
      "Go on where an interrupted run with --resume ended, else begin one that can go on: "
      "its partial outputs stay as .NAME.sluice-part with a journal of what is done, until "
      "the outputs are whole or SIGINT drops them");
  app_.add_option("--keep", keep_,
                  "auto: what is needed again is kept where that is the faster; or never: it is "
                  "computed and decoded again")
      ->type_name("WHICH");
  app_.add_flag("--overwrite", options_.overwrite, "Replace output files that exist");
  app_.add_flag("--sync", options_.sync,
                "Have the outputs on the disk before they get their names");
}

// "--overwrite=3" would set the flag, whatever is behind "=".
void CommandLine::refuse_values_of_flags(const std::vector<std::string>& words) const {
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (!word.starts_with("--") || equals == std::string::npos) continue;
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = app_.get_option_no_throw(name);
    if (option && option->get_items_expected_max() == 0)
      usage(fmt::format("{} takes no value, and was given '{}'", name, word.substr(equals + 1)));
  }
}

// "--report $NAME" with nothing in NAME is no run without a report.
void CommandLine::refuse_empty_values() const {
  for (const CLI::Option* option : app_.get_options()) {
    const auto& given = option->results();
    if (option->get_items_expected_max() > 0 &&
        std::find(given.begin(), given.end(), "") != given.end())
      usage(option->get_name() + " needs a value, and was given an empty one");
  }
}

std::optional<std::vector<std::string>> CommandLine::parse(const std::vector<std::string>& words) {
  refuse_values_of_flags(words);
  try {
    app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    std::fputs(app_.help().c_str(), stdout);
    return std::nullopt;
  } catch (const CLI::ArgumentMismatch& e) {
    const std::string text = e.what(), option = text.substr(0, text.find(':'));
    if (app_.count(option) > 1) usage(option + " is given more than once");
    usage(option + " needs a value");
  } catch (const CLI::ParseError& e) {
    usage(e.what());
  }
  refuse_empty_values();
  take_values();
  std::vector<std::string> rest = app_.remaining();
  for (const std::string& word : rest) {
    if (word.size() < 2 || word.front() != '-' || is_number_list(word)) continue;
    refuse_option(word);
  }
  return rest;
}

// A word that begins with '-' and is no option of the command.
void CommandLine::refuse_option(const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  for (const auto& [option, commands] : kPlaces)
    if (name == option)
      usage(fmt::format("{} does nothing with '{}'; it acts in {}", name, command_, commands));
  std::vector<std::string> known;
  for (const CLI::Option* option : app_.get_options())
    for (const std::string& lname : option->get_lnames())
      known.push_back("--" + lname);
  std::string hint = did_you_mean(name, known);
  if (hint.empty() && (word.find('.') != std::string::npos || word == "--"))
    hint =
        fmt::format("; a file whose name begins with '-' is './{}'", word == "--" ? "-..." : word);
  usage(fmt::format("there is no option '{}'{}", word, hint));
}

void CommandLine::take_threads() {
  if (!app_.get_option_no_throw("--threads") || app_.count("--threads") == 0) {
    const ThreadLimit limit = thread_limit(this_process());
    options_.threads = std::min(limit.threads, kMostThreads);
    options_.threads_from = limit.from;
    return;
  }
  const char* const end = threads_.data() + threads_.size();
  const auto [rest, wrong] = std::from_chars(threads_.data(), end, options_.threads);
  if (wrong == std::errc::invalid_argument || rest != end)
    usage(fmt::format("--threads takes a whole number from 1 to {}; '{}' is none", kMostThreads,
                      threads_));
  if (wrong != std::errc() || options_.threads < 1 || options_.threads > kMostThreads)
    usage(fmt::format("--threads takes 1 to {}, not {}", kMostThreads, threads_));
  options_.threads_from = "option";
}

void CommandLine::take_values() {
  take_threads();
  if (!memory_.empty()) {
    options_.memory = parse_bytes(memory_);
    if (!options_.memory || *options_.memory == 0)
      usage(fmt::format("--memory takes a size such as 512M or 2GiB, not '{}'", memory_));
  }
  constexpr std::pair<const char*, ProgressStyle> kStyles[] = {{"auto", ProgressStyle::automatic},
                                                               {"bar", ProgressStyle::bar},
                                                               {"plain", ProgressStyle::plain},
                                                               {"none", ProgressStyle::none}};
  const auto style = std::find_if(std::begin(kStyles), std::end(kStyles),
                                  [&](const auto& s) { return progress_ == s.first; });
  if (style == std::end(kStyles))
    usage(fmt::format("--progress takes auto, bar, plain or none, not '{}'", progress_));
  options_.progress = style->second;
  if (rewrites_ != "auto" && rewrites_ != "none")
    usage(fmt::format("--rewrites takes auto or none, not '{}'", rewrites_));
  options_.rewrites = rewrites_ == "auto" ? Rewrites::automatic : Rewrites::none;
  if (keep_ != "auto" && keep_ != "never")
    usage(fmt::format("--keep takes auto or never, not '{}'", keep_));
  options_.keep = keep_ == "auto" ? Keep::automatic : Keep::never;
  if (options_.temporary_folder.from.empty())
    options_.temporary_folder = default_temporary_folder();
  for (const std::string& assignment : set_) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
      usage(fmt::format("--set takes NAME=VALUE, not '{}'", assignment));
    options_.set.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  options_.isa = chosen_isa();
}

std::optional<bool> takes_next_word(const std::string& word) {
  CommandLine line("", "", "");
  line.add_run_options();
  line.add_json();
  const CLI::Option* option =
      word.starts_with('-') ? line.app().get_option_no_throw(word) : nullptr;
  if (!option) return std::nullopt;
  return option->get_items_expected_max() > 0;
}

Isa chosen_isa() {
  const char* name = std::getenv("SLUICE_ISA");
  if (!name || !*name) return best_isa();
  const std::vector<Isa> available = available_isas();
  const auto isa = isa_named(name);
  if (isa && std::find(available.begin(), available.end(), *isa) != available.end()) return *isa;
  std::string list;
  for (const Isa i : available)
    list += (list.empty() ? "" : ", ") + std::string(name_of(i));
  usage(fmt::format("SLUICE_ISA: {} '{}'; this machine has {}",
                    isa ? "this machine does not have" : "there is no instruction set", name,
                    list));
}

}  // namespace sluice::tool
