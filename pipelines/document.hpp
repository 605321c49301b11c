// YAML text as a tree with places, before anything is known of steps and options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipelines/diagnostics.hpp"

namespace sluice {

struct DocNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text;      ///< of a scalar
  bool plain = false;    ///< a scalar without quotes: its form gives its type
  bool as_word = false;  ///< a word of a command line: whether it is YAML depends on who takes it
  std::vector<DocNode> keys;   ///< of a map, scalars
  std::vector<DocNode> items;  ///< of a list, or the map's values in the order of its keys
  Place place;

  bool is(Kind k) const { return kind == k; }
  /// "nothing", "text", "a list", "a map".
  const char* kind_text() const;
  /// The same node, said to stand at `p` with all below it.
  DocNode moved_to(Place p) const;
};

/// Longest pipeline file, deepest nesting and most values that are accepted: far beyond any
/// pipeline, and small enough that no file can keep the parser busy.
inline constexpr std::size_t kLongestDocument = std::size_t{1} << 20;
inline constexpr int kDeepestDocument = 32;
inline constexpr std::size_t kMostDocumentNodes = 100000;

/// Parses one document. Anchors, aliases, tags and several documents are refused: a pipeline
/// needs none, and aliases can make a small file grow without bound. Mistakes go to `diagnostics`
/// and give a null node.
DocNode parse_document(std::string_view text, Diagnostics& diagnostics);

/// A word of a command line, or a value of --set.
DocNode word_node(std::string text, Place place);

/// The list or map that a word spells in YAML's flow style, all at the word's place. Throws
/// Error (usage) when it is not well-formed.
DocNode parse_flow(const DocNode& word);

}  // namespace sluice
