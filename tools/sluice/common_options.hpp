// The options that all commands share, and the words that are left.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/run.hpp"
#include "engine/simd/isa.hpp"
#include "pipelines/pipeline.hpp"
#include "temporary_folder.hpp"

namespace sluice::tool {

enum class ProgressStyle { automatic, bar, plain, none };

struct CommonOptions {
  int threads = 0;           ///< from 1 once parsed
  std::string threads_from;  ///< "option", "affinity", "cgroup" or "slurm"
  std::optional<std::int64_t> memory;
  Params set;
  ProgressStyle progress = ProgressStyle::automatic;
  std::string report;
  std::string profile;
  bool resume = false;
  bool overwrite = false;
  bool sync = false;
  bool quiet = false;
  bool verbose = false;
  bool json = false;  ///< only where the command has it
  Isa isa = Isa::sse4;
  Rewrites rewrites = Rewrites::automatic;
  Keep keep = Keep::automatic;
  TemporaryFolder temporary_folder;  ///< for what does not fit into the budget

  /// For load_pipeline and parse_command_line.
  PipelineOptions pipeline() const;
};

/// One command's command line. Options may stand anywhere between the other words; each command has
/// those that act in it.
class CommandLine {
 public:
  CommandLine(const std::string& command, const std::string& arguments, const std::string& summary);

  CLI::App& app() { return app_; }
  CommonOptions& options() { return options_; }
  void add_json(const char* help = "Print JSON") { app_.add_flag("--json", options_.json, help); }
  void add_quiet();
  /// Of what computes: threads, memory, where temporary files lie, progress.
  void add_work_options();
  /// Of what runs, or looks at, a pipeline; those above are among them.
  void add_run_options();

  /// Parses; returns the words that are no options, or nullopt when the help was asked for and has
  /// been printed. Throws Error (usage).
  std::optional<std::vector<std::string>> parse(const std::vector<std::string>& words);

 private:
  void refuse_empty_values() const;
  [[noreturn]] void refuse_option(const std::string& word) const;
  void refuse_values_of_flags(const std::vector<std::string>& words) const;
  void take_threads();
  void take_values();

  const std::string command_;
  CLI::App app_;
  CommonOptions options_;
  std::string threads_, memory_, temporary_folder_, progress_ = "auto", rewrites_ = "auto",
                                                    keep_ = "auto";
  std::vector<std::string> set_;
};

/// True for an option that takes the word behind it as its value, false for a flag. nullopt for
/// what no option is called that the commands share ("--svg", "--memory=1G", "run").
std::optional<bool> takes_next_word(const std::string& word);

/// The instruction set to run: that named by the environment's SLUICE_ISA, else the best one this
/// machine has. Throws Error (usage).
Isa chosen_isa();

}  // namespace sluice::tool
