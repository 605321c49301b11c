// The plan: what a run will do, what it will read, compute and hold, from geometry alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph.hpp"
#include "run_options.hpp"

namespace sluice {

/// The order in which the units of a pass run.
enum class Travel : std::uint8_t {
  blocks,  ///< block by block of the target, these row by row
  rows,  ///< row by row over the whole width: a row of the target's blocks is put together at once
  columns,  ///< in bands of a few columns over the whole height, each row by row
  bands,    ///< in bands that decode their source blocks for themselves: more decodes, less memory
};

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
  std::string purpose;  ///< Reduction::purpose()
  std::int64_t unit_width = 0, unit_height = 0;
  std::int64_t unit_columns = 0, unit_rows = 0;
  std::int64_t unit_count = 0;
  std::int64_t arena_bytes = 0;        ///< tiles and scratch of one unit
  std::int64_t output_bytes = 0;       ///< encoder's worst case and blocks under assembly
  std::int64_t accumulator_bytes = 0;  ///< of a reduction, for one thread
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

/// Bytes that the inputs of a graph hold whatever is planned: their metadata, and the index of
/// their blocks (16 bytes a block in a TIFF) once it is loaded. A smaller budget is refused at
/// once.
std::int64_t header_bytes(const Graph& graph);

/// Most threads that a run uses: what the host has set as oneTBB's max_allowed_parallelism, else as
/// many as processors that the process may run on.
int allowed_threads();

/// Why an interrupted run has to write this sink's output from the start; "" when it can go on.
std::string why_not_resumable(const Graph& graph, NodeId sink);

}  // namespace sluice
