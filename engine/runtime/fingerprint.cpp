#include "engine/runtime/fingerprint.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "engine/checksum.hpp"
#include "engine/runtime/record.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kLookedAt = 64 << 10;  // bytes of each end of an input

// Nodes and edges; what their options are is in the caller's text.
std::string graph_text(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes()) {
    const ImageInfo& info = node.info;
    text += fmt::format("{} {} x {} x {} {} from", node.place.step, info.width, info.height,
                        info.channels(), name_of(info.type));
    for (const NodeId input : node.inputs)
      text += fmt::format(" {}", input);
    for (const LateRef& ref : node.late)
      text += fmt::format(" {}.{}[{}]", ref.node, ref.array, ref.index);
    text += '\n';
  }
  return text;
}

std::string checksum_of_ends(const ByteSource& bytes) {
  const std::int64_t size = bytes.size(), first = std::min(size, kLookedAt),
                     last = std::min(size - first, kLookedAt);
  std::vector<std::byte> buffer(static_cast<std::size_t>(first));
  bytes.read(0, buffer);
  std::uint64_t sum = checksum(buffer);
  buffer.resize(static_cast<std::size_t>(last));
  bytes.read(size - last, buffer);
  sum = checksum(buffer, sum);
  return fmt::format("{:016x}", sum);
}

void add_input(const Source& source, std::vector<Fact>& facts) {
  const ByteSource* bytes = source.bytes();
  if (!bytes) return;
  facts.push_back({fmt::format("the size of '{}'", bytes->name()), std::to_string(bytes->size())});
  struct stat status {};
  if (!bytes->path().empty() && stat(bytes->path().c_str(), &status) == 0)
    facts.push_back({fmt::format("the time of the last change of '{}'", bytes->name()),
                     fmt::format("{}.{:09} s", status.st_mtim.tv_sec, status.st_mtim.tv_nsec)});
  facts.push_back(
      {fmt::format("the checksum of the ends of '{}'", bytes->name()), checksum_of_ends(*bytes)});
}

// The next line of `text`, taken off it.
std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// "'resize scale=0.5' then, 'resize scale=0.6' now": the first line that differs.
std::string first_difference(std::string_view earlier, std::string_view now) {
  constexpr std::size_t kLongest = 200;
  while (!earlier.empty() || !now.empty()) {
    const std::string_view a = next_line(earlier), b = next_line(now);
    if (a != b)
      return fmt::format("'{}' then, '{}' now", a.substr(0, kLongest), b.substr(0, kLongest));
  }
  return "another number of lines";
}

}  // namespace

std::vector<Fact> fingerprint_of(const Graph& graph, NodeId sink, const ResumeOptions& options) {
  std::vector<Fact> facts{{"the version of Sluice", SLUICE_VERSION},
                          {"the pipeline", options.pipeline},
                          {"the graph", graph_text(graph)}};
  for (const Node& node : graph.nodes())
    if (node.source) add_input(*node.source, facts);
  facts.push_back({"the form of the output", graph.node(sink).sink->resumable()->layout()});
  return facts;
}

std::string difference_of(std::span<const Fact> earlier, std::span<const Fact> now) {
  for (std::size_t i = 0; i < std::max(earlier.size(), now.size()); ++i) {
    if (i >= earlier.size() || i >= now.size() || earlier[i].name != now[i].name)
      return "the inputs are others";
    if (earlier[i].value != now[i].value)
      return fmt::format("{} has changed ({})", now[i].name,
                         first_difference(earlier[i].value, now[i].value));
  }
  return {};
}

std::vector<std::byte> encoded(std::span<const Fact> facts) {
  RecordWriter record;
  for (const Fact& fact : facts) {
    record.put(std::string_view(fact.name));
    record.put(std::string_view(fact.value));
  }
  return {record.bytes().begin(), record.bytes().end()};
}

std::vector<Fact> decoded_facts(std::span<const std::byte> bytes) {
  RecordReader record(bytes);
  std::vector<Fact> facts;
  while (!record.done()) {
    std::string name = record.text();
    facts.push_back({std::move(name), record.text()});
  }
  return facts;
}

}  // namespace sluice
