// Planning and running a graph.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "graph.hpp"
#include "memory_budget.hpp"

namespace sluice {

struct Progress {
  int pass = 0;  ///< from 0
  int passes = 1;
  std::int64_t units_done = 0;    ///< over all passes
  std::int64_t units_before = 0;  ///< of these, done by an earlier run that this one goes on with
  std::int64_t units_total = 0;
  double seconds = 0;  ///< since the run began
  double share() const {
    return units_total > 0 ? static_cast<double>(units_done) / static_cast<double>(units_total) : 0;
  }
};

/// Whether the graph is rewritten before it is planned. No rewrite changes a bit of any result.
enum class Rewrites : std::uint8_t { automatic, none };
/// The order in which the units of a pass run.
enum class Travel : std::uint8_t {
  blocks,  ///< block by block of the target, these row by row
  rows,  ///< row by row over the whole width: a row of the target's blocks is put together at once
  columns,  ///< in bands of a few columns over the whole height, each row by row
  bands,    ///< in bands that decode their source blocks for themselves: more decodes, less memory
};

/// Whether anything is kept in memory or on disk so as not to be made again.
enum class Keep : std::uint8_t {
  automatic,  ///< where the declared costs say that it pays, and the budget has room
  never,  ///< nodes are recomputed for every unit, and blocks decoded again for every band; what
          ///< an operation always keeps (Traits::always_kept) is kept all the same
};

/// For tests: what ordinary runs leave to the planner.
struct Debug {
  std::int64_t unit_width = 0;  ///< force the work unit (0: planned)
  std::int64_t unit_height = 0;
  int credits = 0;                 ///< force the units in flight (0: planned)
  std::optional<Travel> travel;    ///< force the travel, where the sinks and sources allow it
  std::uint64_t keep_seed = 0;     ///< not 0: keep nodes chosen at random, in tiles of odd sizes
  bool spool = false;              ///< spool every source
  std::uint64_t shuffle_seed = 0;  ///< not 0: stall mode, seeded delays and shuffled queues
  int poison = -1;                 ///< 0..255: fill arenas, slack and fresh slabs with this byte
  std::atomic<int>* observed_concurrency = nullptr;  ///< most tasks seen at once
};

/// Going on after an interruption. Each output that can go on (why_not_resumable) is kept beside
/// its final name as partial_name(), with a journal_name() of what is done, whatever ends the run;
/// success removes both. The run that finds a journal goes on where it ends; it is refused, with
/// the reason, when the pipeline, an input, the output's form or the version is another one.
struct ResumeOptions {
  bool on = false;
  /// All that decides the pixels and that the graph does not show: the steps with all their
  /// options. Threads, memory and instruction set do not belong there. Not empty when on.
  std::string pipeline;
  /// When stop is requested here before the run is stopped, what is kept is removed.
  std::stop_token discard;
  /// Called, when the run ends early, before what is kept is brought to the disk: that may last.
  /// What it throws is dropped: the run has its error already.
  std::function<void()> keeping;
};

struct Plan;
struct Profile;

/// What a run may take and whom it tells. A function given here that throws ends the run (or
/// plan()): an Error comes out as it is, anything else as the cause() of one of kind internal.
struct RunOptions {
  /// Threads that compute: the caller's, and others made for the run that end with it. 1: the
  /// caller's alone; 0: as many as processors. More than allowed_threads() are not used. Where the
  /// system lets fewer be made (ulimit -u, a control group's pids.max), the run goes on with those,
  /// and a warning.
  int threads = 0;
  std::int64_t memory = 0;  ///< bytes the run may be granted; 0: no bound
  /// Shared with other runs: this one waits for its share before it begins, and plans with no more
  /// than the whole. Null: it stands alone.
  std::shared_ptr<MemoryBudget> budget;
  Isa isa = best_isa();
  Rewrites rewrites = Rewrites::automatic;
  Keep keep = Keep::automatic;
  /// Where a temporary file may be made for pixels that do not fit into the budget; "": nowhere.
  std::string spool_folder;
  /// Asks the run to end with Error (cancelled), planning and waiting for memory included.
  std::stop_token stop;
  /// run() hands over its plan before it begins anything; an exception from here ends it.
  std::function<void(const Plan&)> planned;
  std::function<void(const Progress&)> progress;    ///< any thread, one call at a time
  std::function<void(const std::string&)> warning;  ///< any thread, one call at a time
  /// Where run() puts what it measured (profile.hpp), also when it fails; null: nothing is
  /// measured.
  Profile* profile = nullptr;
  ResumeOptions resume;
  Debug debug;
};

// --- the plan: what a run will do, from geometry alone
// --------------------------------------------

struct PlannedStep {
  NodeId node = -1;
  std::string name;
  std::vector<NodeId> inputs;          ///< the steps it takes; none where pixels are fetched
  bool fetched = false;                ///< from blocks of a source or tiles of a kept node
  bool transposed = false;             ///< its columns become rows on the way to the target
  std::int64_t width = 0, height = 0;  ///< of its output
  std::int64_t tile_width = 0, tile_height = 0;  ///< largest region computed for one unit
  double computed_share = 0;  ///< samples computed over samples of the whole image
  double recomputed = 0;      ///< what of that is over 1: samples computed again
};

/// Everything that ends in one sink or reduction: its operations run fused, unit by unit.
struct PlannedStage {
  NodeId target = -1;  ///< the sink or reduction
  std::string name;
  std::int64_t unit_width = 0, unit_height = 0;
  std::int64_t unit_columns = 0, unit_rows = 0;
  std::int64_t unit_count = 0;
  std::int64_t arena_bytes = 0;   ///< tiles and scratch of one unit
  std::int64_t output_bytes = 0;  ///< encoder's worst case and blocks under assembly
  std::vector<PlannedStep> steps;
};

struct PlannedSource {
  NodeId node = -1;
  std::string name;
  bool in_order = false;
  std::int64_t blocks_total = 0;
  std::int64_t blocks_decoded = 0;
  std::int64_t blocks_alive = 0;  ///< most decoded blocks in memory at once
  std::int64_t block_bytes = 0;
  std::int64_t bytes_read = 0;  ///< encoded bytes, exact for random access
  BlockGrid grid;
  /// Can only be decoded from its first row on, and is asked for in an order that keeps most of it
  /// in memory.
  bool held_whole() const {
    return in_order && blocks_alive > 2 && 2 * blocks_alive > blocks_total;
  }
};

/// What the peak of a pass consists of, in bytes, each part at its most.
struct PlannedMemory {
  std::int64_t tiles = 0;      ///< tiles and scratch of the units being computed
  std::int64_t decoded = 0;    ///< decoded blocks of the sources
  std::int64_t kept = 0;       ///< tiles of kept nodes
  std::int64_t assembled = 0;  ///< blocks of the sinks, put together from several units
  std::int64_t encoded = 0;    ///< encoded blocks waiting to be stored
  std::int64_t codecs = 0;     ///< encoded bytes being decoded, scratch and state of the codecs
  std::int64_t results = 0;    ///< accumulators of the reductions
  std::int64_t index = 0;      ///< grows with the number of blocks
  std::int64_t metadata = 0;   ///< what the files' headers say beside sizes: texts, profiles, bands
  std::int64_t profile = 0;    ///< measurements, where they are asked for
  std::int64_t fixed = 0;      ///< the run itself: a constant, the graph, its plan, its results
  std::int64_t total() const {
    return tiles + decoded + kept + assembled + encoded + codecs + results + index + metadata +
           profile + fixed;
  }
};

/// A node whose tiles are computed once and kept until their last use.
struct PlannedKept {
  NodeId node = -1;
  std::string name;
  std::int64_t tile_width = 0, tile_height = 0;
  std::int64_t tiles_computed = 0;
  std::int64_t tiles_alive = 0;  ///< most in memory at once
  std::int64_t tile_bytes = 0;
  std::vector<PlannedStep> steps;  ///< how its tiles are computed
  std::string why;
};

/// A node whose keeping was considered.
struct PlannedChoice {
  NodeId node = -1;
  std::string name;
  bool kept = false;
  double times_computed = 0;                  ///< its samples, over those needed, when recomputed
  double work_recomputed = 0, work_kept = 0;  ///< of the whole pass, as PlannedPass::work
};

struct PlannedPass {
  std::vector<PlannedStage> stages;
  std::vector<PlannedKept> kept;
  std::vector<PlannedChoice> choices;
  std::vector<PlannedSource> sources;
  Travel travel = Travel::blocks;
  std::int64_t band_width = 0, band_height = 0;  ///< of the first stage's image, for bands
  /// Declared cost of all that is computed, decoded and fetched, in bytes copied: says which of two
  /// plans is the faster.
  double work = 0;
  /// What is written to a temporary file and read back by a later pass: its node, its bytes on
  /// disk.
  NodeId spooled = -1;
  std::int64_t spool_bytes = 0;
  int credits = 0;  ///< units in flight
  int threads = 0;
  std::int64_t peak_bytes = 0;
  PlannedMemory memory;  ///< its total is peak_bytes
};

/// A change of the graph before it was planned, which keeps every bit of the results.
struct PlannedRewrite {
  std::string name;           ///< "table", ...
  std::string text;           ///< a sentence with the steps in question
  std::vector<NodeId> nodes;  ///< the nodes of these steps
};

struct PlannedOutput {
  NodeId node = -1;
  std::string name;
  std::string why_not_resumable;  ///< "": an interrupted run goes on with it
};

struct Plan {
  std::vector<PlannedRewrite> rewrites;
  std::vector<PlannedPass> passes;
  std::vector<PlannedOutput> outputs;
  int threads = 1;               ///< most that a pass uses
  int threads_asked = 0;         ///< RunOptions::threads; 0: as many as there are
  int threads_allowed = 1;       ///< allowed_threads(): more are not used
  std::int64_t peak_bytes = 0;   ///< most that a pass is granted, with the index
  std::int64_t least_bytes = 0;  ///< the smallest budget that would do
  std::int64_t index_bytes = 0;  ///< part of the peak that grows with the number of blocks
  std::int64_t bytes_in = 0;
  std::int64_t units = 0;
};

/// Plans all that ends in a sink or reduction of the graph. Opens nothing, computes no pixel.
/// Throws Error (memory) naming the least that would do when `options.memory` or the whole of
/// `options.budget` cannot hold it.
Plan plan(const Graph& graph, const RunOptions& options = {});

/// Bytes that the inputs of a graph hold whatever is planned: their metadata, and the index of their
/// blocks (16 bytes a block in a TIFF) once it is loaded. A smaller budget is refused at once.
std::int64_t header_bytes(const Graph& graph);

/// Most threads that a run uses: what the host has set as oneTBB's max_allowed_parallelism, else as
/// many as processors that the process may run on.
int allowed_threads();

/// Why an interrupted run has to write this sink's output from the start; "" when it can go on.
std::string why_not_resumable(const Graph& graph, NodeId sink);

// --- running ----------------------------------------------------------------------------------

struct Report {
  Plan plan;
  int threads = 1;  ///< that computed, at most: fewer than planned where no more could be made
  double seconds = 0;
  std::int64_t granted_peak_bytes = 0;
  struct SourceUse {
    NodeId node = -1;
    std::string name;
    std::int64_t blocks_total = 0, blocks_decoded = 0, bytes_read = 0;
  };
  std::vector<SourceUse> sources;
  struct Output {
    NodeId node = -1;
    std::string name;
    std::int64_t bytes = 0;
  };
  std::vector<Output> outputs;
  /// With ResumeOptions::on: blocks of all outputs, and those that earlier runs had stored.
  struct Resumed {
    std::int64_t blocks_before = 0, blocks_total = 0;
  } resumed;
  struct Values {
    NodeId node = -1;
    std::string name;
    ReductionValues values;
  };
  std::vector<Values> values;
};

/// Plans and runs. On an error or cancellation every sink removes what it wrote (or keeps it, see
/// ResumeOptions; then Error::resumable() holds), all threads of the run have ended and the first
/// error is thrown, with its step, file and unit. Whatever the host's code throws comes out as an
/// Error (see Error::cause).
///
/// Reentrant: several runs may go on at once, also of one graph, each with threads of its own;
/// nothing global is changed. A sink belongs to one run at a time: another one that would write to
/// it is refused with Error (usage).
Report run(const Graph& graph, const RunOptions& options = {});

/// Computes one region of an image into the caller's interleaved buffer: pixel (x, y), channel c at
/// buffer[(y - region.y) * row_bytes + ((x - region.x) * channels + c) * size_of(type)].
/// The region lies inside the image. Late numbers are those that the latest run() of the graph
/// found. Throws Error (usage) for a buffer that is too small, and for late numbers before the
/// first run().
void read_region(const Image& image, const Rect& region, std::span<std::byte> buffer,
                 std::int64_t row_bytes, const RunOptions& options = {});

}  // namespace sluice
