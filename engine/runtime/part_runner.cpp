#include "engine/runtime/part_runner.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/flow_graph.h>

#include <exception>
#include <optional>

#include "engine/runtime/block_store.hpp"
#include "engine/callbacks.hpp"
#include "engine/runtime/race_detector.hpp"
#include "engine/runtime/stall_mode.hpp"
#include "engine/runtime/unit_runner.hpp"
#include "engine/runtime/unit_state.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

namespace {

namespace flow = oneapi::tbb::flow;

// The flow graph of a part of a pass:
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
class PartRunner {
 public:
  PartRunner(const PassContext& context, std::int64_t part)
      : context_(context),
        graph_(context.graph),
        pass_(context.pass),
        options_(context.options),
        profiler_(context.profiler),
        order_(*pass_.shape, context.units, pass_.route, part),
        ledger_(*pass_.shape, context.units, order_),
        blocks_(graph_, pass_, ledger_, context.pool, options_, profiler_),
        walk_(order_),
        units_(static_cast<std::size_t>(pass_.credits)),
        stall_(hooks_of(options_).shuffle_seed, pass_.credits, order_.total()) {
    find_skipped();
  }

  PartResult run();

 private:
  struct Nodes;

  UnitState& unit(std::int64_t index) {
    return units_[static_cast<std::size_t>(index % pass_.credits)];
  }
  Output* output(int stage) const {
    return context_.outputs[static_cast<std::size_t>(stage)].get();
  }
  void find_skipped();
  std::int64_t admit(oneapi::tbb::flow_control& control);
  void request(std::int64_t index);
  void decode(const DecodeTask& task);
  void compute(UnitState& unit);
  void compute_tile(UnitState& unit, Slab& arena);
  void compute_goal(UnitState& unit, Slab& arena);
  void commit(std::int64_t index);
  template <class F>
  void at_sink(const UnitState& unit, F&& f);
  void start(const NewWork& work);
  void start_compute(UnitState* unit);

  // Runs a task's body unless the pass has failed; keeps the first error and stops the rest.
  template <class Body>
  bool guarded(Body&& body, const UnitState* unit = nullptr) noexcept;
  void fail(const UnitState* unit) noexcept;
  std::string place_of(const UnitState& unit) const;

  const PassContext& context_;
  const Graph& graph_;
  const PassPlan& pass_;
  const RunOptions& options_;
  Profiler* profiler_;
  PassOrder order_;
  UseLedger ledger_;
  BlockStore blocks_;
  UnitWalk walk_;
  std::vector<UnitState> units_;
  StallMode stall_;

  oneapi::tbb::task_group_context tasks_;
  Nodes* nodes_ = nullptr;
  char begun_ = 0, ended_ = 0;  ///< addresses for the race detector
  std::int64_t admitted_ = 0;
  std::atomic<std::int64_t> committed_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<int> running_{0};
  std::mutex error_mutex_;
  std::exception_ptr error_;  ///< the first one
};

struct PartRunner::Nodes {
  // A task's time: it begins behind what run() has set up, and ends before run() goes on.
  struct Body {
    explicit Body(PartRunner& r) : runner(r) { taken_over(&r.begun_); }
    ~Body() { handed_over(&runner.ended_); }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    PartRunner& runner;
  };

  flow::graph graph;
  flow::input_node<std::int64_t> admit;
  flow::limiter_node<std::int64_t, int> credits;
  flow::function_node<std::int64_t> request;
  flow::function_node<DecodeTask> decode;
  flow::function_node<UnitState*> compute;
  flow::sequencer_node<std::int64_t> in_order;
  flow::function_node<std::int64_t, int> commit;

  explicit Nodes(PartRunner& r)
      : graph(r.tasks_),
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

// Takes the exception being handled, whatever it is.
void PartRunner::fail(const UnitState* unit) noexcept {
  std::exception_ptr error;
  try {
    Error with_unit = current_error();
    if (unit) with_unit.at_place(place_of(*unit));
    error = std::make_exception_ptr(std::move(with_unit));
  } catch (...) {
    error = std::current_exception();  // there is no memory for more
  }
  {
    const std::lock_guard lock(error_mutex_);
    if (!error_) error_ = std::move(error);
  }
  stopped_ = true;
  tasks_.cancel_group_execution();
}

template <class Body>
bool PartRunner::guarded(Body&& body, const UnitState* unit) noexcept {
  const int now = ++running_;
  if (stopped_) {
    --running_;
    return false;
  }
  if (hooks_of(options_).observed_concurrency) {
    std::atomic<int>& most = *hooks_of(options_).observed_concurrency;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
  }
  bool done = false;
  try {
    body();
    done = true;
  } catch (...) {
    fail(unit);
  }
  --running_;
  return done;
}

std::string PartRunner::place_of(const UnitState& unit) const {
  const Rect& r = unit.rect;
  return fmt::format("{} {} at ({}, {})",
                     pass_.shape->is_goal(unit.ref.stage) ? "unit" : "kept tile", unit.ref.unit,
                     r.x, r.y);
}

// Kept tiles have to know which of their users earlier runs have made unnecessary.
void PartRunner::find_skipped() {
  if (!pass_.shape->keeps()) return;
  for (int s = 0; s < pass_.shape->goals; ++s) {
    if (!output(s) || !output(s)->goes_on()) continue;
    const UnitSequence& sequence = order_.sequence(s);
    for (std::int64_t unit = 0; unit < sequence.count(); ++unit)
      if (const UnitSequence::Place place = sequence.at(unit); output(s)->stored_before(place))
        blocks_.will_skip(s, place);
  }
}

// The next unit of the part, while there is one.
std::int64_t PartRunner::admit(oneapi::tbb::flow_control& control) {
  ++running_;
  const bool more = !stopped_ && admitted_ < order_.total();
  const std::int64_t index = more ? admitted_++ : 0;
  if (!more) control.stop();
  --running_;
  return index;
}

void PartRunner::request(std::int64_t index) {
  const StallMode::Task task(stall_, false);
  guarded([&] {
    UnitState& unit = this->unit(index);
    unit.steps.load();
    unit.index = index;
    unit.ref = walk_.next();
    const int s = unit.ref.stage;
    unit.place = order_.sequence(s).at(unit.ref.unit);
    unit.rect = pass_.fit(s).grid.unit_rect(unit.place.x, unit.place.y);
    const ProfileScope timed(profiler_, Work::request, pass_.stage(s).named(), unit.rect);
    NewWork work;
    unit.skipped = pass_.shape->is_goal(s) ? output(s) && output(s)->stored_before(unit.place)
                                           : blocks_.is_unwanted_tile(s, unit.place);
    if (unit.skipped) {
      blocks_.skip(unit);
    } else {
      if (output(s)) output(s)->admit(unit);
      blocks_.request(unit, work);
    }
    stall_.admitted();
    ++unit.steps;
    start(work);
    if (--unit.missing == 0) start_compute(&unit);
  });
}

void PartRunner::start(const NewWork& work) {
  for (const DecodeTask& task : work.decodes)
    stall_.start([this, task] { nodes_->decode.try_put(task); });
  for (UnitState* unit : work.units)
    start_compute(unit);
}

void PartRunner::start_compute(UnitState* unit) {
  stall_.start([this, unit] { nodes_->compute.try_put(unit); });
}

void PartRunner::decode(const DecodeTask& task) {
  const StallMode::Task running(stall_, true);
  guarded([&] {
    const NodeId source = pass_.shape->supplies[static_cast<std::size_t>(task.supply)].node;
    const ProfileScope timed(profiler_, Work::block, source);
    stall_.delay();
    NewWork work;
    blocks_.decode(task, work);
    start(work);
  });
}

// Names the sink that the unit belongs to, and its step, in errors of f().
template <class F>
void PartRunner::at_sink(const UnitState& unit, F&& f) {
  with_place(f, [&](Error& error) {
    const Stage& stage = pass_.stage(unit.ref.stage);
    error.at_file(stage.sink()->name()).at_step(stage.named_node().place.text());
  });
}

void PartRunner::compute(UnitState& unit) {
  const StallMode::Task running(stall_, true);
  unit.missing.load();
  const bool done = guarded(
      [&] {
        unit.steps.load();
        if (unit.skipped) {
          blocks_.release(unit);
          ++unit.steps;
          return;
        }
        const ProfileScope timed(profiler_, Work::unit, pass_.stage(unit.ref.stage).named(),
                                 unit.rect);
        stall_.delay();
        Slab arena = context_.pool.take(pass_.memory.arena);
        if (unit.makes)
          compute_tile(unit, arena);
        else
          compute_goal(unit, arena);
      },
      &unit);
  // Its memory is back: with the commit the next unit is admitted, and the record is that one's.
  if (done) stall_.pass([this, index = unit.index] { nodes_->in_order.try_put(index); });
}

// Computes a kept tile and sends those on that waited for it.
void PartRunner::compute_tile(UnitState& unit, Slab& arena) {
  UnitRunner(pass_, unit, arena.data(), options_, profiler_).run(blocks_.begin_tile(*unit.makes));
  arena.release();
  blocks_.release(unit);
  ++unit.steps;
  NewWork work;
  blocks_.end_tile(*unit.makes, work);
  start(work);
}

void PartRunner::compute_goal(UnitState& unit, Slab& arena) {
  const auto s = static_cast<std::size_t>(unit.ref.stage);
  // In the arena, or a part of a block.
  const TileView pixels = UnitRunner(pass_, unit, arena.data(), options_, profiler_).run();
  stall_.delay();
  if (Output* output = this->output(unit.ref.stage)) {
    at_sink(unit, [&] { output->take(unit, pixels); });
  } else {
    const TileView nothing{.rect = pixels.rect};
    const ProfileScope timed(profiler_, pass_.stage(unit.ref.stage).target(), {&pixels, 1},
                             nothing);
    with_place([&] { context_.sums[s]->add(pixels, options_.isa); },
               [&](Error& error) {
                 error.at_step(pass_.stage(unit.ref.stage).named_node().place.text());
               });
  }
  arena.release();
  blocks_.release(unit);
  ++unit.steps;
}

void PartRunner::commit(std::int64_t index) {
  const StallMode::Task running(stall_, false);
  guarded([&] {
    UnitState& unit = this->unit(index);
    unit.steps.load();
    const int s = unit.ref.stage;
    const ProfileScope timed(profiler_, Work::commit, pass_.stage(s).named(), unit.rect);
    stall_.delay();
    if (output(s) && !unit.skipped) at_sink(unit, [&] { output(s)->commit(unit); });
    ++unit.steps;
    ++committed_;
    if (pass_.shape->is_goal(s)) context_.committed(unit.skipped);
    stall_.committed();
  });
}

PartResult PartRunner::run() {
  {
    Nodes nodes(*this);
    nodes_ = &nodes;
    const std::stop_callback stop(options_.stop, [this] {
      stopped_ = true;
      tasks_.cancel_group_execution();
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
  }
  if (error_) std::rethrow_exception(error_);
  throw_if_stopped(options_);
  if (committed_ != order_.total())
    throw Error(ErrorKind::internal, fmt::format("{} of {} units are missing",
                                                 order_.total() - committed_, order_.total()));
  PartResult result;
  for (int i = 0; i < static_cast<int>(pass_.shape->supplies.size()); ++i) {
    result.blocks_decoded.push_back(blocks_.decoded(i));
    result.bytes_read.push_back(blocks_.bytes_read(i));
  }
  return result;
}

}  // namespace

PartResult run_part(const PassContext& pass, std::int64_t part) {
  return PartRunner(pass, part).run();
}

}  // namespace sluice
