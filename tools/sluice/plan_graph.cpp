#include "plan_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "engine/sample_type.hpp"
#include "numbers.hpp"

namespace sluice::tool {

namespace {

// Colours: what a node is. All of them carry black text.
constexpr const char* kSourceColour = "#d6e6f5";
constexpr const char* kStepColour = "#ffffff";
constexpr const char* kResultColour = "#fdf0c4";
constexpr const char* kSinkColour = "#d9efd9";
constexpr const char* kPassColour = "#f7f7f7";
constexpr const char* kQuiet = "#555555";    // secondary text, edges
constexpr const char* kWarning = "#a03020";  // what costs: recomputed, held

// Length of the UTF-8 character at `at`, 0 when what stands there is none.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xc2 && first < 0xe0  ? 2
                             : first >= 0xe0 && first < 0xf0  ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Longer than need be, surrogates, past the last code point, and two that XML leaves out.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0) ||
      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90) ||
      (first == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe))
    return 0;
  return length;
}

// Text inside an HTML-like label.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_at(text, at);
    const char c = text[at];
    if (length == 0 || (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)))
      out += "&#65533;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += text.substr(at, length);
    at += std::max<std::size_t>(1, length);
  }
  return out;
}

std::string size_text(std::int64_t width, std::int64_t height) {
  return fmt::format("{} &#215; {}", width, height);
}

// The lines of a node: the first is its name, the others are smaller.
class Label {
 public:
  explicit Label(const std::string& name) : text_(fmt::format("<B>{}</B>", escaped(name))) {}
  Label& line(const std::string& html, const char* colour = kQuiet) {
    text_ += fmt::format("<BR/><FONT POINT-SIZE=\"10\" COLOR=\"{}\">{}</FONT>", colour, html);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What an operation reads around a tile of this size, "" for nothing.
std::string halo_text(const Graph& graph, const Node& node, const PlannedStep& step) {
  if (!node.operation || node.inputs.empty() || step.tile_width == 0) return {};
  const ImageInfo& from = graph.node(node.inputs.front()).info;
  // In the middle of the image, so that no edge cuts it off.
  const Rect tile{(step.width - step.tile_width) / 2, (step.height - step.tile_height) / 2,
                  step.tile_width, step.tile_height};
  const Rect need = node.operation->needs(0, tile);
  if (need.width == tile.width && need.height == tile.height) return {};
  if (node.operation->traits().transposes && need.width == tile.height && need.height == tile.width)
    return {};
  if (from.width != step.width || from.height != step.height)
    return "reads " + size_text(need.width, need.height);
  const auto sides = [](std::int64_t before, std::int64_t behind, const char* what) -> std::string {
    if (before == 0 && behind == 0) return {};
    return before == behind ? fmt::format(" {} {}", before, what)
                            : fmt::format(" {} + {} {}", before, behind, what);
  };
  return "halo" + sides(tile.x - need.x, need.right() - tile.right(), "columns") +
         sides(tile.y - need.y, need.bottom() - tile.bottom(), "rows");
}

class Drawing {
 public:
  Drawing(const Graph& graph, const ProcessPlan& plan) : graph_(graph), plan_(plan) {}

  std::string text() {
    // Fonts by family, so that a drawing looks alike wherever it is shown.
    text_ = fmt::format(
        "digraph plan {{\n"
        "  graph [fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, labeljust=l, labelloc=t,\n"
        "         nodesep=0.3, ranksep=0.35, label=<{}>];\n"
        "  node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, shape=box,\n"
        "        style=\"rounded,filled\", fillcolor=\"{}\", color=\"{}\", margin=\"0.16,0.08\"];\n"
        "  edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, color=\"{}\",\n"
        "        fontcolor=\"{}\", arrowsize=0.7];\n",
        title(), kStepColour, kQuiet, kQuiet, kQuiet);
    for (std::size_t p = 0; p < plan_.plan.passes.size(); ++p)
      pass(p);
    late_edges();
    return text_ + "}\n";
  }

 private:
  std::string title() const {
    std::string lines = fmt::format(
        "planned peak <B>{}</B> of {}, least {}<BR ALIGN=\"LEFT\"/>"
        "{} work units, {} read<BR ALIGN=\"LEFT\"/>",
        bytes_text(plan_.planned_bytes()), bytes_text(plan_.budget.bytes),
        bytes_text(plan_.least_bytes()), plan_.plan.units, bytes_text(plan_.plan.bytes_in));
    for (const PlannedRewrite& rewrite : plan_.plan.rewrites)
      lines += fmt::format("rewrite {}: {}<BR ALIGN=\"LEFT\"/>", escaped(rewrite.name),
                           escaped(rewrite.text));
    return lines;
  }

  void node(const std::string& id, const Label& label, const char* colour) {
    text_ += fmt::format("    {} [fillcolor=\"{}\", label=<{}>];\n", id, colour, label.text());
  }
  void edge(const std::string& from, const std::string& to) {
    if (edges_.emplace(from, to).second) text_ += fmt::format("    {} -> {};\n", from, to);
  }

  void pass(std::size_t p) {
    const PlannedPass& pass = plan_.plan.passes[p];
    text_ += fmt::format(
        "  subgraph cluster_pass{} {{\n"
        "    style=\"rounded,filled\"; color=\"{}\"; fillcolor=\"{}\";\n"
        "    label=<<B>pass {} of {}</B>: {} units in flight on {} threads, peak {}"
        "<BR ALIGN=\"LEFT\"/>>;\n",
        p, kQuiet, kPassColour, p + 1, plan_.plan.passes.size(), pass.credits, pass.threads,
        bytes_text(pass.peak_bytes));
    for (const PlannedSource& source : pass.sources)
      this->source(p, source);
    for (std::size_t s = 0; s < pass.stages.size(); ++s)
      stage(p, s, pass.stages[s]);
    text_ += "  }\n";
  }

  static std::string source_id(std::size_t p, NodeId node) {
    return fmt::format("p{}_source{}", p, node);
  }
  static std::string step_id(std::size_t p, std::size_t s, NodeId node) {
    return fmt::format("p{}_s{}_n{}", p, s, node);
  }

  std::string image_text(NodeId id, std::int64_t width, std::int64_t height) const {
    const ImageInfo& info = graph_.node(id).info;
    return fmt::format("{}, {} &#215; {}", size_text(width, height), info.channels(),
                       name_of(info.type));
  }

  void source(std::size_t p, const PlannedSource& source) {
    const ImageInfo& info = graph_.node(source.node).info;
    Label label(graph_.node(source.node).place.text());
    label.line(escaped(source.name)).line(image_text(source.node, info.width, info.height));
    label.line(fmt::format("{} of {} blocks decoded, {} read", source.blocks_decoded,
                           source.blocks_total, bytes_text(source.bytes_read)));
    const std::string held = fmt::format("at most {} block{} held: {}", source.blocks_alive,
                                         source.blocks_alive == 1 ? "" : "s",
                                         bytes_text(source.blocks_alive * source.block_bytes));
    label.line(held, source.held_whole() ? kWarning : kQuiet);
    if (source.in_order) label.line("decoded in order", source.held_whole() ? kWarning : kQuiet);
    node(source_id(p, source.node), label, kSourceColour);
  }

  void stage(std::size_t p, std::size_t s, const PlannedStage& stage) {
    text_ += fmt::format(
        "    subgraph cluster_pass{}_stage{} {{\n"
        "    style=\"rounded,filled\"; color=\"{}\"; fillcolor=\"#ececec\";\n"
        "    labelloc=b; label=<stage {}: {} units of {}<BR ALIGN=\"LEFT\"/>a unit takes {}{}"
        "<BR ALIGN=\"LEFT\"/>>;\n",
        p, s, kQuiet, s + 1, stage.unit_count, size_text(stage.unit_width, stage.unit_height),
        bytes_text(stage.arena_bytes),
        stage.output_bytes > 0 ? ", the output " + bytes_text(stage.output_bytes) : "");
    // A step that is reached on several ways is computed on each; it is drawn once.
    std::map<NodeId, std::vector<const PlannedStep*>> ways;
    for (const PlannedStep& step : stage.steps)
      ways[step.node].push_back(&step);
    for (const auto& [id, steps] : ways)
      if (!fetched(p, id)) this->step(step_id(p, s, id), id, steps);
    const std::string target = step_id(p, s, stage.target);
    this->target(target, stage);
    drawn_[stage.target].push_back(target);
    text_ += "    }\n";
    for (const auto& [id, steps] : ways) {
      if (fetched(p, id)) continue;
      drawn_[id].push_back(step_id(p, s, id));
      for (const PlannedStep* step : steps)
        for (const NodeId input : step->inputs)
          edge(place_of(p, s, input), step_id(p, s, id));
    }
    if (!stage.steps.empty()) edge(place_of(p, s, stage.steps.back().node), target);
  }

  void step(const std::string& id, NodeId node_id, const std::vector<const PlannedStep*>& ways) {
    const PlannedStep& first = *ways.front();
    Label label(first.name);
    label.line(image_text(node_id, first.width, first.height));
    std::int64_t width = 0, height = 0;
    double computed = 0;
    for (const PlannedStep* way : ways) {
      width = std::max(width, way->tile_width);
      height = std::max(height, way->tile_height);
      computed += way->computed_share;
    }
    const ImageInfo& info = graph_.node(node_id).info;
    const double bytes = static_cast<double>(width) * static_cast<double>(height) *
                         static_cast<double>(info.channels()) *
                         static_cast<double>(size_of(info.type));
    label.line(fmt::format("tiles to {}, {}", size_text(width, height),
                           bytes_text(static_cast<std::int64_t>(bytes))));
    const std::string halo = halo_text(graph_, graph_.node(node_id), first);
    if (!halo.empty()) label.line(halo);
    if (ways.size() > 1) label.line(fmt::format("reached on {} ways", ways.size()));
    if (computed < 0.9995)
      label.line(fmt::format("{:.1f} % of it computed", computed * 100));
    else if (computed > 1.0005)
      label.line(fmt::format("{:.1f} % computed again", computed * 100 - 100), kWarning);
    node(id, label, kStepColour);
  }

  void target(const std::string& id, const PlannedStage& stage) {
    const Node& target = graph_.node(stage.target);
    Label label(target.place.text());
    if (target.sink)
      label.line(escaped(target.sink->name()))
          .line(image_text(stage.target, target.info.width, target.info.height));
    node(id, label, target.sink ? kSinkColour : kResultColour);
  }

  // Whether units of the pass fetch the node's pixels from decoded blocks.
  bool fetched(std::size_t p, NodeId node) const {
    const auto& sources = plan_.plan.passes[p].sources;
    return std::any_of(sources.begin(), sources.end(),
                       [&](const PlannedSource& source) { return source.node == node; });
  }
  std::string place_of(std::size_t p, std::size_t s, NodeId node) const {
    return fetched(p, node) ? source_id(p, node) : step_id(p, s, node);
  }

  // What a node is drawn as; where a rewrite made it part of the steps behind it, those.
  std::set<std::string> drawn_as(NodeId node) const {
    const auto found = drawn_.find(node);
    if (found != drawn_.end()) return {found->second.begin(), found->second.end()};
    std::set<std::string> all;
    for (NodeId user = node + 1; user < static_cast<NodeId>(graph_.nodes().size()); ++user) {
      const std::vector<NodeId>& inputs = graph_.node(user).inputs;
      if (std::find(inputs.begin(), inputs.end(), node) != inputs.end()) all.merge(drawn_as(user));
    }
    return all;
  }

  void late_edges() {
    for (NodeId id = 0; id < static_cast<NodeId>(graph_.nodes().size()); ++id) {
      std::map<NodeId, std::string> values;  // by the reduction they come from
      for (const LateRef& ref : graph_.node(id).late) {
        std::string& text = values[ref.node];
        text += fmt::format("{}{}[{}]", text.empty() ? "" : ", ",
                            ref.array.empty() ? "" : escaped(ref.array), ref.index);
      }
      for (const auto& [reduction, text] : values)
        for (const std::string& from : drawn_[reduction])
          for (const std::string& to : drawn_as(id))
            text_ += fmt::format("  {} -> {} [style=dashed, label=<values {}>];\n", from, to, text);
    }
  }

  const Graph& graph_;
  const ProcessPlan& plan_;
  std::string text_;
  std::set<std::pair<std::string, std::string>> edges_;
  std::map<NodeId, std::vector<std::string>> drawn_;  // what each node is drawn as
};

}  // namespace

std::string plan_dot(const Graph& graph, const ProcessPlan& plan) {
  return Drawing(graph, plan).text();
}

}  // namespace sluice::tool
