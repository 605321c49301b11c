#include "values_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "numbers.hpp"

namespace sluice::tool {

std::string role_name(BandRole role) {
  constexpr const char* kNames[] = {"data", "grey",    "red",     "green", "blue",
                                    "cyan", "magenta", "yellow",  "black", "lightness",
                                    "a",    "b",       "palette", "alpha"};
  return kNames[static_cast<int>(role)];
}

std::string channel_name(const ImageInfo& info, int c) {
  const BandInfo& band = info.bands.at(static_cast<std::size_t>(c));
  if (!band.name.empty()) return band.name;
  return band.role == BandRole::data ? fmt::format("band {}", c) : role_name(band.role);
}

std::string values_table(const Pipeline& pipeline) {
  using Row = std::vector<std::string>;
  std::string text;
  for (const NamedResult& result : pipeline.results) {
    if (result.consumed) continue;
    const ImageInfo& info = pipeline.graph->node(result.result.node()).info;
    std::vector<Row> rows(1, Row{result.name});
    for (int c = 0; c < info.channels(); ++c)
      rows[0].push_back(channel_name(info, c));
    for (const auto& [name, elements] : result.result.values().arrays)
      for (std::size_t i = 0; i < elements.size(); ++i) {
        Row& row = rows.emplace_back();
        row.push_back(elements.size() == 1 ? name : fmt::format("{}[{}]", name, i));
        for (const double value : elements[i])
          row.push_back(number_text(value));
      }
    std::vector<std::size_t> widths;
    for (const Row& row : rows)
      for (std::size_t k = 0; k < row.size(); ++k) {
        if (k == widths.size()) widths.push_back(0);
        widths[k] = std::max(widths[k], row[k].size());
      }
    if (!text.empty()) text += '\n';
    for (const Row& row : rows) {
      for (std::size_t k = 0; k < row.size(); ++k)
        text += k == 0 ? fmt::format("{:<{}}", row[k], widths[k])
                       : fmt::format("  {:>{}}", row[k], widths[k]);
      text += '\n';
    }
  }
  return text;
}

}  // namespace sluice::tool
