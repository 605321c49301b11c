// A whole run: passes one after the other, values handed from pass to pass, sinks begun and
// finished.

#include "engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "engine/callbacks.hpp"
#include "engine/file_conflicts.hpp"
#include "engine/planner/pass_plan.hpp"
#include "engine/rewrite/rewrite.hpp"
#include "engine/runtime/bind_late.hpp"
#include "engine/runtime/crew.hpp"
#include "engine/runtime/pass_runner.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/run_journals.hpp"

namespace sluice {

namespace {

using Clock = std::chrono::steady_clock;

// Tells the caller how far the run is, at most every 50 ms. Called by one thread at a time.
class ProgressTeller {
 public:
  ProgressTeller(const RunOptions& options, int passes, std::int64_t units) : options_(options) {
    state_.passes = passes;
    state_.units_total = units;
  }
  void pass(int p) { state_.pass = p; }
  void skipped(std::int64_t units) {
    state_.units_before += units;
    state_.units_done += units;
  }
  void committed() {
    ++state_.units_done;
    if (!options_.progress) return;
    const Clock::time_point now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(50) && state_.units_done < state_.units_total)
      return;
    last_ = now;
    state_.seconds = seconds();
    call_host("progress", options_.progress, state_);
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  const RunOptions& options_;
  Progress state_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_ = begin_;
};

template <class F>
void at_node(const Node& node, const std::string& file, F&& f) {
  with_place(f, [&](Error& error) { error.at_file(file).at_step(node.place.text()); });
}

// A sink while it belongs to this run; at its end another one may have it.
using SinkLease = std::shared_ptr<Sink>;

SinkLease lease(const std::shared_ptr<Sink>& sink) {
  if (!sink->acquire())
    throw Error(ErrorKind::usage,
                "this output is being written already, by another run or another step");
  return SinkLease(sink.get(), [sink](Sink*) { sink->release(); });
}

std::vector<SinkLease> lease_sinks(const Graph& graph) {
  std::vector<SinkLease> leases;
  for (const Node& node : graph.nodes())
    if (node.sink) at_node(node, node.sink->name(), [&] { leases.push_back(lease(node.sink)); });
  return leases;
}

class Runner {
 public:
  Runner(const Graph& graph, const RunOptions& options)
      : caller_(graph),
        options_(within_shared(options)),
        leases_(lease_sinks(graph)),
        rewritten_(rewrite(graph, options_)),
        graph_(*rewritten_.graph),
        passes_(plan_passes(rewritten_, options_)),
        crew_(options_) {
    report_.plan = describe(rewritten_, passes_, options_);
    if (options.profile) profiler_.emplace(*options.profile, graph_, report_.plan.threads, begin_);
    call_host("planned", options.planned, report_.plan);
    warn_of_clamped_threads();
  }

  Report run() {
    check_files();
    journals_ = RunJournals(caller_, options_);
    report_.resumed = journals_.resumed();
    try {
      if (options_.budget) memory_ = options_.budget->take(report_.plan.peak_bytes, options_.stop);
      throw_if_stopped(options_);
      if (!journals_.whole()) check_outputs();
      Report report = run_all();
      if (profiler_) profiler_->finish(true);
      return report;
    } catch (...) {
      Error error = current_error();
      explain_by_change(error);
      // What is wrong with the call stays wrong when it is repeated.
      if (abandon() && error.kind() != ErrorKind::usage) error.mark_resumable();
      throw error;
    }
  }

 private:
  void warn_of_clamped_threads() const {
    const Plan& plan = report_.plan;
    if (plan.threads_asked > plan.threads_allowed)
      call_host("warning", options_.warning,
                fmt::format("{} threads were asked for; more than {} are not used, as oneTBB's "
                            "max_allowed_parallelism says here",
                            plan.threads_asked, plan.threads_allowed));
  }

  Report run_all() {
    // Room on the disk is found out about before anything is computed.
    for (const PassPlan& pass : passes_)
      if (pass.spooled >= 0 && !reads_spool(pass) && !journals_.whole())
        at_sink(pass.stage(0), [&] { begin(pass.stage(0)); });
    ProgressTeller progress(options_, static_cast<int>(passes_.size()), report_.plan.units);
    for (std::size_t p = 0; p < passes_.size(); ++p) {
      progress.pass(static_cast<int>(p));
      const PassPlan& pass = passes_[p];
      for (const Stage& stage : pass.shape->stages)
        if (stage.sink() && (pass.spooled < 0 || reads_spool(pass)) && !journals_.whole())
          at_sink(stage, [&] { begin(stage); });
      if (journals_.done(pass)) {
        take_known(pass);
        progress.skipped(pass.units);
        continue;
      }
      bind_late(pass);
      PassResult result =
          run_pass(graph_, pass, options_, journals_, crew_, profiler(), [&](bool skipped) {
            if (skipped)
              progress.skipped(1);
            else
              progress.committed();
          });
      take(pass, result);
      drop_spools_behind(p);
    }
    tell_warnings();
    finish();
    journals_.remove();
    for (const auto& [reduction, values] : values_)
      caller_.node(reduction).values->set(values);
    report_.seconds = progress.seconds();
    report_.threads = crew_.most();
    return std::move(report_);
  }

  Profiler* profiler() { return profiler_ ? &*profiler_ : nullptr; }

  template <class F>
  void at_sink(const Stage& stage, F&& f) {
    const ProfileScope timed(profiler(), Work::store, stage.named());
    at_node(stage.named_node(), stage.sink()->name(), f);
  }

  void begin(const Stage& stage) {
    if (SinkJournal* journal = journals_.of(stage.target()))
      journal->begin();
    else
      stage.sink()->begin();
  }

  template <class F>
  void for_each_output(F&& f) {
    for (const PassPlan& pass : passes_)
      for (const Stage& stage : pass.shape->stages)
        if (stage.sink() && stage.target() >= 0) at_sink(stage, [&] { f(stage); });
  }

  // A file that is written is no other one of the run.
  void check_files() const {
    const auto conflicts = file_conflicts(caller_, options_.resume.on);
    if (conflicts.empty()) return;
    throw Error(ErrorKind::usage, conflicts.front().reason)
        .at_step(caller_.node(conflicts.front().sink).place.text());
  }

  // Pixels of a file that was changed while it was read are a mixture of two images.
  void check_inputs() {
    for (const Node& node : caller_.nodes()) {
      const ByteSource* bytes = node.source ? node.source->bytes() : nullptr;
      const std::string change = bytes ? bytes->change() : "";
      if (change.empty()) continue;
      inputs_changed_ = true;
      throw Error(ErrorKind::data, "the file has changed during the run: " + change)
          .at_file(bytes->name())
          .at_step(node.place.text());
    }
  }

  // Damage that is met in a changed file comes from the change.
  void explain_by_change(Error& error) {
    if (error.kind() != ErrorKind::data || inputs_changed_) return;
    for (const Node& node : caller_.nodes()) {
      const ByteSource* bytes = node.source ? node.source->bytes() : nullptr;
      if (!bytes || bytes->name() != error.file()) continue;
      const std::string change = bytes->change();
      if (change.empty()) continue;
      inputs_changed_ = true;
      error = Error(ErrorKind::data, fmt::format("{}; the file has changed during the run: {}",
                                                 error.reason(), change))
                  .at_step(error.step())
                  .at_file(error.file())
                  .at_place(error.place());
      return;
    }
  }

  // What a sink would refuse when it is begun, known before the first pixel.
  void check_outputs() {
    for_each_output([](const Stage& stage) { stage.sink()->check(); });
  }

  // Outputs get their final names only when all of them are whole.
  void finish() {
    if (!journals_.whole()) {
      check_inputs();
      for_each_output([](const Stage& stage) { stage.sink()->finish(); });
      journals_.note_whole();
    }
    for_each_output([&](const Stage& stage) {
      Sink& sink = *stage.sink();
      if (!journals_.named(stage.target())) sink.commit();
      std::int64_t bytes = sink.bytes_written();
      if (journals_.whole())
        bytes = static_cast<std::int64_t>(std::filesystem::file_size(sink.path()));
      report_.outputs.push_back({stage.target(), sink.name(), bytes});
    });
  }

  // True when what is done is left to a later run.
  bool abandon() {
    for (const PassPlan& pass : passes_)
      for (const Stage& stage : pass.shape->stages)
        if (stage.sink() && !journals_.of(stage.target())) stage.sink()->abandon();
    if (profiler_) profiler_->finish(false);
    // Nor is a mixture of two images gone on with.
    if (options_.resume.discard.stop_requested() || inputs_changed_) {
      journals_.drop();
      return false;
    }
    if (journals_.any() && options_.resume.keeping) {
      try {
        options_.resume.keeping();
      } catch (...) {
        // The run has its error already.
      }
    }
    return journals_.keep();
  }

  // Makes the operations and reductions again whose late numbers are known now.
  void bind_late(const PassPlan& pass) {
    const auto values_of = [&](NodeId reduction) { return values_[reduction]; };
    std::set<NodeId> done;
    for (const Stage& stage : pass.shape->stages) {
      for (const Slot& slot : stage.slots()) {
        const Node& node = graph_.node(slot.node);
        if (node.late.empty() || !done.insert(slot.node).second) continue;
        (*pass.shape->operations)[static_cast<std::size_t>(slot.node)] =
            sluice::bind_late(graph_, node, values_of);
      }
      if (!stage.reduction()) continue;
      Node& target = rewritten_.graph->node(stage.target());
      if (!target.late.empty()) target.reduction = bind_late_reduction(graph_, target, values_of);
    }
  }

  void take(const PassPlan& pass, PassResult& result) {
    report_.granted_peak_bytes =
        std::max(report_.granted_peak_bytes, result.granted_peak + pass.memory.held);
    for (std::size_t i = 0; i < pass.shape->supplies.size(); ++i) {
      const Supply& supply = pass.shape->supplies[i];
      if (!is_read(supply)) continue;
      report_.sources.push_back({supply.node, supply.decoded()->source->name(), supply.grid.count(),
                                 result.blocks_decoded[i], result.bytes_read[i]});
    }
    for (std::size_t i = 0; i < pass.shape->stages.size(); ++i) {
      const Stage& stage = pass.shape->stages[i];
      if (!stage.reduction()) continue;
      const Node& target = graph_.node(stage.target());
      at_node(target, "", [&] { know(stage.target(), target.reduction->finish(*result.sums[i])); });
      journals_.add(stage.target(), *values_[stage.target()]);
    }
  }

  void tell_warnings() const {
    if (!options_.warning) return;
    std::set<std::string> told;
    const auto tell = [&](const std::vector<std::string>& warnings) {
      for (const std::string& warning : warnings)
        if (told.insert(warning).second) options_.warning(warning);
    };
    for (const PassPlan& pass : passes_) {
      for (const Supply& supply : pass.shape->supplies)
        if (is_read(supply)) tell(supply.decoded()->source->warnings());
      for (const Stage& stage : pass.shape->stages)
        if (const Sink* const sink = stage.sink()) tell(sink->warnings());
    }
  }

  // Otherwise it is kept or spooled.
  static bool is_read(const Supply& supply) { return supply.decoded() && !supply.decoded()->spool; }

  static bool reads_spool(const PassPlan& pass) {
    return std::any_of(pass.shape->supplies.begin(), pass.shape->supplies.end(),
                       [](const Supply& s) { return s.decoded() && s.decoded()->spool; });
  }

  // Spools that no pass behind the `p`-th reads give their room on the disk back.
  void drop_spools_behind(std::size_t p) {
    for (std::size_t filling = 0; filling <= p; ++filling) {
      const NodeId node = passes_[filling].spooled;
      const auto reads = [&](const PassPlan& pass) {
        const int supply = pass.shape->supply_of_node[static_cast<std::size_t>(node)];
        return supply >= 0 && !is_read(pass.shape->supplies[static_cast<std::size_t>(supply)]);
      };
      if (node >= 0 &&
          std::none_of(passes_.begin() + static_cast<std::ptrdiff_t>(p) + 1, passes_.end(), reads))
        passes_[filling].stage(0).sink()->abandon();
    }
  }

  // A pass that earlier runs have ended.
  void take_known(const PassPlan& pass) {
    for (const Supply& supply : pass.shape->supplies)
      if (is_read(supply))
        report_.sources.push_back(
            {supply.node, supply.decoded()->source->name(), supply.grid.count(), 0, 0});
    for (const Stage& stage : pass.shape->stages) {
      if (stage.reduction()) know(stage.target(), *journals_.values_of(stage.target()));
    }
  }

  void know(NodeId reduction, ReductionValues values) {
    values_[reduction] = std::make_shared<const ReductionValues>(std::move(values));
    const Node& node = graph_.node(reduction);
    if (!node.inner) report_.values.push_back({reduction, node.place.text(), *values_[reduction]});
  }

  const Clock::time_point begin_ = Clock::now();
  const Graph& caller_;
  const RunOptions options_;
  MemoryBudget::Grant memory_;  ///< of the budget shared with other runs
  const std::vector<SinkLease> leases_;
  RewrittenGraph rewritten_;
  const Graph& graph_;  ///< as it is run: the rewritten one, this run's own
  const std::vector<PassPlan> passes_;
  Crew crew_;
  RunJournals journals_;
  std::map<NodeId, std::shared_ptr<const ReductionValues>>
      values_;  ///< of reductions that are done
  Report report_;
  std::optional<Profiler> profiler_;
  bool inputs_changed_ = false;  ///< since they were opened, and blocks may hold both
};

// A run that is stopped while it is planned does what one does that is stopped later: it leaves
// what earlier runs have kept, or removes it.
std::unique_ptr<Runner> planned_run(const Graph& graph, const RunOptions& options) {
  try {
    return std::make_unique<Runner>(graph, options);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled && options.resume.on &&
        options.resume.discard.stop_requested())
      RunJournals(graph, options).drop();
    throw;
  }
}

}  // namespace

Report run(const Graph& graph, const RunOptions& options) {
  return with_place([&] { return planned_run(graph, options)->run(); }, [](Error&) {});
}

}  // namespace sluice
