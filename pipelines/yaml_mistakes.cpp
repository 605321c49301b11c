#include "pipelines/yaml_mistakes.hpp"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>

#include <algorithm>
#include <vector>

namespace sluice {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), lines.back().size() + 1));
  }
  return lines;
}

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

// "from" of "  from: x", "" where no key begins the line.
std::string_view key_of(std::string_view line) {
  const std::string_view body = trimmed(line);
  const auto colon = body.find(':');
  return colon == std::string_view::npos ? std::string_view{} : body.substr(0, colon);
}

// A list's item without a colon, as "- stats" is: what is indented below it is no part of it.
std::string step_without_colon(std::string_view item, int number, std::string_view key) {
  const std::string_view step = trimmed(item.substr(1));
  const std::string_view name = step.substr(0, step.find_first_of(kBlank));
  const std::string_view value = trimmed(step.substr(name.size()));
  std::string reason = fmt::format(
      "'{}' belongs to no step: line {} has no ':' behind the step's name; write '- {}:{}{}'", key,
      number, name, value.empty() ? "" : " ", value);
  if (key == "from" || key == "as")
    reason += fmt::format(", and '{}:' in the next line, right below '{}'", key, name);
  else if (value.empty())
    reason += fmt::format(", and '{}:' in the next line, indented more than '{}'", key, name);
  return reason;
}

// "" where the line does not stand below such an item.
std::string below_step_without_colon(const std::vector<std::string_view>& lines, std::size_t line) {
  if (line >= lines.size() || key_of(lines[line]).empty()) return {};
  for (std::size_t above = line; above-- > 0;) {
    const std::string_view item = trimmed(lines[above]);
    if (item.empty() || item.front() == '#') continue;
    if (item.starts_with("- ") && item.find(':') == std::string_view::npos && item.size() > 2)
      return step_without_colon(item, static_cast<int>(above) + 1, key_of(lines[line]));
    break;
  }
  return {};
}

// Whether a reference stands on the line without quotes.
bool bare_reference(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quote) {
      if (line[i] == quote) quote = 0;
    } else if (line[i] == '"' || line[i] == '\'') {
      quote = line[i];
    } else if (line.substr(i, 2) == "${") {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string yaml_reason(std::string_view text, Place place, const std::string& message) {
  const std::vector<std::string_view> lines = lines_of(text);
  const auto at = static_cast<std::size_t>(place.line) - 1;
  const std::string_view line = at < lines.size() ? lines[at] : std::string_view{};
  const std::string_view indent =
      line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  if (indent.find('\t') != std::string_view::npos) return "a tab indents this line; use spaces";
  const auto is = [&](const char* known) { return message == known; };
  const bool flow = is(YAML::ErrorMsg::END_OF_MAP_FLOW) || is(YAML::ErrorMsg::END_OF_SEQ_FLOW) ||
                    is(YAML::ErrorMsg::FLOW_END);
  if (flow && bare_reference(line))
    return "inside { } and [ ] a reference needs quotes, as \"${name}\"";
  if (is(YAML::ErrorMsg::END_OF_MAP_FLOW))
    return "a '{' is not closed by '}', or a text inside needs quotes";
  if (is(YAML::ErrorMsg::END_OF_SEQ_FLOW))
    return "a '[' is not closed by ']', or a text inside needs quotes";
  const bool value = is(YAML::ErrorMsg::MAP_VALUE);
  const bool end = is(YAML::ErrorMsg::END_OF_SEQ) || is(YAML::ErrorMsg::END_OF_MAP);
  if (value || end)
    if (std::string reason = below_step_without_colon(lines, at); !reason.empty()) return reason;
  if (value) return "a text with ': ' in it needs quotes, as \"a: b\"";
  if (end) return "this line is indented otherwise than those it stands with";
  if (is(YAML::ErrorMsg::UNKNOWN_TOKEN) && place.column <= static_cast<int>(line.size()))
    return fmt::format("a text that begins with '{}' needs quotes",
                       line[static_cast<std::size_t>(place.column) - 1]);
  return message;
}

}  // namespace sluice
