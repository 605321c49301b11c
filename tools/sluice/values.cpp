#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/result_count.hpp"
#include "numbers.hpp"
#include "ops/common/band_names.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

// Names come from files: what would move a terminal's cursor is shown as "?".
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

// Characters, for columns: UTF-8's continuation bytes do not count.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows)
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (k == widths.size()) widths.push_back(0);
      widths[k] = std::max(widths[k], width_of(row[k]));
    }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) {
      const std::string space(widths[k] - width_of(row[k]), ' ');
      text += k == 0 ? row[k] + space : fmt::format("  {}{}", space, row[k]);
    }
    text.resize(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

Json number(double v) {
  if (!std::isfinite(v)) return nullptr;
  if (v == std::nearbyint(v) && std::abs(v) <= 0x1p53) return static_cast<std::int64_t>(v);
  return v;
}

// What each of the pipeline's results is called: its name given by `as`, else its step's, with a
// number where that is taken. Consumed ones count, so that names do not depend on which are shown.
std::vector<std::string> result_names(const Pipeline& pipeline) {
  std::map<NodeId, std::string> given;
  std::set<std::string> taken;
  for (const PipelineStep& step : pipeline.steps)
    if (!step.as.empty() && step.node >= 0) {
      given[step.node] = step.as;
      taken.insert(step.as);
    }
  std::vector<std::string> names;
  for (const NamedResult& result : pipeline.results) {
    std::string name = result.name;
    if (!given.contains(result.result.node()))
      for (int i = 2; !taken.insert(name).second; ++i)
        name = fmt::format("{}-{}", result.name, i);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

std::string channel_name(const ImageInfo& info, int c) {
  const std::string word = band_word(info.bands.at(static_cast<std::size_t>(c)));
  return word.empty() ? fmt::format("band {}", c) : word;
}

std::int64_t values_text_bytes(const Graph& graph) {
  // A number as JSON and in the text of it, or in a table and in the text of that: vectors and
  // strings have room for twice what they hold.
  constexpr std::int64_t kNumber = 64;
  std::int64_t numbers = 0;
  for (const Node& node : graph.nodes())
    if (node.reduction) numbers += result_count(node) + node.info.channels();
  return numbers * kNumber;
}

std::string values_table(const Pipeline& pipeline) {
  std::string text;
  const std::vector<std::string> names = result_names(pipeline);
  for (std::size_t r = 0; r < names.size(); ++r) {
    const NamedResult& result = pipeline.results[r];
    if (result.consumed) continue;
    const ImageInfo& info = pipeline.graph->node(result.result.node()).info;
    std::vector<Row> rows(1, Row{names[r]});
    for (int c = 0; c < info.channels(); ++c)
      rows[0].push_back(one_line(channel_name(info, c)));
    for (const auto& [name, elements] : result.result.values().arrays)
      for (std::size_t i = 0; i < elements.size(); ++i) {
        Row& row = rows.emplace_back();
        row.push_back(elements.size() == 1 ? name : fmt::format("{}[{}]", name, i));
        for (const double value : elements[i])
          row.push_back(number_text(value));
      }
    if (!text.empty()) text += '\n';
    text += table(rows);
  }
  return text;
}

Json values_json(const Pipeline& pipeline, bool consumed) {
  Json values = Json::object();
  const std::vector<std::string> names = result_names(pipeline);
  for (std::size_t r = 0; r < names.size(); ++r) {
    const NamedResult& result = pipeline.results[r];
    if (result.consumed && !consumed) continue;
    const ImageInfo& info = pipeline.graph->node(result.result.node()).info;
    Json item = Json::object();
    for (int c = 0; c < info.channels(); ++c)
      item["channels"].push_back(channel_name(info, c));
    for (const auto& [name, elements] : result.result.values().arrays) {
      Json& list = item[name] = Json::array();
      for (const auto& channels : elements) {
        Json& row = list.emplace_back(Json::array());
        for (const double value : channels)
          row.push_back(number(value));
      }
    }
    values[names[r]] = std::move(item);
  }
  return values;
}

}  // namespace sluice::tool
