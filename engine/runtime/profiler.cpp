#include "engine/runtime/profiler.hpp"

#include <oneapi/tbb/task_arena.h>

#include <algorithm>

namespace sluice {

namespace {

// Enough to see every step of a run of some seconds; few enough to be written in milliseconds.
constexpr std::size_t kSpans = 16384;
constexpr std::size_t kFewestSpans = 128;  // of one worker

std::int64_t nanoseconds(Profiler::Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

double seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) * 1e-9;
}

}  // namespace

// --- Timeline
// ---------------------------------------------------------------------------------

void Timeline::add(const ProfileSpan& span) {
  if (group_ > 0) {
    if (span.tasks == 0) {
      ++left_out_;
      return;
    }
    if (!spans_.empty() && spans_.back().tasks < group_) return draw_together(spans_.back(), span);
  }
  if (spans_.size() < capacity_) {
    spans_.push_back(span);
    return;
  }
  coarsen();
  add(span);
}

void Timeline::coarsen() {
  if (group_ == 0) {
    left_out_ += static_cast<std::int64_t>(
        std::erase_if(spans_, [](const ProfileSpan& span) { return span.tasks == 0; }));
    group_ = 1;
    if (spans_.size() <= capacity_ / 2) return;
  }
  group_ *= 2;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < spans_.size(); i += 2, ++kept) {
    spans_[kept] = spans_[i];
    if (i + 1 < spans_.size()) draw_together(spans_[kept], spans_[i + 1]);
  }
  spans_.resize(kept);
}

void Timeline::draw_together(ProfileSpan& to, const ProfileSpan& next) {
  to.duration = next.begin + next.duration - to.begin;
  to.busy += next.busy;
  to.tasks += next.tasks;
  to.node = -1;
  to.rect = {};
}

// --- recording
// --------------------------------------------------------------------------------

void ProfileScope::begin(Work work, NodeId node, const Rect& rect, std::int64_t bytes) {
  work_ = work;
  node_ = node;
  rect_ = rect;
  Profiler::Tally& tally = worker_->counters[static_cast<std::size_t>(node)][work];
  ++tally.calls;
  tally.bytes += bytes;
  if (work == Work::unit) ++worker_->unit;
  outer_ = std::exchange(worker_->innermost, this);
  begin_ = Profiler::Clock::now();
}

void ProfileScope::begin_step(NodeId node, std::span<const TileView> inputs, const TileView& out) {
  Profiler::count_step(*worker_, node, out.rect);
  std::int64_t& bytes_in = worker_->counters[static_cast<std::size_t>(node)].bytes_in;
  for (const TileView& input : inputs)
    bytes_in += sample_bytes(input);
  begin(Work::compute, node, out.rect, out.data ? sample_bytes(out) : 0);
}

void ProfileScope::end() {
  const Profiler::Clock::time_point now = Profiler::Clock::now();
  const std::int64_t elapsed = nanoseconds(now - begin_);
  worker_->counters[static_cast<std::size_t>(node_)][work_].nanoseconds += elapsed - inner_ns_;
  worker_->innermost = outer_;
  if (outer_)
    outer_->inner_ns_ += elapsed;
  else if (!profiler_->in_pass_)
    profiler_->beside_ns_ += elapsed;
  worker_->timeline.add({.begin = nanoseconds(begin_ - profiler_->begin_),
                         .duration = elapsed,
                         .busy = elapsed,
                         .rect = rect_,
                         .node = node_,
                         .tasks = outer_ ? 0 : 1,
                         .work = work_});
}

void Profiler::count_step(Worker& worker, NodeId node, const Rect& rect) {
  Counters& counters = worker.counters[static_cast<std::size_t>(node)];
  if (std::exchange(counters.last_unit, worker.unit) != worker.unit) ++counters.units;
  counters.pixels += rect.width * rect.height;
}

void Profiler::hit(NodeId source) {
  if (Worker* worker = this->worker()) ++worker->counters[static_cast<std::size_t>(source)].hits;
}

void Profiler::passed_on(NodeId step, const Rect& rect) {
  if (Worker* worker = this->worker()) count_step(*worker, step, rect);
}

Profiler::Worker* Profiler::worker() {
  if (!in_pass_) return workers_.data();
  // An arena never has two threads of one index at a time, and the tasks' own counter orders what
  // one thread after another does with an index (PassRunner::run).
  const int index = oneapi::tbb::this_task_arena::current_thread_index();
  const bool known = index >= 0 && index < static_cast<int>(workers_.size());
  return known ? &workers_[static_cast<std::size_t>(index)] : nullptr;
}

Profiler::Pass::Pass(Profiler* profiler) : profiler_(profiler), begin_(Clock::now()) {
  if (profiler_) profiler_->in_pass_ = true;
}

Profiler::Pass::~Pass() {
  if (!profiler_) return;
  profiler_->in_pass_ = false;
  profiler_->passes_ += Clock::now() - begin_;
}

// --- set-up and result
// ------------------------------------------------------------------------

std::size_t Profiler::spans_a_worker(int threads) {
  return std::max(kFewestSpans, kSpans / static_cast<std::size_t>(threads));
}

std::int64_t Profiler::bytes(const Graph& graph, int threads) {
  const std::size_t worker = sizeof(Worker) + graph.nodes().size() * sizeof(Counters) +
                             spans_a_worker(threads) * sizeof(ProfileSpan);
  return static_cast<std::int64_t>(worker) * threads;
}

Profiler::Profiler(Profile& result, const Graph& graph, int threads, Clock::time_point begin)
    : result_(result), graph_(graph), begin_(begin) {
  result_ = {};
  result_.threads = threads;
  result_.planning_seconds = seconds(nanoseconds(Clock::now() - begin));
  workers_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    workers_.emplace_back(graph.nodes().size(), spans_a_worker(threads));
}

std::vector<Profiler::Counters> Profiler::summed() const {
  std::vector<Counters> sums(graph_.nodes().size());
  for (const Worker& worker : workers_)
    for (std::size_t n = 0; n < sums.size(); ++n) {
      const Counters& from = worker.counters[n];
      Counters& to = sums[n];
      for (int w = 0; w < kWorks; ++w) {
        to.tallies[w].nanoseconds += from.tallies[w].nanoseconds;
        to.tallies[w].calls += from.tallies[w].calls;
        to.tallies[w].bytes += from.tallies[w].bytes;
      }
      to.units += from.units;
      to.pixels += from.pixels;
      to.bytes_in += from.bytes_in;
      to.hits += from.hits;
    }
  return sums;
}

void Profiler::take_spans() {
  for (Worker& worker : workers_) {
    result_.spans_left_out += worker.timeline.left_out();
    result_.tasks_a_span = std::max(result_.tasks_a_span, worker.timeline.tasks_a_span());
    result_.spans.push_back(worker.timeline.take());
  }
}

void Profiler::finish(bool complete) {
  Profile& p = result_;
  p.complete = complete;
  std::vector<Counters> sums = summed();
  double busy = p.planning_seconds;
  for (NodeId id = 0; id < static_cast<NodeId>(sums.size()); ++id) {
    const Node& node = graph_.node(id);
    Counters& c = sums[static_cast<std::size_t>(id)];
    const std::string& name = p.nodes.emplace_back(node.place.text());
    const auto spent = [&](Work work) { return seconds(c[work].nanoseconds); };
    if (c.units > 0)
      p.steps.push_back({id, name, node.info.width, node.info.height, spent(Work::compute), c.units,
                         c.pixels, c.bytes_in, c[Work::compute].bytes, c.hits});
    if (c[Work::read].calls + c[Work::decode].calls > 0) {
      std::int64_t bytes_in = c[Work::read].bytes;
      if (node.source && node.source->in_order() && node.source->bytes())
        bytes_in += node.source->bytes()->size();
      p.sources.push_back({id, node.source ? name : name + ", spool", spent(Work::read),
                           spent(Work::decode), c[Work::decode].calls, bytes_in,
                           c[Work::decode].bytes, c.hits});
    }
    if (c[Work::encode].calls + c[Work::store].calls > 0)
      p.sinks.push_back({id, node.sink ? name : name + ", spool", spent(Work::encode),
                         spent(Work::store), c[Work::encode].calls, c[Work::encode].bytes,
                         c[Work::store].bytes});
    p.copying_seconds += spent(Work::copy);
    for (const Work task : {Work::request, Work::block, Work::unit, Work::commit})
      p.engine_seconds += spent(task);
    for (const Tally& tally : c.tallies)
      busy += seconds(tally.nanoseconds);
  }
  take_spans();
  const std::int64_t all = nanoseconds(Clock::now() - begin_);
  const double beside = seconds(all - nanoseconds(passes_) - beside_ns_) - p.planning_seconds;
  p.seconds = seconds(all);
  p.engine_seconds += beside;
  p.waiting_seconds = p.worker_seconds() - busy - beside;
}

std::int64_t sample_bytes(const TileView& tile) {
  return tile.rect.width * tile.rect.height * tile.channels *
         static_cast<std::int64_t>(size_of(tile.type));
}

}  // namespace sluice
