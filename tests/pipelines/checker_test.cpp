// Descriptions without mistakes, and the graphs made of them.
#include "pipelines/checked.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a right pipeline becomes a graph", "[pipelines]") {
  const Pipeline p = check_text(R"(
sluice: 1
params: { input: in.tif, gain: 2.5, list: [1, 2] }
steps:
  - read: ${input}
  - filter: { scale: "${gain}", count: 2, mood: lively, type: u16, fast: true, note: 007,
              weights: "${list}", matrix: [[0, -1], [1e3, 0x10]], names: [1, two] }
    as: half
  - measure: { count: 3 }
    as: m
  - scale: ${m[2]}
    from: half
  - write: out_${gain}.tif
  - scale: { gain: "${m.mean}" }
    from: half
  - { write: { to: second.tif } }
)");
  CHECK(p.steps.size() == 7);
  CHECK(p.graph->nodes().size() == 7);
  CHECK(p.graph->node(0).source->name() == "in.tif");
  CHECK(p.graph->node(4).sink->name() == "out_2.5.tif");
  CHECK(p.graph->node(1).place.text() == "filter (line 6)");
  const std::vector<std::pair<std::string, std::string>> given = {
      {"scale", "2.5"},      {"count", "2"},
      {"mood", "lively"},    {"type", "u16"},
      {"fast", "true"},      {"note", "007"},
      {"weights", "[1, 2]"}, {"matrix", "[[0, -1], [1000, 16]]"},
      {"names", "[1, two]"}};
  CHECK(p.steps[1].options == given);
  REQUIRE(p.graph->node(3).late.size() == 1);
  CHECK(p.graph->node(3).late[0].node == 2);
  CHECK(p.graph->node(3).late[0].index == 2);
  CHECK(p.graph->node(5).late[0].array == "mean");
  REQUIRE(p.results.size() == 1);
  CHECK(p.results[0].name == "m");
  CHECK(p.results[0].consumed);
  CHECK(p.images.at(0).first == "half");
}

TEST_CASE("JSON is read as well", "[pipelines]") {
  const Pipeline p = check_text(
      "{\"sluice\": 1, \"params\": {\"w\": 32},\n\t\"steps\": [{\"make\": {\"width\": \"${w}\"}}, "
      "{\"write\": \"o.tif\"}]}");
  CHECK(p.graph->node(0).info.width == 32);
}

TEST_CASE("a name that nothing uses is a warning", "[pipelines]") {
  const Pipeline p = check_text(file("  - make:\n    as: a\n  - make\n  - write: o"));
  CHECK(p.warnings == std::vector<std::string>{"p.yaml:4:9: warning: the name 'a' is never used"});
  CHECK(check_text(file("  - make:\n    as: a\n  - write: o")).warnings.empty());
}

TEST_CASE("lists without brackets", "[pipelines]") {
  const auto weights = [](const Pipeline& p) { return p.steps[1].options.at(0).second; };
  for (const char* text : {"1,2.5,-3", "1, 2.5, -3", "[1, 2.5, -3]"}) {
    INFO(text);
    CHECK(weights(check_words({"make", "!", "filter", std::string("weights=") + text, "!", "write",
                               "o"})) == "[1, 2.5, -3]");
    CHECK(weights(check_text(file("  - make\n  - filter:\n      weights: " + std::string(text) +
                                  "\n  - write: o"))) == "[1, 2.5, -3]");
  }
  CHECK(weights(check_words({"make", "!", "filter", "weights=${w}", "!", "write", "o"},
                            {{{"w", "4,5"}}, {}})) == "[4, 5]");
  CHECK(weights(check_words({"make", "!", "filter", "names=red,nir", "!", "write", "o"})) ==
        "[red, nir]");
  // Texts have commas of their own.
  CHECK(weights(check_words({"make", "!", "filter", "names=max(a,b)", "!", "write", "o"})) ==
        "[max(a,b)]");
  CHECK(weights(check_words({"make", "!", "filter", "note=a,b", "!", "write", "o"})) == "a,b");
  CHECK(weights(check_text(file("  - make\n  - filter: { names: \"a,b\" }\n  - write: o"))) ==
        "[a,b]");
}

TEST_CASE("defaults go to the steps that have the option and are not given it", "[pipelines]") {
  const Pipeline p = check_words({"make", "!", "write", "o"}, {{}, {{"overwrite", "true"}}});
  CHECK(p.steps.size() == 2);
}
