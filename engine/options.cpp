// What is declared and written, as text for messages.
#include "engine/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/declare_step.hpp"

namespace sluice {

namespace {

constexpr std::size_t kShownText = 40;  // longest piece of a value repeated in a message
constexpr std::size_t kShownItems = 4;

std::string quoted(const std::string& text) {
  std::string shown;
  for (const char c : text.substr(0, kShownText))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return '"' + shown + (text.size() > kShownText ? "...\"" : "\"");
}

}  // namespace

std::string Value::kind() const {
  constexpr const char* names[] = {"nothing", "true or false", "an integer", "a number",
                                   "text",    "a list",        "a map",      "a result"};
  return names[v.index()];
}

std::string Value::text() const {
  struct Writer {
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(std::int64_t i) const { return std::to_string(i); }
    std::string operator()(double d) const { return option_types::show(d); }
    std::string operator()(const std::string& s) const { return quoted(s); }
    std::string operator()(const List& list) const {
      std::string all = "[";
      for (std::size_t i = 0; i < std::min(list.size(), kShownItems); ++i)
        all += (i ? ", " : "") + (list[i].v.index() == 5 ? "[...]" : list[i].text());
      return all + (list.size() > kShownItems ? ", ...]" : "]");
    }
    std::string operator()(const Map& map) const {
      return map.empty() ? "{}" : "{" + map.front().first + ": ...}";
    }
    std::string operator()(const LateRef&) const { return "a result"; }
  };
  return std::visit(Writer{}, v);
}

std::string OptionSpec::range_text() const {
  const bool low = std::isfinite(minimum), high = std::isfinite(maximum);
  if (low && high && !exclusive_minimum)
    return option_types::show(minimum) + " to " + option_types::show(maximum);
  std::string text;
  if (low) text = (exclusive_minimum ? "above " : "at least ") + option_types::show(minimum);
  if (high) text += (low ? " and at most " : "at most ") + option_types::show(maximum);
  return text;
}

const OptionSpec* StepSpec::find(std::string_view option) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const OptionSpec& o) { return o.name == option; });
  return found == options.end() ? nullptr : &*found;
}

std::vector<std::string> StepSpec::option_names() const {
  std::vector<std::string> names;
  for (const OptionSpec& option : options)
    names.push_back(option.name);
  return names;
}

std::vector<const OptionSpec*> StepSpec::bare_options() const {
  std::vector<const OptionSpec*> bare;
  for (const OptionSpec& option : options)
    if (option.bare) bare.push_back(&option);
  return bare;
}

}  // namespace sluice
