#include "engine/runtime/pass_runner.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/task_arena.h>

#include <cstring>
#include <exception>
#include <optional>

#include "engine/runtime/block_store.hpp"
#include "engine/runtime/output.hpp"
#include "engine/runtime/race_detector.hpp"
#include "engine/runtime/stall_mode.hpp"
#include "engine/runtime/unit_runner.hpp"
#include "engine/runtime/unit_state.hpp"

namespace sluice {

namespace {

namespace flow = oneapi::tbb::flow;

// Accumulators of a reduction: one for each task that is adding at the moment.
class AccumulatorPool {
 public:
  explicit AccumulatorPool(const Reduction& reduction) : reduction_(reduction) {}
  void add(const TileView& tile, Isa isa) {
    std::unique_ptr<Accumulator> mine;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        mine = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (!mine) mine = reduction_.start();
    mine->add(tile, isa);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(mine));
  }
  std::unique_ptr<Accumulator> merged() {
    std::unique_ptr<Accumulator> all = reduction_.start();
    for (const auto& part : free_)
      all->merge(*part);
    return all;
  }

 private:
  const Reduction& reduction_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Accumulator>> free_;
};

// The flow graph of a pass:
//
//   admit (units in order) -> credits -> request -+-> decode (unlimited) -+
//                                                 +-------------> compute (unlimited) -> in order
//                                                     -> commit (serial) -> back to credits
//
// Kept tiles are computed by the same node, and then send on those that waited for them.
//
// A unit waits for no other's task: request registers it with its blocks, and the task that decodes
// the last of them sends it on to compute. A unit that an earlier run has stored goes the same way,
// without source blocks and pixels, so that what is in flight is what the plan says. Limiters may
// only follow a buffering or input node, and a unit that gets lost would end the graph silently, so
// commits are counted.
class PassRunner {
 public:
  PassRunner(const Graph& graph, const PassPlan& pass, const RunOptions& options,
             const RunJournals& journals, Profiler* profiler,
             const std::function<void(bool)>& committed)
      : graph_(graph),
        pass_(pass),
        options_(options),
        profiler_(profiler),
        committed_callback_(committed),
        pool_(pass.memory.pool, options.debug.poison),
        blocks_(graph, pass, pool_, options, profiler),
        order_(pass.order()),
        total_(order_.total()),
        units_(static_cast<std::size_t>(pass.credits)),
        stall_(options.debug.shuffle_seed, pass.credits, total_) {
    for (const Stage& stage : pass.stages) {
      const Reduction* reduction = stage.reduction();
      outputs_.push_back(stage.sink()
                             ? std::make_unique<Output>(stage, pass, pool_, options,
                                                        journals.of(stage.target()), profiler)
                             : nullptr);
      sums_.push_back(reduction ? std::make_unique<AccumulatorPool>(*reduction) : nullptr);
    }
    find_skipped();
  }

  PassResult run();

 private:
  struct Nodes;

  UnitState& unit(std::int64_t index) {
    return units_[static_cast<std::size_t>(index % pass_.credits)];
  }
  void find_skipped();
  std::int64_t admit(oneapi::tbb::flow_control& control);
  void request(std::int64_t index);
  void decode(const DecodeTask& task);
  void compute(UnitState& unit);
  void reduce(const UnitState& unit, const TileView& pixels);
  void commit(std::int64_t index);
  template <class F>
  void at_sink(const UnitState& unit, F&& f);
  void compute_tile(UnitState& unit);
  void start(const NewWork& work);
  void start_compute(UnitState* unit);

  // Runs a task's body unless the pass has failed; keeps the first error and stops the rest.
  template <class Body>
  bool guarded(Body&& body, const UnitState* unit = nullptr) noexcept;
  void fail(Error error) noexcept;
  std::string place_of(const UnitState& unit) const;

  const Graph& graph_;
  const PassPlan& pass_;
  const RunOptions& options_;
  Profiler* profiler_;
  const std::function<void(bool)>& committed_callback_;
  SlabPool pool_;
  BlockStore blocks_;
  std::vector<std::unique_ptr<Output>> outputs_;
  std::vector<std::unique_ptr<AccumulatorPool>> sums_;
  UnitOrder order_;
  const std::int64_t total_;
  std::vector<UnitState> units_;  // declared last of what slabs live in
  StallMode stall_;

  oneapi::tbb::task_group_context context_;
  Nodes* nodes_ = nullptr;
  char begun_ = 0, ended_ = 0;  ///< addresses for the race detector
  std::int64_t admitted_ = 0;
  std::atomic<std::int64_t> committed_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<int> running_{0};
  std::mutex error_mutex_;
  std::optional<Error> error_;
};

struct PassRunner::Nodes {
  // A task's time: it begins behind what run() has set up, and ends before run() goes on.
  struct Body {
    explicit Body(PassRunner& r) : runner(r) { taken_over(&r.begun_); }
    ~Body() { handed_over(&runner.ended_); }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    PassRunner& runner;
  };

  flow::graph graph;
  flow::input_node<std::int64_t> admit;
  flow::limiter_node<std::int64_t, int> credits;
  flow::function_node<std::int64_t> request;
  flow::function_node<DecodeTask> decode;
  flow::function_node<UnitState*> compute;
  flow::sequencer_node<std::int64_t> in_order;
  flow::function_node<std::int64_t, int> commit;

  explicit Nodes(PassRunner& r)
      : graph(r.context_),
        admit(graph,
              [&r](oneapi::tbb::flow_control& control) { return Body(r).runner.admit(control); }),
        credits(graph, static_cast<std::size_t>(r.pass_.credits)),
        request(graph, flow::serial, [&r](std::int64_t index) { Body(r).runner.request(index); }),
        decode(graph, flow::unlimited,
               [&r](const DecodeTask& task) { Body(r).runner.decode(task); }),
        compute(graph, flow::unlimited, [&r](UnitState* unit) { Body(r).runner.compute(*unit); }),
        in_order(graph, [](std::int64_t index) { return static_cast<std::size_t>(index); }),
        commit(graph, flow::serial, [&r](std::int64_t index) {
          Body(r).runner.commit(index);
          return 1;
        }) {
    flow::make_edge(admit, credits);
    flow::make_edge(credits, request);
    flow::make_edge(in_order, commit);
    flow::make_edge(commit, credits.decrementer());
  }
};

void PassRunner::fail(Error error) noexcept {
  {
    const std::lock_guard lock(error_mutex_);
    if (!error_) error_ = std::move(error);
  }
  stopped_ = true;
  context_.cancel_group_execution();
}

template <class Body>
bool PassRunner::guarded(Body&& body, const UnitState* unit) noexcept {
  const int now = ++running_;
  if (stopped_) {
    --running_;
    return false;
  }
  if (options_.debug.observed_concurrency) {
    std::atomic<int>& most = *options_.debug.observed_concurrency;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
  }
  bool done = false;
  try {
    body();
    done = true;
  } catch (Error& error) {
    if (unit) error.at_place(place_of(*unit));
    fail(std::move(error));
  } catch (const std::bad_alloc&) {
    fail(Error(ErrorKind::system, "the system has no memory left"));
  } catch (const std::exception& error) {
    fail(Error(ErrorKind::internal, fmt::format("unexpected: {}", error.what())));
  }
  --running_;
  return done;
}

std::string PassRunner::place_of(const UnitState& unit) const {
  const Rect& r = unit.position.rect;
  return fmt::format("{} {} at ({}, {})", unit.makes ? "kept tile" : "unit", unit.ref.unit, r.x,
                     r.y);
}

// Kept tiles have to know which of their users earlier runs have made unnecessary.
void PassRunner::find_skipped() {
  if (pass_.stages.size() == static_cast<std::size_t>(pass_.goals)) return;
  for (int s = 0; s < pass_.goals; ++s) {
    const Output* output = outputs_[static_cast<std::size_t>(s)].get();
    if (!output || !output->goes_on()) continue;
    const UnitGrid& grid = pass_.stages[static_cast<std::size_t>(s)].grid();
    for (std::int64_t unit = 0; unit < grid.count(); ++unit)
      if (const UnitGrid::Position position = grid.position(unit); output->stored_before(position))
        blocks_.will_skip(s, position);
  }
}

// The next unit of the pass, while there is one.
std::int64_t PassRunner::admit(oneapi::tbb::flow_control& control) {
  ++running_;
  const bool more = !stopped_ && admitted_ < total_;
  const std::int64_t index = more ? admitted_++ : 0;
  if (!more) control.stop();
  --running_;
  return index;
}

void PassRunner::request(std::int64_t index) {
  const StallMode::Task task(stall_, false);
  guarded([&] {
    UnitState& unit = this->unit(index);
    unit.steps.load();
    unit.index = index;
    unit.ref = order_.next();
    const Stage& stage = pass_.stages[static_cast<std::size_t>(unit.ref.stage)];
    unit.position = stage.grid().position(unit.ref.unit);
    const ProfileScope timed(profiler_, Work::request, stage.named(), unit.position.rect);
    Output* output = outputs_[static_cast<std::size_t>(unit.ref.stage)].get();
    NewWork work;
    unit.skipped = output && output->stored_before(unit.position);
    if (unit.skipped) {
      blocks_.skip(unit, work);
    } else {
      if (output) output->admit(unit);
      blocks_.request(unit, work);
    }
    stall_.admitted();
    ++unit.steps;
    start(work);
    if (--unit.missing == 0) start_compute(&unit);
  });
}

void PassRunner::start(const NewWork& work) {
  for (const DecodeTask& task : work.decodes)
    stall_.start([this, task] { nodes_->decode.try_put(task); });
  for (UnitState* unit : work.units)
    start_compute(unit);
}

void PassRunner::start_compute(UnitState* unit) {
  stall_.start([this, unit] { nodes_->compute.try_put(unit); });
}

void PassRunner::decode(const DecodeTask& task) {
  const StallMode::Task running(stall_, true);
  guarded([&] {
    const NodeId source = pass_.sources[static_cast<std::size_t>(task.source)].node;
    const ProfileScope timed(profiler_, Work::block, source);
    stall_.delay();
    NewWork work;
    blocks_.decode(task, work);
    start(work);
  });
}

// Names the sink that the unit belongs to, and its step, in errors of f().
template <class F>
void PassRunner::at_sink(const UnitState& unit, F&& f) {
  try {
    f();
  } catch (Error& error) {
    const Stage& stage = pass_.stages[static_cast<std::size_t>(unit.ref.stage)];
    error.at_file(stage.sink()->name()).at_step(stage.named_node().place.text());
    throw;
  }
}

// Computes a kept tile and sends those on that waited for it.
void PassRunner::compute_tile(UnitState& unit) {
  guarded(
      [&] {
        unit.steps.load();
        stall_.delay();
        LiveBlock& tile = *unit.makes;
        const ProfileScope timed(profiler_, Work::unit,
                                 pass_.stages[static_cast<std::size_t>(unit.ref.stage)].named(),
                                 unit.position.rect);
        {
          Slab arena = pool_.take(pass_.memory.arena);
          UnitRunner(pass_, unit, arena.data(), options_, profiler_).run(blocks_.begin_tile(tile));
        }
        blocks_.release(unit);
        ++unit.steps;
        NewWork work;
        blocks_.end_tile(tile, work);
        start(work);
      },
      &unit);
}

void PassRunner::compute(UnitState& unit) {
  const StallMode::Task running(stall_, true);
  unit.missing.load();
  if (unit.makes) return compute_tile(unit);
  const bool done = guarded(
      [&] {
        unit.steps.load();
        if (unit.skipped) {
          blocks_.release(unit);
          ++unit.steps;
          return;
        }
        const Stage& stage = pass_.stages[static_cast<std::size_t>(unit.ref.stage)];
        const ProfileScope timed(profiler_, Work::unit, stage.named(), unit.position.rect);
        stall_.delay();
        Slab arena = pool_.take(pass_.memory.arena);
        // In the arena, or a part of a block.
        const TileView pixels = UnitRunner(pass_, unit, arena.data(), options_, profiler_).run();
        stall_.delay();
        if (Output* output = outputs_[static_cast<std::size_t>(unit.ref.stage)].get())
          at_sink(unit, [&] { output->take(unit, pixels); });
        else
          reduce(unit, pixels);
        blocks_.release(unit);
        ++unit.steps;
      },
      &unit);
  // Its memory is back: with the commit the next unit is admitted, and the record is that one's.
  if (done) stall_.pass([this, index = unit.index] { nodes_->in_order.try_put(index); });
}

void PassRunner::reduce(const UnitState& unit, const TileView& pixels) {
  const auto stage = static_cast<std::size_t>(unit.ref.stage);
  const TileView nothing{.rect = pixels.rect};
  const ProfileScope timed(profiler_, pass_.stages[stage].target(), {&pixels, 1}, nothing);
  sums_[stage]->add(pixels, options_.isa);
}

void PassRunner::commit(std::int64_t index) {
  const StallMode::Task running(stall_, false);
  guarded([&] {
    UnitState& unit = this->unit(index);
    unit.steps.load();
    const Stage& stage = pass_.stages[static_cast<std::size_t>(unit.ref.stage)];
    const ProfileScope timed(profiler_, Work::commit, stage.named(), unit.position.rect);
    stall_.delay();
    Output* output = outputs_[static_cast<std::size_t>(unit.ref.stage)].get();
    if (output && !unit.skipped) at_sink(unit, [&] { output->commit(unit); });
    ++unit.steps;
    ++committed_;
    committed_callback_(unit.skipped);
    stall_.committed();
  });
}

PassResult PassRunner::run() {
  oneapi::tbb::task_arena arena(pass_.threads);
  const Profiler::Pass shared(profiler_);
  arena.execute([&] {
    Nodes nodes(*this);
    nodes_ = &nodes;
    const std::stop_callback stop(options_.stop, [this] {
      stopped_ = true;
      context_.cancel_group_execution();
    });
    // Every body adds to running_ first and last: what was set up before is seen by all of them,
    // and what they did is seen here, by our own means (see UnitState::steps).
    running_.store(0);
    handed_over(&begun_);
    nodes.admit.activate();
    nodes.graph.wait_for_all();
    taken_over(&ended_);
    running_.load();
    nodes_ = nullptr;
  });
  if (error_) throw *error_;
  if (options_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped on request");
  if (committed_ != total_)
    throw Error(ErrorKind::internal,
                fmt::format("{} of {} units are missing", total_ - committed_, total_));
  PassResult result;
  result.granted_peak = pool_.granted_peak();
  for (std::size_t s = 0; s < pass_.sources.size(); ++s) {
    result.blocks_decoded.push_back(blocks_.decoded(static_cast<int>(s)));
    result.bytes_read.push_back(blocks_.bytes_read(static_cast<int>(s)));
  }
  for (const auto& sum : sums_)
    result.sums.push_back(sum ? sum->merged() : nullptr);
  return result;
}

}  // namespace

PassResult run_pass(const Graph& graph, const PassPlan& pass, const RunOptions& options,
                    const RunJournals& journals, Profiler* profiler,
                    const std::function<void(bool)>& committed) {
  return PassRunner(graph, pass, options, journals, profiler, committed).run();
}

}  // namespace sluice
