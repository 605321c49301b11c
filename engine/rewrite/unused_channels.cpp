// Sources decode only the channels that something looks at, where channels are stored apart.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/rewrite/rewrite.hpp"

namespace sluice {

namespace {

using Channels = std::vector<bool>;

/// The channels of each node that matter to some sink or reduction; none for a node not needed.
std::vector<Channels> wanted_channels(const Graph& graph) {
  const std::vector<Node>& nodes = graph.nodes();
  std::vector<Channels> wanted;
  for (const Node& node : nodes)
    wanted.emplace_back(static_cast<std::size_t>(node.info.channels()),
                        node.sink != nullptr || node.reduction != nullptr);
  for (std::size_t id = nodes.size(); id-- > 0;) {
    const Node& node = nodes[id];
    const bool any = std::find(wanted[id].begin(), wanted[id].end(), true) != wanted[id].end();
    if (!any) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      Channels& of_input = wanted[static_cast<std::size_t>(node.inputs[i])];
      for (std::size_t c = 0; c < of_input.size(); ++c)
        if (!node.operation ||
            node.operation->uses_channel(static_cast<int>(i), static_cast<int>(c), wanted[id]))
          of_input[c] = true;
    }
  }
  return wanted;
}

std::string list(const Channels& channels) {
  constexpr int kMostShown = 8;
  std::string text;
  int shown = 0;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    if (!channels[c]) continue;
    if (++shown > kMostShown) return text + ", ...";
    text += (text.empty() ? "" : ", ") + std::to_string(c);
  }
  return text;
}

}  // namespace

void skip_unused_channels(RewrittenGraph& to) {
  Graph& graph = *to.graph;
  const std::vector<Channels> wanted = wanted_channels(graph);
  // Several nodes may show the same source.
  std::map<const Source*, Channels> of_source;
  std::map<const Source*, std::vector<NodeId>> nodes_of;  // needed or not
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    const Channels& here = wanted[static_cast<std::size_t>(id)];
    const Source* source = graph.node(id).source.get();
    if (!source) continue;
    Channels& all = of_source.emplace(source, Channels(here.size(), false)).first->second;
    for (std::size_t c = 0; c < here.size(); ++c)
      all[c] = all[c] || here[c];
    nodes_of[source].push_back(id);
  }
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    const auto found = of_source.find(graph.node(id).source.get());
    if (found == of_source.end() || nodes_of[found->first].front() != id) continue;
    const auto& [source, channels] = *found;
    const auto count = std::count(channels.begin(), channels.end(), true);
    if (count == 0 || count == std::ssize(channels)) continue;  // not needed, or all of it
    const std::shared_ptr<const Source> narrowed = source->with_channels(channels);
    if (!narrowed) continue;
    to.rewrites.push_back({"channels",
                           fmt::format("{} decodes channel{} {} of {}", graph.node(id).place.text(),
                                       count > 1 ? "s" : "", list(channels), channels.size()),
                           nodes_of[source]});
    for (const NodeId other : nodes_of[source])
      graph.node(other).source = narrowed;
  }
}

}  // namespace sluice
