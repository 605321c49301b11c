// Rewriting a graph before it is planned, so that less has to be done for the same bits.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "engine/plan.hpp"
#include "engine/rewrite/window.hpp"
#include "engine/run_options.hpp"

namespace sluice {

/// A graph made anew from the caller's. Nodes keep their ids: what a node stands for may be
/// computed in another way, and nodes that nothing needs any more stay behind unused.
struct RewrittenGraph {
  std::shared_ptr<Graph> graph;
  std::vector<PlannedRewrite> rewrites;
  Windows windows;
};

/// All rewrites, or a plain copy of the graph where options.rewrites says none. Reads no pixel.
RewrittenGraph rewrite(const Graph& graph, const RunOptions& options);

// --- the rewrites, in the order they are done
// --------------------------------------------------------

/// Sources and operations that have the same key and inputs become one (but not sources that are
/// read in order).
void share_duplicates(RewrittenGraph& to);

/// Sources in blocks of a few pixels decode many of them at a time.
void gather_tiny_blocks(RewrittenGraph& to);

/// Operations that only cut out a part of a source become windows of the source.
void crop_into_read(RewrittenGraph& to);

/// Chains of pointwise operations behind 8-bit samples become one table each, where their declared
/// costs say that this is faster.
void make_tables(RewrittenGraph& to, Isa isa);

/// Sources decode only the channels that matter, where they can.
void skip_unused_channels(RewrittenGraph& to);

// --- for rewrites
// ------------------------------------------------------------------------------------

/// Which nodes the sinks and reductions of the graph need.
std::vector<bool> needed_nodes(const Graph& graph);

/// "linear, cast (steps 2, 3)": for messages.
std::string steps_text(const Graph& graph, std::span<const NodeId> nodes);

}  // namespace sluice
