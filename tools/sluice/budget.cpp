#include "budget.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <string_view>

#include "engine/error.hpp"
#include "engine/profile.hpp"
#include "limits.hpp"
#include "numbers.hpp"
#include "process_memory.hpp"
#include "values.hpp"

namespace sluice::tool {

namespace {

constexpr std::int64_t kDefaultShare = 4;  // a quarter: others use the machine, too

Budget budget_of(const CommonOptions& options) {
  if (options.memory) return {*options.memory, "option"};
  const MemoryLimit limit = memory_limit(this_process());
  return {limit.available / kDefaultShare, limit.from, limit.available};
}

// "the machine has 3 GiB available"
std::string left_text(const Budget& budget) {
  const std::string bytes = bytes_text(budget.available);
  if (budget.from == "cgroup") return fmt::format("the control group leaves {}", bytes);
  if (budget.from == "slurm") return fmt::format("the Slurm job's share is {}", bytes);
  return fmt::format("the machine has {} available", bytes);
}

// Why a plan needs as much as it does, where the reason is a file's own order; else "".
std::string reason_for_memory(const Plan& plan) {
  for (const PlannedPass& pass : plan.passes)
    for (const PlannedSource& source : pass.sources)
      if (source.held_whole())
        return fmt::format(
            "; {} can only be decoded from its first row on, and this pipeline asks for it in "
            "another order, so it is held whole ({})",
            source.name, bytes_text(source.blocks_alive * source.block_bytes));
  return {};
}

Error refusal(const ProcessPlan& least) {
  const Budget& budget = least.budget;
  const std::string limit = budget.from == "option"
                                ? "--memory is " + bytes_text(budget.bytes)
                                : fmt::format("{}; --memory {} would run it all the same",
                                              left_text(budget), least.least_bytes());
  return Error(ErrorKind::memory, fmt::format("the pipeline needs at least {} ({} bytes); {}{}",
                                              bytes_text(least.least_bytes()), least.least_bytes(),
                                              limit, reason_for_memory(least.plan)));
}

// Said before anything is planned: planning without a bound, to find the least that would do, loads
// the indexes.
void check_headers(const Graph& graph, const ProcessPlan& process) {
  // Little is left to the planner, whose refusal tells the least that would do.
  constexpr std::int64_t kLittle = 16 << 20;
  const std::int64_t headers = header_bytes(graph), needed = headers + process.process_bytes;
  if (headers <= kLittle) return;
  const Budget& budget = process.budget;
  const bool given = budget.from == "option";
  if (needed <= (given ? budget.bytes : budget.available)) return;
  throw Error(ErrorKind::memory,
              fmt::format("the pipeline needs more than {} ({} bytes): so much take the headers of "
                          "its inputs alone, with 16 bytes for each block of a TIFF; {}",
                          bytes_text(needed), needed,
                          given ? "--memory is " + bytes_text(budget.bytes) : left_text(budget)));
}

// Calls attempt(options) with what the budget grants. When the planner refuses it and no --memory
// was given, the budget becomes the least that would do, as long as there is that much: a pipeline
// that the machine can hold is not turned away by a default. `result` has plan and budget
// afterwards; `attempt` has refused when it throws without having set the plan.
template <class Attempt>
auto within(const Graph& graph, const CommonOptions& options, RunOptions run_with,
            ProcessPlan& result, Attempt&& attempt) {
  // The tool is the host: it sets TBB's limit, to which the library keeps, for the plan and the
  // run.
  using oneapi::tbb::global_control;
  const global_control threads(global_control::max_allowed_parallelism,
                               static_cast<std::size_t>(options.threads));
  result.process_bytes = process_bytes(options.threads) + values_text_bytes(graph);
  result.budget = budget_of(options);
  check_headers(graph, result);
  run_with.threads = options.threads;
  run_with.isa = options.isa;
  run_with.rewrites = options.rewrites;
  run_with.keep = options.keep;
  run_with.spool_folder = options.temporary_folder.path;
  run_with.memory = std::max<std::int64_t>(1, result.budget.bytes - result.process_bytes);
  try {
    return attempt(run_with);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::memory || !result.plan.passes.empty()) throw;
  }
  RunOptions tightest = run_with;
  tightest.memory = 0;
  tightest.memory = plan(graph, tightest).least_bytes;
  ProcessPlan least = result;
  least.plan = plan(graph, tightest);
  if (result.budget.from == "option" || least.least_bytes() > result.budget.available)
    throw refusal(least);
  result.budget.bytes = least.least_bytes();
  result.budget.raised = true;
  run_with.memory = least.plan.least_bytes;
  return attempt(run_with);
}

}  // namespace

std::string ProcessPlan::warning() const {
  if (!budget.raised) return {};
  return fmt::format(
      "the pipeline needs at least {}, more than the default (a quarter: {}); going on with that "
      "least, --memory sets another bound",
      bytes_text(budget.bytes), left_text(budget));
}

ProcessPlan plan_within(const Graph& graph, const CommonOptions& options) {
  ProcessPlan result;
  Profile measured;  // takes memory in the run that is planned
  RunOptions run_with;
  if (!options.profile.empty()) run_with.profile = &measured;
  within(graph, options, run_with, result,
         [&](const RunOptions& bounded) { result.plan = plan(graph, bounded); });
  if (spools(result.plan)) check_temporary_folder(options.temporary_folder);
  return result;
}

Report run_within(Graph& graph, const CommonOptions& options, RunOptions run_with,
                  const std::function<void(const ProcessPlan&)>& planned) {
  ProcessPlan result;
  run_with.planned = [&](const Plan& plan) {
    result.plan = plan;
    if (spools(plan)) check_temporary_folder(options.temporary_folder);
    planned(result);
  };
  return within(graph, options, run_with, result,
                [&](const RunOptions& bounded) { return run(graph, bounded); });
}

}  // namespace sluice::tool
