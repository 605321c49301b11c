// Which passes, units, credits and memory: decided from geometry alone.

#include <fmt/format.h>

#include <oneapi/tbb/info.h>
#include <algorithm>
#include <optional>

#include "engine/planner/pass_plan.hpp"
#include "engine/planner/unit_candidates.hpp"
#include "engine/runtime/profiler.hpp"
#include "engine/runtime/slab_pool.hpp"

namespace sluice {

namespace {

// What a run holds beside tiles and codecs: the flow graph, unit records, small vectors.
constexpr std::int64_t kRunConstant = 512 << 10;
constexpr std::int64_t kManyUnits = 200'000;
constexpr std::int64_t kBytesPerUse = sizeof(std::uint32_t);

std::int64_t slabs(std::int64_t bytes, std::int64_t count) {
  return bytes > 0 && count > 0 ? SlabPool::granted_size(bytes) * count : 0;
}

std::int64_t block_tile_bytes(const BlockGrid& grid, const ImageInfo& info) {
  return tile_layout(std::min(grid.block_width, grid.image_width),
                     std::min(grid.block_height, grid.image_height), info.type, info.channels(),
                     info.has_validity)
      .bytes;
}

// The use of source blocks over a pass, found by walking all its units.
class BlockSimulation {
 public:
  explicit BlockSimulation(PassPlan& pass) : pass_(pass) {}

  void count_uses() {
    for (SourcePlan& s : pass_.sources)
      s.uses.assign(static_cast<std::size_t>(s.grid.count()), 0);
    std::vector<BlockRef> blocks;
    UnitOrder order = pass_.order();
    while (!order.done()) {
      read(order.next(), blocks);
      for (const BlockRef& b : blocks)
        ++source(b).uses[static_cast<std::size_t>(b.block)];
    }
  }

  // Most blocks alive at once with `credits` units in flight, per source.
  void find_peaks(int credits) {
    std::vector<State> states;
    for (SourcePlan& s : pass_.sources)
      states.push_back({s.uses, std::vector<bool>(s.uses.size()), 0, 0, 0, false});
    std::vector<BlockRef> blocks;
    UnitOrder in = pass_.order(), out = pass_.order();
    for (std::int64_t admitted = 0; !in.done(); ++admitted) {
      if (admitted >= credits) {
        read(out.next(), blocks);
        for (const BlockRef& b : blocks) {
          State& s = states[static_cast<std::size_t>(b.source)];
          if (--s.remaining[static_cast<std::size_t>(b.block)] == 0) --s.alive;
        }
      }
      read(in.next(), blocks);
      for (const BlockRef& b : blocks)
        admit(states[static_cast<std::size_t>(b.source)], source(b), b.block);
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      // A band that nobody wants is still decoded, into one more block, to get past it.
      pass_.sources[i].alive = states[i].peak + (states[i].skips ? 1 : 0);
    }
  }

 private:
  struct State {
    std::vector<std::uint32_t> remaining;
    std::vector<bool> seen;
    std::int64_t alive, peak, decoded_to;
    bool skips;
  };

  static void admit(State& s, const SourcePlan& plan, std::int64_t block) {
    const auto take = [&](std::int64_t b) {
      const auto i = static_cast<std::size_t>(b);
      if (s.seen[i]) return;
      s.seen[i] = true;
      if (plan.uses[i] == 0) {
        s.skips = true;
        return;
      }
      s.peak = std::max(s.peak, ++s.alive);
    };
    if (!plan.in_order) return take(block);
    for (; s.decoded_to <= block; ++s.decoded_to)
      take(s.decoded_to);
  }

  void read(const UnitRef& ref, std::vector<BlockRef>& blocks) const {
    const Stage& stage = pass_.stages[static_cast<std::size_t>(ref.stage)];
    pass_.blocks_of(stage, stage.grid().position(ref.unit).rect, blocks);
  }
  SourcePlan& source(const BlockRef& b) {
    return pass_.sources[static_cast<std::size_t>(b.source)];
  }

  PassPlan& pass_;
};

PassMemory memory_of(const PassPlan& pass, const Graph& graph, int credits, int threads,
                     bool profiled) {
  PassMemory m;
  PlannedMemory& parts = m.parts;
  std::int64_t state = 0;  // what codecs hold beside the pool
  for (const Stage& stage : pass.stages) {
    m.arena = std::max(m.arena, stage.arena_bytes());
    const OutputNeed out = output_need(stage, credits);
    parts.assembled += slabs(out.tile_bytes, out.tiles);
    parts.encoded += slabs(out.encoded_bytes, out.encoded);
    const Node& target = graph.node(stage.target());
    if (target.sink) {
      m.work = std::max(m.work, target.sink->scratch_bytes());
      state += target.sink->encoder_bytes() * threads;
      parts.index += target.sink->held_bytes();
    } else {
      parts.results += target.reduction->accumulator_bytes() * (threads + 1);
    }
  }
  for (const SourcePlan& s : pass.sources) {
    parts.decoded += slabs(s.block_bytes, s.alive);
    parts.index += s.grid.count() * kBytesPerUse + s.source->index_bytes();
    if (s.in_order)
      state += s.source->decoder_bytes();
    else
      m.work = std::max(
          m.work, round_up(s.source->encoded_bytes(), kAlignment) + s.source->scratch_bytes());
    if (s.in_order) m.work = std::max(m.work, s.source->scratch_bytes());
  }
  parts.tiles = slabs(m.arena, threads);
  parts.codecs = slabs(m.work, threads);
  if (profiled) parts.profile = Profiler::bytes(graph, threads);
  parts.fixed = kRunConstant;
  m.pool = parts.tiles + parts.decoded + parts.assembled + parts.encoded + parts.codecs;
  m.held = state + parts.results + parts.index + parts.profile + parts.fixed;
  parts.codecs += state;
  return m;
}

std::vector<int> credit_choices(int threads, const Debug& debug) {
  if (debug.credits > 0) return {debug.credits};
  std::vector<int> all;
  for (const int c : {4 * threads, 2 * threads, threads + 1, threads, threads / 2, 2, 1})
    if (c >= 1 && (all.empty() || c < all.back())) all.push_back(c);
  return all;
}

void add_sources(PassPlan& pass, const Graph& graph) {
  pass.source_of_node.assign(graph.nodes().size(), -1);
  for (const Stage& stage : pass.stages)
    for (const Slot& slot : stage.slots()) {
      const Node& node = graph.node(slot.node);
      int& index = pass.source_of_node[static_cast<std::size_t>(slot.node)];
      if (!node.source || index >= 0) continue;
      index = static_cast<int>(pass.sources.size());
      SourcePlan s;
      s.node = slot.node;
      s.source = node.source;
      s.grid = node.source->grid();
      s.in_order = node.source->in_order();
      s.block_bytes = block_tile_bytes(s.grid, node.info);
      pass.sources.push_back(std::move(s));
    }
}

void count_reads(PassPlan& pass) {
  std::vector<ByteRange> ranges;
  for (SourcePlan& s : pass.sources) {
    s.decoded = s.bytes_read = 0;
    std::int64_t last = -1;
    for (std::int64_t b = 0; b < s.grid.count(); ++b) {
      if (s.uses[static_cast<std::size_t>(b)] == 0) continue;
      last = b;
      ++s.decoded;
      if (s.in_order) continue;
      ranges.clear();
      s.source->locate(b, ranges);
      for (const ByteRange& r : ranges)
        s.bytes_read += r.size;
    }
    if (s.in_order) s.decoded = last + 1;
    if (s.in_order && s.source->bytes()) s.bytes_read = s.source->bytes()->size();
  }
}

// One rung of the ladder: every stage with its rung's grid, and the memory by number of credits.
class Rung {
 public:
  Rung(PassPlan& pass, const Graph& graph, const std::vector<std::vector<UnitGrid>>& ladders,
       std::size_t rung)
      : pass_(pass), graph_(graph), simulation_(pass) {
    for (std::size_t i = 0; i < pass.stages.size(); ++i)
      pass.stages[i].fit(ladders[i][std::min(rung, ladders[i].size() - 1)]);
    if (!pass.sources.empty()) simulation_.count_uses();
  }
  PassMemory memory(int credits, int threads, bool profiled) {
    if (!pass_.sources.empty()) simulation_.find_peaks(credits);
    return memory_of(pass_, graph_, credits, threads, profiled);
  }

 private:
  PassPlan& pass_;
  const Graph& graph_;
  BlockSimulation simulation_;
};

Error too_little(const PassPlan& pass, const Graph& graph, std::int64_t budget) {
  std::string why;
  for (const SourcePlan& s : pass.sources)
    if (s.in_order && s.alive > 2 && s.alive * 2 > s.grid.count())
      why = fmt::format(
          "; {} can only be decoded from its first row on, and this pipeline asks for it in "
          "another order, "
          "so it is held whole ({} bytes)",
          s.source->name(), s.alive * s.block_bytes);
  return std::move(
      Error(ErrorKind::memory,
            fmt::format("the pipeline needs at least {} bytes of memory; the budget is {} bytes{}",
                        pass.least, budget, why))
          .at_step(graph.node(pass.stages.front().target()).place.text()));
}

// Chooses units and credits: the first of the ladder, then the most credits, that fit the budget.
void choose(PassPlan& pass, const Graph& graph, const RunOptions& options) {
  const int threads = thread_count(options);
  std::vector<std::vector<UnitGrid>> ladders;
  std::size_t rungs = 0;
  for (Stage& stage : pass.stages) {
    ladders.push_back(unit_candidates(stage, options.debug, threads));
    rungs = std::max(rungs, ladders.back().size());
  }
  const std::vector<int> credits = credit_choices(threads, options.debug);
  std::optional<PassPlan> chosen;
  std::int64_t least = 0;
  for (std::size_t rung = 0; rung < rungs; ++rung) {
    // Every rung walks all units several times: with very many, only the ends of the ladder.
    if (rung > 0 && rung + 1 < rungs && pass.units() > kManyUnits && !pass.sources.empty())
      continue;
    Rung r(pass, graph, ladders, rung);
    for (const int c : credits) {
      if (chosen && c != credits.back()) continue;
      const int used = std::min(threads, c);
      const PassMemory memory = r.memory(c, used, options.profile != nullptr);
      if (c == credits.back() && (rung == 0 || memory.total() < least)) least = memory.total();
      if (chosen || (options.memory > 0 && memory.total() > options.memory)) continue;
      pass.credits = c;
      pass.threads = used;
      pass.memory = memory;
      chosen = pass;
    }
  }
  pass.least = least;
  if (!chosen) throw too_little(pass, graph, options.memory);
  pass = std::move(*chosen);
  pass.least = least;
  count_reads(pass);
}

}  // namespace

int thread_count(const RunOptions& options) {
  return options.threads > 0 ? options.threads : oneapi::tbb::info::default_concurrency();
}

std::int64_t UnitOrder::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t n : counts_)
    sum += n;
  return sum;
}

UnitRef UnitOrder::next() {
  // The stage least far along: the smallest (next + 1) / count, compared by cross products.
  std::size_t best = counts_.size();
  for (std::size_t s = 0; s < counts_.size(); ++s) {
    if (next_[s] == counts_[s]) continue;
    if (best == counts_.size() || static_cast<__int128>(next_[s] + 1) * counts_[best] <
                                      static_cast<__int128>(next_[best] + 1) * counts_[s])
      best = s;
  }
  ++given_;
  return {static_cast<int>(best), next_[best]++};
}

UnitOrder PassPlan::order() const {
  std::vector<std::int64_t> counts;
  for (const Stage& stage : stages)
    counts.push_back(stage.grid().count());
  return UnitOrder(std::move(counts));
}

void PassPlan::blocks_of(const Stage& stage, const Rect& rect,
                         std::vector<BlockRef>& blocks) const {
  blocks.clear();
  int fetches = 0;
  stage.for_each_fetch(rect, [&](const Slot& slot, const Rect& r) {
    ++fetches;
    const int index = source_of_node[static_cast<std::size_t>(slot.node)];
    const BlockGrid& grid = sources[static_cast<std::size_t>(index)].grid;
    const std::int64_t columns = grid.columns();
    for (std::int64_t row = r.y / grid.block_height; row <= (r.bottom() - 1) / grid.block_height;
         ++row)
      for (std::int64_t column = r.x / grid.block_width;
           column <= (r.right() - 1) / grid.block_width; ++column)
        blocks.push_back({index, row * columns + column});
  });
  if (fetches < 2) return;  // already in order
  std::sort(blocks.begin(), blocks.end());
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
}

OutputNeed output_need(const Stage& stage, int credits) {
  const Node& target = stage.graph().node(stage.target());
  if (!target.sink) return {};
  const Sink& sink = *target.sink;
  const UnitGrid& grid = stage.grid();
  const BlockGrid blocks = sink.grid();
  const std::int64_t per_cell =
      ceil_div(std::min(grid.cell_width, grid.width), blocks.block_width) *
      ceil_div(std::min(grid.cell_height, grid.height), blocks.block_height);
  OutputNeed need;
  need.encoded_bytes = sink.encoded_bound();
  std::int64_t cells = std::min<std::int64_t>(credits, grid.cells());
  if (grid.split()) {
    // Cells that a window of `credits` consecutive units can touch; those at the edges are
    // smallest.
    const auto fewest = [](std::int64_t size, std::int64_t cell, std::int64_t unit) {
      return ceil_div(size % cell == 0 ? cell : size % cell, unit);
    };
    const std::int64_t units = fewest(grid.width, grid.cell_width, grid.unit_width) *
                               fewest(grid.height, grid.cell_height, grid.unit_height);
    cells = std::min(grid.cells(), credits < 2 ? 1 : (credits - 2) / units + 2);
    need.tile_bytes = block_tile_bytes(blocks, target.info);
    need.tiles = cells * per_cell;
  }
  need.encoded = cells * per_cell;
  return need;
}

std::vector<int> passes_of(const Graph& graph) {
  std::vector<int> pass(graph.nodes().size(), 0);
  for (std::size_t id = 0; id < pass.size(); ++id) {
    const Node& node = graph.nodes()[id];
    for (const NodeId input : node.inputs)
      pass[id] = std::max(pass[id], pass[static_cast<std::size_t>(input)]);
    for (const LateRef& ref : node.late)
      pass[id] = std::max(pass[id], pass[static_cast<std::size_t>(ref.node)] + 1);
  }
  return pass;
}

std::vector<PassPlan> plan_passes(const Graph& graph, const RunOptions& options) {
  const std::vector<int> pass_of = passes_of(graph);
  auto operations = std::make_shared<std::vector<std::shared_ptr<const Operation>>>();
  for (const Node& node : graph.nodes())
    operations->push_back(node.operation);
  std::vector<PassPlan> passes;
  for (int p = 0; p <= *std::max_element(pass_of.begin(), pass_of.end()); ++p) {
    PassPlan pass;
    pass.operations = operations;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id)
      if (pass_of[static_cast<std::size_t>(id)] == p &&
          (graph.node(id).sink || graph.node(id).reduction))
        pass.stages.emplace_back(graph, std::span(*operations), id);
    if (pass.stages.empty()) continue;
    add_sources(pass, graph);
    passes.push_back(std::move(pass));
  }
  if (passes.empty())
    throw Error(ErrorKind::usage,
                "the graph ends in no sink and no reduction: there is nothing to do");
  // A budget is refused with the least that all passes would do with, not the first one's.
  std::optional<Error> refused;
  std::int64_t least = 0;
  for (PassPlan& pass : passes) {
    try {
      choose(pass, graph, options);
    } catch (Error& error) {
      if (error.kind() != ErrorKind::memory) throw;
      if (!refused || pass.least > least) refused = error;
    }
    least = std::max(least, pass.least);
  }
  if (refused) throw *refused;
  return passes;
}

}  // namespace sluice
