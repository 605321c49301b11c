// sluice-random-graphs: generated graphs, run in many ways, against the obviously correct executor.
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "codecs/format.hpp"
#include "pipelines/registry.hpp"
#include "random_graphs/checker.hpp"
#include "random_graphs/generator.hpp"
#include "random_graphs/rules.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr const char* kHelp =
    "usage: sluice-random-graphs [--count N] [--seed S] [--only K] [--keep FOLDER]\n"
    "  --count N      so many graphs (30)\n"
    "  --seed S       which graphs (1)\n"
    "  --only K       graph K of the seed alone, printed as a pipeline\n"
    "  --keep FOLDER  for input and output files, and with --only the pipeline and its pictures "
    "as\n"
    "                 TIFF, for the tool (a temporary folder, which is removed)\n"
    "Each runs on 1, 2 and 8 threads, under three budgets, with and without stall mode. Exit code "
    "1\n"
    "when bytes differ from the plain executor's, when memory passes the plan or the plan the\n"
    "budget, and when a step of the registry is missing.\n";

struct Options {
  int count = 30;
  std::uint64_t seed = 1;
  int only = -1;
  std::string keep;
};

template <class T>
T number(const std::string& name, const std::string& text) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(fmt::format("{} takes a number, not '{}'", name, text));
  return value;
}

Options parse(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const std::string& name = words[i];
    if (i + 1 == words.size()) throw std::invalid_argument(name + " takes a value");
    if (name == "--count")
      options.count = number<int>(name, words[i + 1]);
    else if (name == "--seed")
      options.seed = number<std::uint64_t>(name, words[i + 1]);
    else if (name == "--only")
      options.only = number<int>(name, words[i + 1]);
    else if (name == "--keep")
      options.keep = words[i + 1];
    else
      throw std::invalid_argument("no option is called " + name);
  }
  return options;
}

/// The folder for files of the graphs; removed at the end unless it was asked for.
class Folder {
 public:
  explicit Folder(const std::string& kept) : path_(kept) {
    if (!kept.empty()) {
      std::filesystem::create_directories(kept);
      return;
    }
    path_ = (std::filesystem::temp_directory_path() / "sluice-graphs-XXXXXX").string();
    if (!mkdtemp(path_.data())) throw std::runtime_error("no temporary folder can be made");
    temporary_ = true;
  }
  ~Folder() {
    if (temporary_) clear(true);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  void clear(bool whole = false) const {
    std::error_code ignored;
    if (temporary_) std::filesystem::remove_all(path_, ignored);
    if (temporary_ && !whole) std::filesystem::create_directory(path_, ignored);
  }

 private:
  std::string path_;
  bool temporary_ = false;
};

/// A step of the registry without a rule would never be in a graph.
std::vector<std::string> steps_without_rule() {
  std::vector<std::string> missing;
  for (const StepSpec& step : all_steps())
    if (!find_rule(step.name)) missing.push_back(step.name);
  return missing;
}

/// What is needed to run the printed pipeline with the tool, as far as files can hold it.
void keep_pictures(const RandomGraph& graph, const std::string& folder) {
  std::ofstream(folder + "/pipeline.yaml") << graph.text();
  WriteOptions write_options;
  write_options.overwrite = true;
  for (std::size_t i = 0; i < graph.steps.size(); ++i) {
    if (!graph.steps[i].source) continue;
    Picture picture = graph.steps[i].picture;
    picture.info.validity = Validity::none;
    const Image image = add_source(Graph::make(), picture_source(picture));
    add_sink("write", image,
             create_image(picture.info, fmt::format("{}/s{}.tif", folder, i), write_options));
    run(image.graph());
  }
}

struct Totals {
  int graphs = 0, failures = 0, depth = 0;
  Checked checked;
  std::map<std::string, int> steps;
};

void check_graph(const Options& options, int k, const Folder& folder, Totals& totals) {
  const auto steps = all_steps();
  const std::string wanted = steps[static_cast<std::size_t>(k) % steps.size()].name;
  RandomGraph graph;
  Checked checked;
  try {
    graph = generate(options.seed, k, wanted, folder.path());
    if (options.only >= 0) fmt::print("{}", graph.text());
    if (options.only >= 0 && !options.keep.empty()) keep_pictures(graph, folder.path());
    std::fflush(stdout);
    checked = check(graph, options.seed + static_cast<std::uint64_t>(k), folder.path());
  } catch (const std::exception& error) {
    checked.failures.push_back(fmt::format("while it was made: {}", error.what()));
  }
  ++totals.graphs;
  Checked& all = totals.checked;
  all.runs += checked.runs;
  all.kept += checked.kept;
  all.spooled += checked.spooled;
  all.rows += checked.rows;
  all.columns += checked.columns;
  all.bands += checked.bands;
  all.rewritten += checked.rewritten;
  if (!graph.steps.empty()) totals.depth = std::max(totals.depth, graph.depth());
  for (const GraphStep& step : graph.steps)
    ++totals.steps[step.source ? "(in memory)" : step.name];
  for (const GraphSink& sink : graph.sinks)
    ++totals.steps[sink.kind == GraphSink::Kind::file ? "write" : "(to memory)"];
  totals.failures += static_cast<int>(checked.failures.size());
  constexpr std::size_t kMostLines = 10;
  for (std::size_t i = 0; i < std::min(checked.failures.size(), kMostLines); ++i)
    fmt::print("FAILED: graph {} of seed {}: {}\n", k, options.seed, checked.failures[i]);
  if (checked.failures.size() > kMostLines)
    fmt::print("... and {} more like these\n", checked.failures.size() - kMostLines);
  if (!checked.failures.empty() && options.only < 0) fmt::print("{}", graph.text());
  std::fflush(stdout);
  folder.clear();
}

int run_all(const Options& options) {
  if (const std::vector<std::string> missing = steps_without_rule(); !missing.empty()) {
    for (const std::string& step : missing)
      fmt::print("FAILED: step {} has no rule in tests/random_graphs\n", step);
    return 1;
  }
  const Folder folder(options.keep);
  Totals totals;
  fmt::print("seed {}\n", options.seed);
  if (options.only >= 0)
    check_graph(options, options.only, folder, totals);
  else
    for (int k = 0; k < options.count; ++k)
      check_graph(options, k, folder, totals);
  const Checked& all = totals.checked;
  fmt::print("{} graphs of up to {} steps one behind the other\n", totals.graphs, totals.depth);
  fmt::print(
      "{} runs: {} kept tiles, {} spooled, {} by rows, {} by columns, {} in bands, {} rewritten\n",
      all.runs, all.kept, all.spooled, all.rows, all.columns, all.bands, all.rewritten);
  for (const auto& [step, count] : totals.steps)
    fmt::print("{} {}, ", step, count);
  fmt::print("in all\n");
  const auto steps = all_steps();
  if (totals.graphs >= static_cast<int>(steps.size()))
    for (const StepSpec& step : steps)
      if (totals.steps[step.name] == 0) {
        fmt::print("FAILED: step {} was in no graph\n", step.name);
        ++totals.failures;
      }
  fmt::print("{}\n",
             totals.failures == 0 ? "all equal" : fmt::format("{} failures", totals.failures));
  return totals.failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    fmt::print("{}", kHelp);
    return 0;
  }
  // TBB's limit of one thread per core is lifted, so that 8 threads are 8 on any machine.
  oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism, 16);
  try {
    return run_all(parse(words));
  } catch (const std::exception& error) {
    fmt::print(stderr, "sluice-random-graphs: {}\n{}", error.what(), kHelp);
    return 2;
  }
}
