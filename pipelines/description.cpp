#include "pipelines/description.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/options.hpp"

namespace sluice {

namespace {

constexpr std::string_view kVersion = "1";  // of the file format, the value of `sluice:`
const std::string kKeys[] = {"sluice", "params", "steps"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class FileReader {
 public:
  explicit FileReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Description read(const DocNode& root) {
    if (diagnostics_.any()) return {};
    if (!root.is(DocNode::Kind::map)) {
      diagnostics_.error(
          root.place,
          fmt::format("a pipeline file is a map with the keys sluice, params and steps, not {}",
                      root.kind_text()));
      return {};
    }
    const DocNode *version = nullptr, *params = nullptr, *steps = nullptr;
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
      const std::string& key = root.keys[i].text;
      if (key == "sluice")
        version = &root.items[i];
      else if (key == "params")
        params = &root.items[i];
      else if (key == "steps")
        steps = &root.items[i];
      else
        diagnostics_.error(root.keys[i].place, fmt::format("a pipeline file has no key '{}'{}", key,
                                                           did_you_mean(key, kKeys)));
    }
    check_version(root, version);
    if (params) read_params(*params);
    if (!steps)
      diagnostics_.error(root.place, "the key 'steps' is missing");
    else
      read_steps(*steps);
    return std::move(description_);
  }

 private:
  void check_version(const DocNode& root, const DocNode* version) {
    if (!version)
      diagnostics_.error(
          root.place,
          fmt::format("the format's version is missing: begin with 'sluice: {}'", kVersion));
    else if (version->text != kVersion)
      diagnostics_.error(
          version->place,
          fmt::format("version '{}' of the format is not known; this build reads version {}",
                      version->text, kVersion));
  }

  void read_params(const DocNode& params) {
    if (params.is(DocNode::Kind::null)) return;
    if (!params.is(DocNode::Kind::map)) {
      diagnostics_.error(params.place, fmt::format("params is a map of names and values, not {}",
                                                   params.kind_text()));
      return;
    }
    for (std::size_t i = 0; i < params.keys.size(); ++i) {
      const DocNode& key = params.keys[i];
      if (!is_name(key.text))
        diagnostics_.error(key.place, not_a_name(key.text));
      else if (params.items[i].is(DocNode::Kind::map))
        diagnostics_.error(
            params.items[i].place,
            fmt::format("the parameter '{}' is a single value or a list, not a map", key.text));
      else
        description_.params.push_back({{key.text, key.place}, params.items[i]});
    }
  }

  void read_steps(const DocNode& steps) {
    if (!steps.is(DocNode::Kind::list)) {
      diagnostics_.error(
          steps.place,
          fmt::format("steps is a list, each step beginning with '-', not {}", steps.kind_text()));
      return;
    }
    for (const DocNode& step : steps.items)
      read_step(step);
    if (steps.items.empty()) diagnostics_.error(steps.place, "there are no steps");
  }

  void read_step(const DocNode& node) {
    DescribedStep step;
    if (node.is(DocNode::Kind::scalar)) {
      step.name = {node.text, node.place};
      description_.steps.push_back(std::move(step));
      return;
    }
    if (!node.is(DocNode::Kind::map)) {
      diagnostics_.error(
          node.place, fmt::format("a step is a name with its options, not {}", node.kind_text()));
      return;
    }
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const DocNode& key = node.keys[i];
      const DocNode& value = node.items[i];
      if (key.text == "as") {
        read_as(value, step);
      } else if (key.text == "from") {
        read_from(value, step);
      } else if (step.name.text.empty()) {
        step.name = {key.text, key.place};
        read_options(value, step);
      } else {
        diagnostics_.error(
            key.place,
            fmt::format(
                "'{}' stands beside the step '{}'; indent it to make it one of its options, "
                "or begin a step with '-'",
                key.text, step.name.text));
      }
    }
    if (step.name.text.empty()) {
      diagnostics_.error(node.place, "a step without an operation");
      return;
    }
    description_.steps.push_back(std::move(step));
  }

  void read_as(const DocNode& value, DescribedStep& step) {
    if (!value.is(DocNode::Kind::scalar))
      diagnostics_.error(value.place, fmt::format("'as' takes a name, not {}", value.kind_text()));
    else if (!is_name(value.text))
      diagnostics_.error(value.place, not_a_name(value.text));
    else
      step.as = {value.text, value.place};
  }

  void read_from(const DocNode& value, DescribedStep& step) {
    std::vector<DescribedName> names;
    const bool list = value.is(DocNode::Kind::list);
    for (const DocNode& name : list ? std::span(value.items) : std::span(&value, 1)) {
      if (!name.is(DocNode::Kind::scalar)) {
        diagnostics_.error(name.place, fmt::format("'from' takes a name or a list of names, not {}",
                                                   name.kind_text()));
        return;
      }
      names.push_back({name.text, name.place});
    }
    if (names.empty())
      diagnostics_.error(value.place, "'from' takes a name or a list of names, not an empty list");
    else
      step.from = std::move(names);
  }

  static void read_options(const DocNode& value, DescribedStep& step) {
    if (value.is(DocNode::Kind::null)) return;
    if (!value.is(DocNode::Kind::map)) {
      step.options.push_back({"", value.place, value});
      return;
    }
    for (std::size_t i = 0; i < value.keys.size(); ++i)
      step.options.push_back({value.keys[i].text, value.keys[i].place, value.items[i]});
  }

 public:
  static std::string not_a_name(const std::string& text) {
    return fmt::format("'{}' is not a name: letters, digits, _ and -, a letter first", text);
  }

 private:
  Diagnostics& diagnostics_;
  Description description_;
};

// Reads "name[=value]" words between two "!".
class WordReader {
 public:
  explicit WordReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Description read() {
    const auto& words = diagnostics_.origin().words;
    if (words.empty()) diagnostics_.error({}, "there are no steps");
    bool begin = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const Place place{0, static_cast<int>(i + 1)};
      if (words[i] == "!") {
        if (begin)
          diagnostics_.error(place, "there is no step before this '!'");
        else if (i + 1 == words.size())
          diagnostics_.error(place, "there is no step after this '!'");
        begin = true;
      } else if (begin) {
        description_.steps.emplace_back().name = {words[i], place};
        begin = false;
      } else {
        read_word(words[i], place, description_.steps.back());
      }
    }
    return std::move(description_);
  }

 private:
  void read_word(const std::string& word, Place place, DescribedStep& step) {
    // Only what looks like a name before a single '=' is an option: "a==b" and "./a=b.tif" are
    // values. A name that no option of the step has may still begin a path (step_options).
    const auto equals = word.find('=');
    const bool option = equals != std::string::npos &&
                        is_name(std::string_view(word).substr(0, equals)) &&
                        word.compare(equals, 2, "==") != 0;
    if (!option) {
      step.options.push_back({"", place, word_node(word, place)});
      return;
    }
    const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    if (name == "as") {
      if (step.as)
        diagnostics_.error(place, "'as' is given twice");
      else if (!is_name(value))
        diagnostics_.error(place, FileReader::not_a_name(value));
      else
        step.as = {value, place};
    } else if (name == "from") {
      if (step.from) diagnostics_.error(place, "'from' is given twice");
      step.from = names_in(value, place);
    } else {
      step.options.push_back({name, place, word_node(value, place)});
    }
  }

  static std::vector<DescribedName> names_in(const std::string& value, Place place) {
    std::vector<DescribedName> names;
    std::size_t begin = 0;
    for (std::size_t comma; (comma = value.find(',', begin)) != std::string::npos;
         begin = comma + 1)
      names.push_back({value.substr(begin, comma - begin), place});
    names.push_back({value.substr(begin), place});
    return names;
  }

  Diagnostics& diagnostics_;
  Description description_;
};

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

Description describe_file(std::string_view text, Diagnostics& diagnostics) {
  const DocNode root = parse_document(text, diagnostics);
  return FileReader(diagnostics).read(root);
}

Description describe_words(Diagnostics& diagnostics) {
  return WordReader(diagnostics).read();
}

}  // namespace sluice
