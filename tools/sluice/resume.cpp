#include "resume.hpp"

#include <string_view>

namespace sluice::tool {

namespace {

// As a shell takes it for one word.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text(1, '\'');
  for (const char c : word) {
    if (c == '\'')
      text.append("'\\''");
    else
      text.push_back(c);
  }
  text.push_back('\'');
  return text;
}

}  // namespace

void set_resume(RunOptions& run, const Pipeline& pipeline, Signals& signals) {
  run.resume.on = true;
  run.resume.pipeline = canonical_text(pipeline);
  run.resume.discard = signals.discard();
  run.resume.keeping = [&signals] { signals.keeping(); };
  const Graph& graph = *pipeline.graph;
  KeptFiles files;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
    const auto& sink = graph.node(id).sink;
    if (!sink || sink->path().empty()) continue;
    files.partial.push_back(partial_name(sink->path()));
    if (why_not_resumable(graph, id).empty()) files.journals.push_back(journal_name(sink->path()));
  }
  if (!files.journals.empty()) signals.set_resumable(std::move(files));
}

std::string resume_advice(const std::vector<std::string>& words) {
  std::string text = "what is done was kept; to go on: sluice";
  for (const std::string& word : words)
    text.append(1, ' ').append(quoted(word));
  return text;
}

}  // namespace sluice::tool
