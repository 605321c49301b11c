#include "pipelines/step_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "pipelines/synonyms.hpp"

namespace sluice {

namespace {

// "a, b and c"
std::string all_of(const std::vector<std::string>& words, std::string_view last = "and") {
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) all += i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    all += words[i];
  }
  return all;
}

bool is_there(const std::string& path) {
  std::error_code none;
  return !path.empty() && std::filesystem::exists(path, none);
}

class Assigner {
 public:
  Assigner(const DescribedStep& step, const StepSpec& spec, std::span<const StepSpec> steps,
           void* options, Scope& scope, const FindResult& find_result, const PipelineOptions& how,
           Diagnostics& diagnostics)
      : step_(step),
        steps_(steps),
        spec_(spec),
        options_(options),
        scope_(scope),
        find_result_(find_result),
        how_(how),
        diagnostics_(diagnostics) {}

  std::set<std::string> run() {
    for (const DescribedOption& written : step_.options) {
      const DescribedOption option = or_path(written);
      const OptionSpec* spec = declared(option);
      if (!spec) continue;
      if (given_.insert(spec->name).second)
        assign(*spec, option);
      else
        error(option.place, fmt::format("{}: '{}' is given twice", spec_.name, spec->name));
    }
    for (const auto& [key, text] : how_.defaults) {
      const OptionSpec* spec = spec_.find(key);
      if (!spec || given_.count(key)) continue;
      spec->assign(*spec, options_, scope_.value(word_node(text, {}), *spec, find_result_));
    }
    for (const OptionSpec& spec : spec_.options)
      if (spec.required && !given_.count(spec.name)) missing(spec);
    for (const DescribedOption& written : step_.options)
      if (const OptionSpec* spec = spec_.find(written.name)) check_acts(*spec, written.place);
    return std::move(given_);
  }

 private:
  void error(Place place, std::string reason) { diagnostics_.error(place, std::move(reason)); }
  bool on_command_line() const { return diagnostics_.origin().command_line; }

  bool is_step(const std::string& word) const {
    return std::any_of(steps_.begin(), steps_.end(),
                       [&](const StepSpec& s) { return s.name == word; });
  }
  bool takes_path() const {
    return std::any_of(spec_.options.begin(), spec_.options.end(),
                       [](const OptionSpec& o) { return o.bare && o.file; });
  }
  // The word of a command line that stands there, "" where it is none with a '=' in it.
  std::string word_at(Place place) const {
    const auto& words = diagnostics_.origin().words;
    if (!on_command_line() || place.column < 1) return {};
    const std::string& word = words.at(static_cast<std::size_t>(place.column - 1));
    return word.find('=') == std::string::npos ? "" : word;
  }

  // A word with '=' in it is a path, not an option, where the step takes one, has no such option
  // nor one that is probably meant, or where there is such a file.
  DescribedOption or_path(const DescribedOption& option) const {
    if (!on_command_line() || option.name.empty() || spec_.find(option.name) || !takes_path())
      return option;
    const std::string word = word_at(option.place);
    const bool meant = !nearest_name(option.name, spec_.option_names()).empty() ||
                       !other_option_for(spec_, option.name).empty();
    return meant && !is_there(word)
               ? option
               : DescribedOption{"", option.place, word_node(word, option.place)};
  }

  // The declaration that an option as written means, or null after reporting why there is none.
  const OptionSpec* declared(const DescribedOption& option) {
    if (option.name.empty()) return next_bare(option);
    if (const OptionSpec* spec = spec_.find(option.name)) return spec;
    if (option.name == "from" || option.name == "as") {
      error(option.place,
            fmt::format("'{0}' stands among the options of {1}; it belongs right below its name, "
                        "as '- {1}:' and '  {0}: ...'",
                        option.name, spec_.name));
    } else if (spec_.options.empty()) {
      error(option.place, fmt::format("{} takes no options", spec_.name));
    } else {
      const std::string other = other_option_for(spec_, option.name);
      const std::string word = word_at(option.place);
      error(option.place,
            fmt::format(
                "{} has no option '{}'{}{}", spec_.name, option.name,
                other.empty() ? did_you_mean(option.name, spec_.option_names()) : "; " + other,
                takes_path() && !word.empty()
                    ? fmt::format("; a path with a '=' in it is './{}'", word)
                    : ""));
    }
    return nullptr;
  }

  const OptionSpec* next_bare(const DescribedOption& option) {
    const std::vector<const OptionSpec*> bare = spec_.bare_options();
    if (taken_ < bare.size()) return bare[taken_++];
    const auto& word = option.value.text;
    std::string reason;
    if (on_command_line() && is_step(word))
      reason = fmt::format("'{}' is a step: '!' stands between two steps", word);
    else if (on_command_line() && word.starts_with('!') && is_step(word.substr(1)))
      reason = fmt::format("a blank stands behind '!', as '! {}'", word.substr(1));
    else if (spec_.options.empty())
      reason = fmt::format("{} takes no options", spec_.name);
    else if (bare.empty())
      reason =
          fmt::format("{} takes its options by name: {}", spec_.name, all_of(spec_.option_names()));
    else
      reason = one_more(bare, option);
    error(option.place, reason);
    return nullptr;
  }

  // More values without a name than the step takes.
  std::string one_more(const std::vector<const OptionSpec*>& bare,
                       const DescribedOption& option) const {
    std::vector<std::string> names;
    for (const OptionSpec* spec : bare)
      names.push_back("'" + spec->name + "'");
    const OptionSpec& last = *bare.back();
    std::string advice;
    if (last.type.starts_with("list of"))
      advice = "; a list goes in one word, as 1,2";
    else if (last.type == "text")
      advice = "; a text with blanks goes in quotes";
    return fmt::format("{} takes {} without a name, and \"{}\" is one more{}; the options are {}",
                       spec_.name, all_of(names), option.value.text, advice,
                       all_of(spec_.option_names()));
  }

  void assign(const OptionSpec& spec, const DescribedOption& option) {
    try {
      const Value value = scope_.value(option.value, spec, find_result_);
      if (std::holds_alternative<std::monostate>(value.v))
        throw Error(ErrorKind::usage, fmt::format("'{}' has no value", spec.name))
            .at_line(option.place.line, option.place.column);
      const auto* text = std::get_if<std::string>(&value.v);
      if (spec.file && text && *text == "-") take_stream(spec, option.place);
      spec.assign(spec, options_, value);
    } catch (const Error& e) {
      error({e.line(), e.column()},
            fmt::format("{}: {}{}", spec_.name, e.reason(), advice(spec, option)));
    }
  }

  // What to try where a value was not taken.
  std::string advice(const OptionSpec& spec, const DescribedOption& option) const {
    if (option.value.as_word && option.value.text.empty())
      return fmt::format(
          "; a shell leaves nothing of ${{...}} without single quotes: write '{}=${{...}}'",
          spec.name);
    const std::string word = option.name.empty() ? "" : word_at(option.place);
    if (takes_path() && is_there(word)) return fmt::format("; the file is './{}'", word);
    return {};
  }

  void take_stream(const OptionSpec& spec, Place place) {
    if (spec.take_open_stream && how_.open_stream) {
      spec.take_open_stream(options_, how_.open_stream);
      return;
    }
    throw Error(ErrorKind::usage,
                fmt::format("{}; a file called '-' is './-'",
                            spec_.inputs.most == 0
                                ? "images are not read from standard input, since they are not "
                                  "read from their first byte to their last: save it to a file, "
                                  "and read that"
                                : "there is no standard output to write to"))
        .at_line(place.line, place.column);
  }

  void missing(const OptionSpec& spec) {
    std::string hint;
    const auto& written = step_.options;
    const std::vector<const OptionSpec*> bare = spec_.bare_options();
    if (!on_command_line() && written.size() == 1 && written.front().name.empty() &&
        written.front().value.is(DocNode::Kind::list) && bare.size() > 1)
      hint = fmt::format("; the list went to '{0}': write {{ {0}: ..., {1}: ... }}",
                         bare.front()->name, spec.name);
    error(step_.name.place, fmt::format("{} needs the option '{}'{}", spec_.name, spec.name, hint));
  }

  // Options that do nothing beside the others that are given.
  void check_acts(const OptionSpec& spec, Place place) {
    if (spec.acts_with.empty()) return;
    std::vector<std::string> with;
    std::string here;
    for (const auto& [name, value] : spec.acts_with) {
      const OptionSpec* other = spec_.find(name);
      const std::string is = other ? other->show(options_) : "";
      if (value.empty() ? given_.count(name) > 0 : is == value) return;
      with.push_back(value.empty() ? fmt::format("'{}'", name) : fmt::format("{}={}", name, value));
      if (!value.empty()) here = fmt::format("{}={}", name, is);
    }
    error(place, fmt::format("{}: '{}' does nothing {}; it acts with {}", spec_.name, spec.name,
                             here.empty() ? "here" : "with " + here, all_of(with, "or")));
  }

  const DescribedStep& step_;
  std::span<const StepSpec> steps_;
  const StepSpec& spec_;
  void* options_;
  Scope& scope_;
  const FindResult& find_result_;
  const PipelineOptions& how_;
  Diagnostics& diagnostics_;
  std::set<std::string> given_;
  std::size_t taken_ = 0;  // options whose values came without a name
};

}  // namespace

std::set<std::string> assign_options(const DescribedStep& step, const StepSpec& spec,
                                     std::span<const StepSpec> steps, void* options, Scope& scope,
                                     const FindResult& find_result, const PipelineOptions& how,
                                     Diagnostics& diagnostics) {
  return Assigner(step, spec, steps, options, scope, find_result, how, diagnostics).run();
}

}  // namespace sluice
