#include "engine/file_conflicts.hpp"

#include <fmt/format.h>

#include <map>

namespace sluice {

namespace {

class Finder {
 public:
  Finder(const Graph& graph, bool resumes) : graph_(graph), resumes_(resumes) {}

  std::vector<FileConflict> run() {
    for (const Node& node : graph_.nodes()) {
      const ByteSource* bytes = node.source ? node.source->bytes() : nullptr;
      if (const auto file = bytes ? bytes->identity() : std::nullopt)
        uses_.emplace(FilePlace{file->device, file->inode, ""},
                      Use{-1, "the file that " + node.place.text() + " reads"});
    }
    for (NodeId id = 0; id < static_cast<NodeId>(graph_.nodes().size()); ++id) {
      const Node& node = graph_.node(id);
      if (!node.sink || node.sink->path().empty()) continue;
      const std::string path = node.sink->path();
      take(id, path, fmt::format("'{}' is ", path), "already written by " + node.place.text());
      if (!resumes_) continue;
      for (const std::string& hidden : {partial_name(path), journal_name(path)})
        take(id, hidden, fmt::format("'{}' keeps what is done in '{}', which is ", path, hidden),
             fmt::format("where this run keeps what is done of '{}'", path));
    }
    return std::move(conflicts_);
  }

 private:
  // `what`: how a message about it begins; `use`: how one about a later file ends.
  void take(NodeId sink, const std::string& path, const std::string& what, std::string use) {
    const auto place = place_of(path);
    if (!place) return;
    const auto [first, fresh] = uses_.emplace(*place, Use{sink, std::move(use)});
    // A run that was killed while it named its outputs may have left one under both its names.
    if (!fresh && first->second.sink != sink)
      conflicts_.push_back({sink, what + first->second.text});
  }

  struct Use {
    NodeId sink;  ///< -1: a source
    std::string text;
  };

  const Graph& graph_;
  const bool resumes_;
  std::map<FilePlace, Use> uses_;
  std::vector<FileConflict> conflicts_;
};

}  // namespace

std::vector<FileConflict> file_conflicts(const Graph& graph, bool resumes) {
  return Finder(graph, resumes).run();
}

}  // namespace sluice
