// Help on steps, made from their declarations.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common_options.hpp"
#include "engine/options.hpp"
#include "exit_codes.hpp"
#include "pipelines/registry.hpp"
#include "pipelines/synonyms.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWidth = 96;

// Text in lines of at most kWidth characters, each after `indent` spaces.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string lines, line;
  std::size_t begin = 0;
  const auto flush = [&] {
    if (!line.empty()) lines += std::string(indent, ' ') + line + "\n";
    line.clear();
  };
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) flush();
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  flush();
  return lines;
}

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::string inputs_text(InputCount count) {
  if (count.most == 0) return "none: it begins a pipeline";
  if (count.most < 0) return fmt::format("{} or more", count.least);
  return count.least == count.most ? std::to_string(count.most)
                                   : fmt::format("{} to {}", count.least, count.most);
}

std::string list_of_steps() {
  std::vector<std::string> families;
  for (const StepSpec& step : all_steps())
    if (std::find(families.begin(), families.end(), step.family) == families.end())
      families.push_back(step.family);
  std::string text;
  for (const std::string& family : families) {
    text += family + "\n";
    for (const StepSpec& step : all_steps())
      if (step.family == family)
        text += fmt::format("  {:<15}", step.name) +
                wrapped(first_sentence(step.summary), 17).substr(17);
    text += "\n";
  }
  return text + "'sluice ops NAME' explains one.\n";
}

// "stretch low high [option=value ...]": values that may come without a name first, in their order.
std::string usage_of(const StepSpec& step) {
  std::string text = step.name;
  for (const OptionSpec* option : step.bare_options())
    text += option->required ? " " + option->name : " [" + option->name + "]";
  return text + (step.options.empty() ? "" : " [option=value ...]");
}

bool takes_path(const StepSpec& step) {
  return std::any_of(step.options.begin(), step.options.end(),
                     [](const OptionSpec& o) { return o.bare && o.file; });
}

// With which other options an option acts: "mode=constant", "width or height".
std::string condition_of(const OptionSpec& option) {
  std::string text;
  for (const auto& [name, value] : option.acts_with)
    text += (text.empty() ? "" : " or ") + name + (value.empty() ? "" : "=" + value);
  return text;
}

std::string help_of(const StepSpec& step) {
  std::string text = step.name + " (" + step.family + ")\n\n" + wrapped(step.summary, 0) +
                     "\nUsage: " + usage_of(step) + "\n";
  if (takes_path(step))
    text += wrapped(
        "A word with '=' in it is a path where its beginning is no option's name: "
        "date=2020/in.tif. Else write ./level=1.tif.",
        7);
  text += "Inputs: " + inputs_text(step.inputs) + "\n";
  if (step.options.empty()) return text + "Options: none\n";
  text += "Options:\n";
  for (const OptionSpec& option : step.options) {
    text += fmt::format("  {}: {}", option.name, option.type);
    if (const std::string range = option.range_text(); !range.empty()) text += "; " + range;
    if (option.required)
      text += "; required";
    else if (!option.default_text.empty())
      text += "; default " + option.default_text;
    if (option.bare) text += "; its name may be left out";
    if (const std::string with = condition_of(option); !with.empty()) text += "; with " + with;
    if (option.late) text += "; may be a result, ${name[0]}";
    if (option.input_names) text += "; by default the names of the steps that come in";
    text += "\n" + wrapped(option.help, 6);
  }
  return text;
}

Json json_of(const StepSpec& step) {
  Json json{{"name", step.name}, {"family", step.family}, {"summary", step.summary}};
  json["inputs"] = {{"least", step.inputs.least},
                    {"most", step.inputs.most < 0 ? Json(nullptr) : Json(step.inputs.most)}};
  json["options"] = Json::array();
  for (const OptionSpec& option : step.options)
    json["options"].push_back({{"name", option.name},
                               {"type", option.type},
                               {"range", option.range_text()},
                               {"default", option.default_text},
                               {"required", option.required},
                               {"bare", option.bare},
                               {"late", option.late},
                               {"acts_with", condition_of(option)},
                               {"help", option.help}});
  return json;
}

}  // namespace

int ops_command(const std::vector<std::string>& words, Signals&) {
  CommandLine line("ops", "[NAME ...]", "Lists the steps there are, or explains some.");
  line.add_json();
  const auto rest = line.parse(words);
  if (!rest) return kDone;
  std::vector<const StepSpec*> chosen;
  for (const std::string& name : *rest) {
    const StepSpec* step = find_step(name);
    if (!step) {
      std::vector<std::string> known;
      for (const StepSpec& s : all_steps())
        known.push_back(s.name);
      const std::string other = other_word_for(name, known);
      throw Error(ErrorKind::usage,
                  fmt::format("there is no step '{}'{}", name,
                              other.empty() ? did_you_mean(name, known) : "; " + other));
    }
    chosen.push_back(step);
  }
  if (line.options().json) {
    Json all = Json::array();
    if (rest->empty())
      for (const StepSpec& step : all_steps())
        all.push_back(json_of(step));
    for (const StepSpec* step : chosen)
      all.push_back(json_of(*step));
    std::fputs((all.dump(2) + "\n").c_str(), stdout);
    return kDone;
  }
  std::string text = rest->empty() ? list_of_steps() : "";
  for (const StepSpec* step : chosen)
    text += (text.empty() ? "" : "\n") + help_of(*step);
  std::fputs(text.c_str(), stdout);
  return kDone;
}

}  // namespace sluice::tool
