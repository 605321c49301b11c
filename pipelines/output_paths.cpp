#include "pipelines/output_paths.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <utility>

namespace sluice {

namespace {

// What identifies a file: device and inode where it exists; else those of its folder and its name.
struct Identity {
  dev_t device = 0;
  ino_t inode = 0;
  std::string name;
  friend bool operator==(const Identity&, const Identity&) = default;
};

std::optional<Identity> identity(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return Identity{status.st_dev, status.st_ino, ""};
  const std::filesystem::path p(path);
  const std::string folder = p.has_parent_path() ? p.parent_path().string() : ".";
  if (stat(folder.c_str(), &status) == 0)
    return Identity{status.st_dev, status.st_ino, p.filename().string()};
  return std::nullopt;
}

std::string path_of(const Source& source) {
  const ByteSource* bytes = source.bytes();
  const std::string path = bytes ? bytes->path() : "";
  return path.empty() ? source.name() : path;
}

}  // namespace

void check_output_paths(const Graph& graph, const std::vector<Place>& places,
                        Diagnostics& diagnostics) {
  struct Output {
    Identity identity;
    Place place;
    std::string step;
  };
  std::vector<Output> outputs;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (!node.sink) continue;
    const auto target = identity(node.sink->name());
    if (!target) continue;
    for (const Node& other : graph.nodes())
      if (other.source && identity(path_of(*other.source)) == target)
        diagnostics.error(places.at(i),
                          fmt::format("{}: '{}' is the file that {} reads", node.place.step,
                                      node.sink->name(), other.place.text()));
    for (const Output& other : outputs)
      if (other.identity == *target)
        diagnostics.error(places.at(i),
                          fmt::format("{}: '{}' is already written by {}", node.place.step,
                                      node.sink->name(), other.step));
    outputs.push_back({*target, places.at(i), node.place.text()});
  }
}

}  // namespace sluice
