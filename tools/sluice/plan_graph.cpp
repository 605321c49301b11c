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
constexpr const char* kKeptColour = "#f6dfc6";
constexpr const char* kResultColour = "#fdf0c4";
constexpr const char* kSinkColour = "#d9efd9";
constexpr const char* kPassColour = "#f7f7f7";
constexpr const char* kStageColour = "#ececec";
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
    for (std::size_t k = 0; k < pass.kept.size(); ++k)
      kept(p, k, pass.kept[k]);
    for (std::size_t s = 0; s < pass.stages.size(); ++s)
      stage(p, s, pass.stages[s]);
    text_ += "  }\n";
  }

  // Pixels that several stages of a pass share are drawn once a pass, all else once a stage.
  static std::string shared_id(std::size_t p, NodeId node) {
    return fmt::format("p{}_n{}", p, node);
  }
  static std::string step_id(std::size_t p, const std::string& stage, NodeId node) {
    return fmt::format("p{}_{}_n{}", p, stage, node);
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
    node(shared_id(p, source.node), label, kSourceColour);
  }

  void stage(std::size_t p, std::size_t s, const PlannedStage& stage) {
    const std::string output =
        stage.output_bytes > 0 ? ", the output " + bytes_text(stage.output_bytes) : "";
    begin_cluster(
        p, fmt::format("stage{}", s),
        fmt::format("stage {}: {} units of {}<BR ALIGN=\"LEFT\"/>a unit takes {}{}", s + 1,
                    stage.unit_count, size_text(stage.unit_width, stage.unit_height),
                    bytes_text(stage.arena_bytes), output));
    const std::string name = fmt::format("s{}", s);
    const std::string target = fmt::format("p{}_{}_target", p, name);
    this->target(target, stage, plan_.plan.passes[p]);
    if (stage.target >= 0) drawn_[stage.target].push_back(target);
    steps(p, name, stage.steps);
    text_ += "    }\n";
    edges(p, name, stage.steps);
    if (!stage.steps.empty()) edge(place_of(p, name, stage.steps.back()), target);
  }

  // A node whose tiles are kept, with the steps that compute them.
  void kept(std::size_t p, std::size_t k, const PlannedKept& kept) {
    begin_cluster(p, fmt::format("kept{}", k),
                  fmt::format("kept tiles of {}, computed once", escaped(kept.name)));
    const std::string name = fmt::format("k{}", k), id = shared_id(p, kept.node);
    Label label(kept.name);
    const ImageInfo& info = graph_.node(kept.node).info;
    label.line(image_text(kept.node, info.width, info.height))
        .line(fmt::format("{} tiles of {} kept", kept.tiles_computed,
                          size_text(kept.tile_width, kept.tile_height)))
        .line(fmt::format("at most {} held: {}", kept.tiles_alive,
                          bytes_text(kept.tiles_alive * kept.tile_bytes)));
    node(id, label, kKeptColour);
    drawn_[kept.node].push_back(id);
    std::vector<PlannedStep> before(kept.steps);
    before.pop_back();  // the kept node itself
    steps(p, name, before);
    text_ += "    }\n";
    edges(p, name, before);
    for (const NodeId input : kept.steps.back().inputs)
      edge(place_of(p, name, *step_of(kept.steps, input)), id);
  }

  void begin_cluster(std::size_t p, const std::string& name, const std::string& label) {
    text_ += fmt::format(
        "    subgraph cluster_pass{}_{} {{\n"
        "    style=\"rounded,filled\"; color=\"{}\"; fillcolor=\"{}\";\n"
        "    labelloc=b; label=<{}<BR ALIGN=\"LEFT\"/>>;\n",
        p, name, kQuiet, kStageColour, label);
  }

  // A step that is reached on several ways is computed on each; it is drawn once.
  void steps(std::size_t p, const std::string& stage, const std::vector<PlannedStep>& all) {
    std::map<NodeId, std::vector<const PlannedStep*>> ways;
    for (const PlannedStep& step : all)
      if (!fetched(p, step)) ways[step.node].push_back(&step);
    for (const auto& [id, steps] : ways) {
      step(step_id(p, stage, id), id, steps);
      drawn_[id].push_back(step_id(p, stage, id));
    }
  }

  void edges(std::size_t p, const std::string& stage, const std::vector<PlannedStep>& all) {
    for (const PlannedStep& step : all)
      for (const NodeId input : step.inputs)
        edge(place_of(p, stage, *step_of(all, input)), step_id(p, stage, step.node));
  }

  static const PlannedStep* step_of(const std::vector<PlannedStep>& steps, NodeId node) {
    return &*std::find_if(steps.begin(), steps.end(),
                          [&](const PlannedStep& step) { return step.node == node; });
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

  void target(const std::string& id, const PlannedStage& stage, const PlannedPass& pass) {
    const Node* const target = stage.target >= 0 ? &graph_.node(stage.target) : nullptr;
    Label label(target ? target->place.text() : stage.name);
    if (target && target->sink)
      label.line(escaped(target->sink->name()))
          .line(image_text(stage.target, target->info.width, target->info.height));
    if (!stage.purpose.empty()) label.line(escaped(stage.purpose));
    const bool spool = !target || (!target->sink && !target->reduction);
    if (spool)
      label.line(fmt::format("to a temporary file, {} of disk", bytes_text(pass.spool_bytes)));
    node(id, label, spool ? kKeptColour : target->sink ? kSinkColour : kResultColour);
  }

  // Whether the stages of the pass fetch the step's pixels, from decoded blocks or kept tiles.
  bool fetched(std::size_t p, const PlannedStep& step) const {
    const PlannedPass& pass = plan_.plan.passes[p];
    const auto has = [&](const auto& list) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& item) { return item.node == step.node; });
    };
    return step.inputs.empty() && (has(pass.sources) || has(pass.kept));
  }
  std::string place_of(std::size_t p, const std::string& stage, const PlannedStep& step) const {
    return fetched(p, step) ? shared_id(p, step.node) : step_id(p, stage, step.node);
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
        // Between two passes of a step nobody has asked for them one by one.
        if (graph_.node(ref.node).inner) continue;
        text += fmt::format("{}{}[{}]", text.empty() ? "" : ", ",
                            ref.array.empty() ? "" : escaped(ref.array), ref.index);
      }
      for (const auto& [reduction, text] : values)
        for (const std::string& from : drawn_[reduction])
          for (const std::string& to : drawn_as(id))
            text_ += fmt::format("  {} -> {} [style=dashed, label=<values{}{}>];\n", from, to,
                                 text.empty() ? "" : " ", text);
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
