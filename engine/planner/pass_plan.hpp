// The plan of a pass as the runtime needs it: stages with their grids, the order of units, the use
// of every source block, and the memory all that takes.
#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/graph.hpp"
#include "engine/planner/fetches.hpp"
#include "engine/planner/stage.hpp"
#include "engine/run.hpp"

namespace sluice {

/// One unit of one stage.
struct UnitRef {
  int stage = 0;
  std::int64_t unit = 0;
};

/// The order of all units of a pass: every stage in its own order, merged so that all stages are
/// equally far along, which lets them share decoded blocks. Both the plan and the run walk it.
class UnitOrder {
 public:
  explicit UnitOrder(std::vector<std::int64_t> counts)
      : counts_(std::move(counts)),
        next_(counts_.size(), 0),
        total_(std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0})) {}
  bool done() const { return given_ == total_; }
  std::int64_t total() const { return total_; }
  UnitRef next();

 private:
  std::vector<std::int64_t> counts_;
  std::vector<std::int64_t> next_;
  std::int64_t total_ = 0;
  std::int64_t given_ = 0;
};

/// A block of a source of the pass, or a tile of a kept node. Units that travel in bands may decode
/// a block again for each band: then it is another block in each.
struct BlockRef {
  int source = 0;  ///< index into PassPlan::sources
  std::int64_t band = 0;
  std::int64_t block = 0;
  friend auto operator<=>(const BlockRef&, const BlockRef&) = default;
};

/// Where units fetch pixels: the decoded blocks of a source, or the tiles of a kept node, which a
/// stage of their own computes.
struct SourcePlan {
  NodeId node = -1;
  std::shared_ptr<const Source> source;  ///< null for a kept node
  int stage = -1;                        ///< the stage that computes a kept node's tiles
  std::string why;                       ///< it is kept
  BlockGrid grid;
  bool in_order = false;
  /// Uses that fall away, because kept tiles that nobody needs are never computed.
  std::unordered_map<std::int64_t, std::uint32_t> unused;
  std::int64_t alive = 0;        ///< most blocks in memory at once
  std::int64_t block_bytes = 0;  ///< of one decoded block
  std::int64_t decoded = 0;      ///< blocks that will be decoded
  std::int64_t bytes_read = 0;
};

/// Sizes of the slabs the pass takes from its pool, and how many of each.
struct PassMemory {
  std::int64_t arena = 0;  ///< one a thread: tiles and scratch of a unit
  std::int64_t work = 0;   ///< one a thread: encoded bytes and the codec's scratch
  std::int64_t pool = 0;   ///< all slabs together
  std::int64_t held = 0;   ///< beside the pool: codec state, accumulators, indexes, a constant
  PlannedMemory parts;     ///< both together, by what it is for
  std::int64_t total() const { return pool + held; }
};

class PassPlan {
 public:
  /// Bound operations by node; late ones are replaced when their values are known.
  std::shared_ptr<std::vector<std::shared_ptr<const Operation>>> operations;
  std::vector<Stage> stages;  ///< those with a goal, then those that compute kept nodes
  int goals = 0;              ///< how many have a goal: a sink, a reduction, a spool
  std::vector<std::vector<LeafFetches>> fetches;  ///< by stage
  Travel travel = Travel::blocks;
  bool again = false;  ///< each band of the travel decodes its blocks for itself
  std::vector<SourcePlan> sources;
  std::vector<int> source_of_node;  ///< index into sources, -1 for other nodes
  int credits = 1;
  int threads = 1;
  PassMemory memory;
  std::int64_t least = 0;
  double work = 0;                     ///< declared cost of everything
  std::vector<PlannedChoice> choices;  ///< nodes whose keeping was considered
  NodeId heaviest = -1;  ///< the source whose decoded blocks take most of even the least memory
  NodeId spooled = -1;   ///< what it writes to a temporary file for later passes
  std::int64_t spool_bytes = 0;

  /// Fills in `fetches` and the sources' `unused`, by the stages' grids and the travel. They are
  /// not kept while another pass runs.
  void find_fetches();
  void drop_fetches();

  UnitOrder order() const;
  std::int64_t units() const { return order().total(); }
  /// The blocks that a unit of `stage` fetches, sorted; one that it reaches on several ways comes
  /// as often.
  void blocks_of(int stage, const UnitGrid::Position& unit, std::vector<BlockRef>& blocks) const;
  /// How often a block is fetched by all units, ways counted singly; 0: it is never decoded.
  std::uint32_t uses(const BlockRef& ref) const;
  /// One number for each block of a source, over all bands.
  std::int64_t key(const BlockRef& ref) const {
    // Mostly there is one band, and count() divides.
    if (ref.band == 0) return ref.block;
    return ref.band * sources[static_cast<std::size_t>(ref.source)].grid.count() + ref.block;
  }
  /// Bands whose blocks are decoded apart: 1 unless `again`.
  std::int64_t bands() const;
  /// The columns and rows of a source's blocks that `band` fetches, and some between them.
  Rect reach(int source, std::int64_t band) const;

 private:
  void find_unused();
  std::int64_t band_columns(int stage) const;
  std::pair<std::int64_t, std::int64_t> band_place(int stage, std::int64_t band) const;
};

/// Blocks and encoded bytes a stage's sink has in memory; zeros for a reduction.
struct OutputNeed {
  std::int64_t tile_bytes = 0;     ///< one block under assembly
  std::int64_t tiles = 0;          ///< how many at once
  std::int64_t encoded_bytes = 0;  ///< encoder's worst case for one block
  std::int64_t encoded = 0;        ///< how many at once
};
OutputNeed output_need(const Stage& stage, int credits);

/// Memory of one decoded block.
std::int64_t block_tile_bytes(const BlockGrid& grid, const ImageInfo& info);

/// Which pass each node belongs to: one more than the reductions its late options (or its
/// inputs') refer to.
std::vector<int> passes_of(const Graph& graph);

/// Plans every pass. Throws Error (memory) when options.memory cannot hold one of them.
std::vector<PassPlan> plan_passes(const Graph& graph, const RunOptions& options);

/// Threads a run gets: options.threads, or what the default arena has.
int thread_count(const RunOptions& options);

struct RewrittenGraph;
Plan describe(const RewrittenGraph& graph, const std::vector<PassPlan>& passes,
              const RunOptions& options);

}  // namespace sluice
