#include "engine/runtime/profiler.hpp"

#include <oneapi/tbb/task_arena.h>

#include <algorithm>

namespace sluice {

namespace {

std::int64_t nanoseconds(Profiler::Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

double seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) * 1e-9;
}

}  // namespace

// --- recording
// --------------------------------------------------------------------------------

void ProfileScope::begin(Work work, NodeId node, const Rect& rect, std::int64_t bytes) {
  work_ = work;
  node_ = node;
  rect_ = rect;
  ProfileTally& tally = record_->counters[static_cast<std::size_t>(node)][work];
  ++tally.calls;
  tally.bytes += bytes;
  if (work == Work::unit) ++record_->unit;
  outer_ = std::exchange(record_->innermost, this);
  begin_ = Profiler::Clock::now();
}

void ProfileScope::begin_step(NodeId node, std::span<const TileView> inputs, const TileView& out) {
  Profiler::count_step(*record_, node, out.rect);
  std::int64_t& bytes_in = record_->counters[static_cast<std::size_t>(node)].bytes_in;
  for (const TileView& input : inputs)
    bytes_in += sample_bytes(input);
  begin(Work::compute, node, out.rect, out.data ? sample_bytes(out) : 0);
}

void ProfileScope::end() {
  const Profiler::Clock::time_point now = Profiler::Clock::now();
  const std::int64_t elapsed = nanoseconds(now - begin_);
  record_->counters[static_cast<std::size_t>(node_)][work_].nanoseconds += elapsed - inner_ns_;
  record_->innermost = outer_;
  if (outer_)
    outer_->inner_ns_ += elapsed;
  else if (!profiler_->in_pass_)
    profiler_->beside_ns_ += elapsed;
  record_->timeline.add({.begin = nanoseconds(begin_ - profiler_->begin_),
                         .duration = elapsed,
                         .busy = elapsed,
                         .rect = rect_,
                         .node = node_,
                         .tasks = outer_ ? 0 : 1,
                         .work = work_});
}

void Profiler::count_step(ProfileRecord& record, NodeId node, const Rect& rect) {
  ProfileCounters& counters = record.counters[static_cast<std::size_t>(node)];
  if (std::exchange(counters.last_unit, record.unit) != record.unit) ++counters.units;
  counters.pixels += rect.width * rect.height;
}

void Profiler::hit(NodeId source) {
  if (ProfileRecord* record = this->record())
    ++record->counters[static_cast<std::size_t>(source)].hits;
}

void Profiler::passed_on(NodeId step, const Rect& rect) {
  if (ProfileRecord* record = this->record()) count_step(*record, step, rect);
}

ProfileRecord* Profiler::record() {
  if (!in_pass_) return records_.data();
  // An arena never has two threads of one index at a time, and the tasks' own counter orders what
  // one thread after another does with an index (PassRunner::run).
  const int index = oneapi::tbb::this_task_arena::current_thread_index();
  const bool known = index >= 0 && index < static_cast<int>(records_.size());
  return known ? &records_[static_cast<std::size_t>(index)] : nullptr;
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

Profiler::Profiler(Profile& result, const Graph& graph, int threads, Clock::time_point begin)
    : result_(result), graph_(graph), begin_(begin) {
  result_ = {};
  result_.threads = threads;
  result_.planning_seconds = seconds(nanoseconds(Clock::now() - begin));
  records_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    records_.emplace_back(graph.nodes().size(), spans_a_record(threads));
}

std::vector<ProfileCounters> Profiler::summed() const {
  std::vector<ProfileCounters> sums(graph_.nodes().size());
  for (const ProfileRecord& record : records_)
    for (std::size_t n = 0; n < sums.size(); ++n) {
      const ProfileCounters& from = record.counters[n];
      ProfileCounters& to = sums[n];
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
  for (ProfileRecord& record : records_) {
    result_.spans_left_out += record.timeline.left_out();
    result_.tasks_a_span = std::max(result_.tasks_a_span, record.timeline.tasks_a_span());
    result_.spans.push_back(record.timeline.take());
  }
}

void Profiler::finish(bool complete) {
  Profile& p = result_;
  p.complete = complete;
  std::vector<ProfileCounters> sums = summed();
  double busy = p.planning_seconds;
  for (NodeId id = 0; id < static_cast<NodeId>(sums.size()); ++id) {
    const Node& node = graph_.node(id);
    ProfileCounters& c = sums[static_cast<std::size_t>(id)];
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
    for (const ProfileTally& tally : c.tallies)
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
