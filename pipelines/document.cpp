#include "pipelines/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "pipelines/yaml_mistakes.hpp"

namespace sluice {

namespace {

// What is wrong with a document and where; thrown through yaml-cpp's parser to end it early.
struct BadDocument {
  Place place;
  std::string reason;
};

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{1, 1} : Place{mark.line + 1, mark.column + 1};
}

// Builds the tree from yaml-cpp's events. Events, not YAML::Node, so that limits hold while
// parsing and nothing is expanded.
class TreeBuilder : public YAML::EventHandler {
 public:
  DocNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(mark, DocNode::Kind::null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    DocNode& node = add(mark, DocNode::Kind::scalar);
    node.text = value;
    node.plain = tag == "?";
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, DocNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, DocNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map under construction.
  struct Level {
    DocNode node;
    std::set<std::string> names;
  };

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      throw BadDocument{
          place_of(mark),
          "anchors and aliases (&name, *name) are not part of pipeline files; use params"};
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw BadDocument{place_of(mark), "tags (!name) are not part of pipeline files"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            DocNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (levels_.size() >= kDeepestDocument)
      throw BadDocument{place_of(mark),
                        fmt::format("nested deeper than {} levels", kDeepestDocument)};
    count(mark);
    Level level;
    level.node.kind = kind;
    level.node.place = place_of(mark);
    levels_.push_back(std::move(level));
  }
  void close() {
    DocNode done = std::move(levels_.back().node);
    levels_.pop_back();
    put(std::move(done));
  }
  DocNode& add(const YAML::Mark& mark, DocNode::Kind kind) {
    count(mark);
    DocNode node;
    node.kind = kind;
    node.place = place_of(mark);
    // A scalar's text is not known yet: keys are checked for duplicates when their value comes.
    return put(std::move(node));
  }
  void count(const YAML::Mark& mark) {
    if (++nodes_ > kMostDocumentNodes)
      throw BadDocument{place_of(mark), fmt::format("more than {} values", kMostDocumentNodes)};
  }
  DocNode& put(DocNode node) {
    if (levels_.empty()) return root_ = std::move(node);
    Level& level = levels_.back();
    DocNode& parent = level.node;
    if (parent.is(DocNode::Kind::list)) return parent.items.emplace_back(std::move(node));
    if (parent.keys.size() == parent.items.size()) {
      if (node.is(DocNode::Kind::list) || node.is(DocNode::Kind::map))
        throw BadDocument{node.place, fmt::format("{} cannot be a key", node.kind_text())};
      return parent.keys.emplace_back(std::move(node));
    }
    const DocNode& key = parent.keys.back();
    if (!level.names.insert(key.text).second)
      throw BadDocument{key.place, fmt::format("'{}' is given twice", key.text)};
    return parent.items.emplace_back(std::move(node));
  }

  DocNode root_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
};

DocNode parse(std::string_view text) {
  if (text.size() > kLongestDocument)
    throw BadDocument{{},
                      fmt::format("the file has {} bytes; a pipeline has at most {}", text.size(),
                                  kLongestDocument)};
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    throw BadDocument{{}, fmt::format("byte {} is zero: this is not a text file", nul)};
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder, rest;
    if (!parser.HandleNextDocument(builder)) return {};
    if (parser && parser.HandleNextDocument(rest))
      throw BadDocument{rest.take().place,
                        "a pipeline file holds one document; here begins a second"};
    return builder.take();
  } catch (const YAML::Exception& e) {
    const Place place = place_of(e.mark);
    throw BadDocument{place, "not well-formed YAML: " + yaml_reason(text, place, e.msg)};
  }
}

}  // namespace

const char* DocNode::kind_text() const {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a single value";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "";
}

DocNode DocNode::moved_to(Place p) const {
  DocNode moved = *this;
  moved.place = p;
  for (DocNode& key : moved.keys)
    key.place = p;
  for (DocNode& item : moved.items)
    item = item.moved_to(p);
  return moved;
}

DocNode parse_document(std::string_view text, Diagnostics& diagnostics) {
  try {
    return parse(text);
  } catch (const BadDocument& bad) {
    diagnostics.error(bad.place, bad.reason);
    return {};
  }
}

DocNode word_node(std::string text, Place place) {
  DocNode node;
  node.kind = DocNode::Kind::scalar;
  node.text = std::move(text);
  node.plain = true;
  node.as_word = true;
  node.place = place;
  return node;
}

DocNode parse_flow(const DocNode& word) {
  try {
    return parse(word.text).moved_to(word.place);
  } catch (const BadDocument& bad) {
    throw Error(ErrorKind::usage, fmt::format("{} (character {} of the value)", bad.reason,
                                              std::max(1, bad.place.column)))
        .at_line(word.place.line, word.place.column);
  }
}

}  // namespace sluice
