#include "pipelines/scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "engine/declare_step.hpp"

namespace sluice {

namespace {

// Parameters in parameters can double a text or a list again and again.
constexpr std::size_t kLongestText = std::size_t{1} << 16;

[[noreturn]] void fail(Place place, std::string reason) {
  throw Error(ErrorKind::usage, std::move(reason)).at_line(place.line, place.column);
}

// What stands between "${" and "}".
Reference parse_reference(std::string_view body, Place place) {
  Reference reference;
  reference.place = place;
  std::string_view rest = body;
  const auto malformed = [&] {
    if (body.empty())
      fail(place,
           "'${}' names nothing: a shell puts its own variables in place of ${name}, so quote it "
           "there, as '${name}'; write $${ for the characters themselves");
    fail(place,
         fmt::format(
             "'${{{}}}' is not a reference: write ${{name}}, ${{name[0]}} or ${{name.array[0]}}",
             body));
  };
  if (!rest.empty() && rest.back() == ']') {
    const auto open = rest.find('[');
    if (open == std::string_view::npos) malformed();
    const std::string_view digits = rest.substr(open + 1, rest.size() - open - 2);
    int index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc{} || end != digits.data() + digits.size() || index < 0) malformed();
    reference.index = index;
    rest = rest.substr(0, open);
  }
  if (const auto dot = rest.find('.'); dot != std::string_view::npos) {
    reference.array = rest.substr(dot + 1);
    if (!is_name(reference.array)) malformed();
    rest = rest.substr(0, dot);
  }
  reference.name = rest;
  if (!is_name(reference.name)) malformed();
  return reference;
}

// A text in pieces: plain ones and references.
struct Piece {
  std::string text;
  std::optional<Reference> reference;
};

std::vector<Piece> pieces_of(const std::string& text, Place place) {
  std::vector<Piece> pieces;
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      plain += "${";
      i += 3;
    } else if (text.compare(i, 2, "${") == 0) {
      const auto end = text.find('}', i);
      if (end == std::string::npos)
        fail(place, "'${' without '}'; write $${ for the characters themselves");
      if (!plain.empty()) pieces.push_back({std::move(plain), {}});
      plain.clear();
      pieces.push_back(
          {{}, parse_reference(std::string_view(text).substr(i + 2, end - i - 2), place)});
      i = end + 1;
    } else {
      plain += text[i++];
    }
  }
  if (!plain.empty() || pieces.empty()) pieces.push_back({std::move(plain), {}});
  return pieces;
}

template <class T>
std::optional<T> whole_number(std::string_view digits, int base) {
  T number{};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return number;
}

std::optional<double> real_number(std::string_view text) {
  std::string_view body = text;
  const bool negative = !body.empty() && body.front() == '-';
  if (!body.empty() && (body.front() == '-' || body.front() == '+')) body.remove_prefix(1);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (body == ".inf" || body == ".Inf" || body == ".INF") return negative ? -kInfinity : kInfinity;
  if (text == ".nan" || text == ".NaN" || text == ".NAN")
    return std::numeric_limits<double>::quiet_NaN();
  if (body.empty() || !(body.front() == '.' || (body.front() >= '0' && body.front() <= '9')))
    return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), number);
  if (error != std::errc{} || end != body.data() + body.size()) return std::nullopt;
  return negative ? -number : number;
}

// A plain scalar by its form, as YAML 1.2's core schema has it.
void type_by_form(const std::string& text, Value& value) {
  std::string_view body = text;
  if (body == "true" || body == "True" || body == "TRUE")
    value.v = true;
  else if (body == "false" || body == "False" || body == "FALSE")
    value.v = false;
  else if (body.starts_with("0x")) {
    if (const auto i = whole_number<std::int64_t>(body.substr(2), 16); i && *i >= 0)
      value.v = *i;
    else
      value.v = text;
  } else if (const auto i = whole_number<std::int64_t>(
                 body.starts_with("+") && !body.starts_with("+-") ? body.substr(1) : body, 10)) {
    value.v = *i;
  } else if (const auto d = real_number(body)) {
    value.v = *d;
  } else {
    value.v = text;
  }
}

// How an option wants its scalars.
enum class Reading { by_form, texts, one_text };

Reading reading_of(const OptionSpec& spec) {
  if (spec.type == option_types::TypeName<std::string>::get()) return Reading::one_text;
  if (spec.type == option_types::TypeName<std::vector<std::string>>::get()) return Reading::texts;
  // A choice of words may have words that look like numbers.
  return spec.type.find('|') != std::string::npos ? Reading::texts : Reading::by_form;
}

// "0,1,2" where a list may stand: its items; empty for what is no such list. Of texts only plain
// words count, since formulas have commas of their own.
std::vector<std::string> comma_list(const std::string& text, const OptionSpec& spec) {
  const bool numbers = spec.type == option_types::TypeName<Numbers>::get() ||
                       spec.type == option_types::TypeName<std::vector<double>>::get() ||
                       spec.type == option_types::TypeName<std::vector<std::int64_t>>::get();
  const bool texts = spec.type == option_types::TypeName<std::vector<std::string>>::get();
  if (!(numbers || texts) || text.find(',') == std::string::npos) return {};
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string item = text.substr(begin, end - begin);
    item.erase(0, std::min(item.find_first_not_of(' '), item.size()));
    item.erase(item.find_last_not_of(' ') + 1);
    Value value;
    type_by_form(item, value);
    const bool number =
        std::holds_alternative<std::int64_t>(value.v) || std::holds_alternative<double>(value.v);
    if (!number && !(texts && is_name(item))) return {};
    items.push_back(std::move(item));
    begin = end + 1;
  }
  return items;
}

// The same as a list where it is one that has no brackets.
DocNode without_brackets(const DocNode& node, const OptionSpec& spec) {
  if (!node.is(DocNode::Kind::scalar) || !node.plain) return node;
  DocNode list;
  list.kind = DocNode::Kind::list;
  list.place = node.place;
  for (const std::string& item : comma_list(node.text, spec)) {
    DocNode& scalar = list.items.emplace_back(node);
    scalar.text = item;
  }
  return list.items.empty() ? node : list;
}

Value typed(const DocNode& node, Reading reading);

Value typed_scalar(const DocNode& node, Reading reading) {
  Value value;
  value.line = node.place.line;
  value.column = node.place.column;
  const bool spelled_out =
      !node.text.empty() && (node.text.front() == '[' || node.text.front() == '{');
  if (node.as_word && spelled_out && reading != Reading::one_text)
    return typed(parse_flow(node), reading);
  if (!node.plain || reading != Reading::by_form)
    value.v = node.text;
  else
    type_by_form(node.text, value);
  return value;
}

Value typed(const DocNode& node, Reading reading) {
  if (node.is(DocNode::Kind::scalar)) return typed_scalar(node, reading);
  Value value;
  value.line = node.place.line;
  value.column = node.place.column;
  if (node.is(DocNode::Kind::list)) {
    Value::List list;
    for (const DocNode& item : node.items)
      list.push_back(typed(item, reading));
    value.v = std::move(list);
  } else if (node.is(DocNode::Kind::map)) {
    Value::Map map;
    for (std::size_t i = 0; i < node.keys.size(); ++i)
      map.emplace_back(node.keys[i].text, typed(node.items[i], reading));
    value.v = std::move(map);
  }
  return value;
}

}  // namespace

std::string Reference::text() const {
  return name + (array.empty() ? "" : "." + array) + (index ? fmt::format("[{}]", *index) : "");
}

Scope::Scope(const Description& description, const Params& given, Diagnostics& diagnostics) {
  const bool declares = !diagnostics.origin().command_line;
  for (const auto& [name, value] : description.params) {
    Param param{value, name.place};
    const auto override = std::find_if(given.rbegin(), given.rend(),
                                       [&](const auto& g) { return g.first == name.text; });
    try {
      // What --set gives stands as it is; what the file says may use the parameters before it.
      if (override != given.rend())
        param.value = word_node(override->second, name.place);
      else
        resolve(param.value);
    } catch (const Error& e) {
      diagnostics.error({e.line(), e.column()},
                        fmt::format("parameter '{}': {}", name.text, e.reason()));
    }
    params_.emplace(name.text, std::move(param));
  }
  for (const auto& [name, value] : given) {
    if (has(name)) continue;
    if (declares)
      diagnostics.error({}, fmt::format("there is no parameter '{}' to set{}", name,
                                        did_you_mean(name, names())));
    else
      params_.emplace(name, Param{word_node(value, {}), {}});
  }
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const auto& [name, param] : params_)
    names.push_back(name);
  return names;
}

void Scope::report_unused(Diagnostics& diagnostics) const {
  for (const auto& [name, param] : params_)
    if (!param.used)
      diagnostics.error(param.declared, fmt::format("the parameter '{}' is never used", name));
}

DocNode Scope::copy_of(const DocNode& value, Place place) {
  const auto count = [](const DocNode& node, const auto& self) -> std::size_t {
    std::size_t nodes = 1;
    for (const DocNode& item : node.items)
      nodes += self(item, self);
    return nodes;
  };
  copied_ += count(value, count);
  if (copied_ > kMostDocumentNodes)
    fail(place, fmt::format("parameters make more than {} values", kMostDocumentNodes));
  return value.moved_to(place);
}

const DocNode* Scope::param(const Reference& reference) {
  const auto found = params_.find(reference.name);
  if (found == params_.end()) return nullptr;
  found->second.used = true;
  const DocNode& value = found->second.value;
  if (!reference.array.empty() || reference.index)
    fail(reference.place,
         fmt::format("'{}' is a parameter: only results have elements", reference.name));
  return &value;
}

std::string Scope::substitute(const DocNode& scalar) {
  std::string text;
  for (const Piece& piece : pieces_of(scalar.text, scalar.place)) {
    if (!piece.reference) {
      text += piece.text;
      continue;
    }
    const Reference& reference = *piece.reference;
    const DocNode* value = param(reference);
    if (!value)
      fail(scalar.place,
           fmt::format(
               "'${{{}}}' inside a text must be a parameter, and there is none of that name{}",
               reference.text(), did_you_mean(reference.name, names())));
    if (!value->is(DocNode::Kind::scalar))
      fail(scalar.place, fmt::format("the parameter '{}' is {}: it cannot be put into a text",
                                     reference.name, value->kind_text()));
    text += value->text;
    if (text.size() > kLongestText)
      fail(scalar.place, fmt::format("parameters make a text of more than {} bytes", kLongestText));
  }
  return text;
}

void Scope::resolve(DocNode& node) {
  if (node.is(DocNode::Kind::scalar)) {
    const auto pieces = pieces_of(node.text, node.place);
    if (pieces.size() == 1 && pieces.front().reference) {
      const DocNode* value = param(*pieces.front().reference);
      if (!value)
        fail(node.place, fmt::format("there is no parameter '{}' before this one{}",
                                     pieces.front().reference->text(),
                                     did_you_mean(pieces.front().reference->name, names())));
      node = copy_of(*value, node.place);
    } else {
      node.text = substitute(node);
    }
  }
  for (DocNode& item : node.items)
    resolve(item);
}

Value Scope::value(const DocNode& written, const OptionSpec& spec, const FindResult& find_result) {
  const Reading reading = reading_of(spec);
  if (written.is(DocNode::Kind::scalar)) {
    const auto pieces = pieces_of(written.text, written.place);
    if (pieces.size() == 1 && pieces.front().reference) {
      const Reference& reference = *pieces.front().reference;
      if (const DocNode* value = param(reference))
        return typed(without_brackets(copy_of(*value, written.place), spec), reading);
      Value late;
      late.v = find_result(reference);
      late.line = written.place.line;
      late.column = written.place.column;
      return late;
    }
    DocNode substituted = written;
    substituted.text = substitute(written);
    return typed(without_brackets(substituted, spec), reading);
  }
  Value result;
  result.line = written.place.line;
  result.column = written.place.column;
  if (written.is(DocNode::Kind::list)) {
    Value::List list;
    for (const DocNode& item : written.items)
      list.push_back(value(item, spec, find_result));
    result.v = std::move(list);
  } else if (written.is(DocNode::Kind::map)) {
    Value::Map map;
    for (std::size_t i = 0; i < written.keys.size(); ++i)
      map.emplace_back(written.keys[i].text, value(written.items[i], spec, find_result));
    result.v = std::move(map);
  }
  return result;
}

}  // namespace sluice
