// A whole run: passes one after the other, values handed from pass to pass, sinks begun and
// finished.

#include "engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "engine/file_conflicts.hpp"
#include "engine/planner/pass_plan.hpp"
#include "engine/rewrite/rewrite.hpp"
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
    options_.progress(state_);
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
  try {
    f();
  } catch (Error& error) {
    error.at_file(file).at_step(node.place.text());
    throw;
  }
}

class Runner {
 public:
  Runner(Graph& graph, const RunOptions& options)
      : caller_(graph),
        rewritten_(rewrite(graph, options)),
        graph_(*rewritten_.graph),
        options_(options),
        passes_(plan_passes(graph_, options)) {
    report_.plan = describe(rewritten_, passes_, options);
    if (options.profile) profiler_.emplace(*options.profile, graph_, report_.plan.threads, begin_);
    if (options.planned) options.planned(report_.plan);
  }

  Report run() {
    check_files();
    journals_ = RunJournals(caller_, options_);
    report_.resumed = journals_.resumed();
    try {
      if (!journals_.whole()) check_outputs();
      Report report = run_all();
      if (profiler_) profiler_->finish(true);
      return report;
    } catch (Error& error) {
      explain_by_change(error);
      // What is wrong with the call stays wrong when it is repeated.
      if (abandon() && error.kind() != ErrorKind::usage) error.mark_resumable();
      throw;
    } catch (...) {
      abandon();
      throw;
    }
  }

 private:
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
          run_pass(graph_, pass, options_, journals_, profiler(), [&](bool skipped) {
            if (skipped)
              progress.skipped(1);
            else
              progress.committed();
          });
      take(pass, result);
      drop_spools_behind(p);
    }
    tell_of_sources();
    finish();
    journals_.remove();
    report_.seconds = progress.seconds();
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
    if (journals_.any() && options_.resume.keeping) options_.resume.keeping();
    return journals_.keep();
  }

  // Makes the operations again whose late numbers are known now.
  void bind_late(const PassPlan& pass) {
    std::set<NodeId> done;
    for (const Stage& stage : pass.shape->stages)
      for (const Slot& slot : stage.slots()) {
        const Node& node = graph_.node(slot.node);
        if (node.late.empty() || !done.insert(slot.node).second) continue;
        at_node(node, "", [&] {
          LateValues late;
          for (const LateRef& ref : node.late) {
            const auto* array = graph_.node(ref.node).values->find(ref.array);
            late.set(ref, array->at(static_cast<std::size_t>(ref.index)),
                     graph_.node(ref.node).place.text());
          }
          std::vector<ImageInfo> inputs;
          for (const NodeId input : node.inputs)
            inputs.push_back(graph_.node(input).info);
          (*pass.shape->operations)[static_cast<std::size_t>(slot.node)] =
              node.factory(inputs, late);
        });
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
      Node& target = graph_.node(stage.target());
      target.values = std::make_shared<ReductionValues>(target.reduction->finish(*result.sums[i]));
      caller_.node(stage.target()).values = target.values;
      report_.values.push_back({stage.target(), target.place.text(), *target.values});
      journals_.add(stage.target(), *target.values);
    }
  }

  void tell_of_sources() const {
    if (!options_.warning) return;
    std::set<std::string> told;
    for (const PassPlan& pass : passes_)
      for (const Supply& supply : pass.shape->supplies)
        if (is_read(supply))
          for (const std::string& warning : supply.decoded()->source->warnings())
            if (told.insert(warning).second) options_.warning(warning);
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
      if (!stage.reduction()) continue;
      Node& target = graph_.node(stage.target());
      target.values = std::make_shared<ReductionValues>(*journals_.values_of(stage.target()));
      caller_.node(stage.target()).values = target.values;
      report_.values.push_back({stage.target(), target.place.text(), *target.values});
    }
  }

  const Clock::time_point begin_ = Clock::now();
  Graph& caller_;  ///< gets the reductions' values
  RewrittenGraph rewritten_;
  Graph& graph_;  ///< as it is run
  const RunOptions& options_;
  const std::vector<PassPlan> passes_;
  RunJournals journals_;
  Report report_;
  std::optional<Profiler> profiler_;
  bool inputs_changed_ = false;  ///< since they were opened, and blocks may hold both
};

}  // namespace

Report run(Graph& graph, const RunOptions& options) {
  return Runner(graph, options).run();
}

}  // namespace sluice
