// Every message of the pipeline checker, word for word.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "pipelines/checker.hpp"
#include "pipelines/fake_steps.hpp"
#include "pipelines/registry.hpp"
#include "pipelines/synonyms.hpp"
#include "support/catch.hpp"

using namespace sluice;

namespace {

Pipeline check_text(std::string_view text, const PipelineOptions& options = {}) {
  Diagnostics diagnostics({"p.yaml", {}, false});
  const Description description = describe_file(text, diagnostics);
  return build_pipeline(description, sluice::test::fake_steps(), options, diagnostics);
}

Pipeline check_words(std::vector<std::string> words, const PipelineOptions& options = {}) {
  Diagnostics diagnostics({"", std::move(words), true});
  const Description description = describe_words(diagnostics);
  return build_pipeline(description, sluice::test::fake_steps(), options, diagnostics);
}

template <class Check>
std::vector<std::string> messages_of(Check check) {
  try {
    check();
  } catch (const PipelineError& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.messages();
  } catch (const Error& e) {
    return {std::string("not a PipelineError: ") + e.what()};
  }
  return {};
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

struct Case {
  std::string text;
  std::vector<std::string> messages;
};

// The steps of a file around which nothing is wrong.
std::string file(const std::string& steps) {
  return "sluice: 1\nsteps:\n" + steps;
}

void check_steps(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(messages_of([&] { check_text(file(c.text)); }) == c.messages);
  }
}

}  // namespace

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

TEST_CASE("command lines", "[pipelines]") {
  const Pipeline p = check_words({"read",
                                  "./in=a.tif",
                                  "as=r",
                                  "!",
                                  "filter",
                                  "0.5",
                                  "note=[as it stands]",
                                  "matrix=[[0,-1],[1,0]]",
                                  "names=[a, b]",
                                  "mood=lively",
                                  "as=f",
                                  "!",
                                  "join",
                                  "from=f,r",
                                  "as=j",
                                  "!",
                                  "measure",
                                  "as=m",
                                  "!",
                                  "scale",
                                  "gain=${m[1]}",
                                  "from=j",
                                  "!",
                                  "write",
                                  "a==b.tif"});
  CHECK(p.graph->node(0).source->name() == "./in=a.tif");
  CHECK(p.graph->node(2).inputs == std::vector<NodeId>{1, 0});
  CHECK(p.graph->nodes().back().sink->name() == "a==b.tif");
  CHECK(p.graph->node(1).place.text() == "filter (step 2)");
  const std::vector<std::pair<std::string, std::string>> given = {{"scale", "0.5"},
                                                                  {"mood", "lively"},
                                                                  {"note", "[as it stands]"},
                                                                  {"matrix", "[[0, -1], [1, 0]]"},
                                                                  {"names", "[a, b]"}};
  CHECK(p.steps[1].options == given);
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

TEST_CASE("paths with '=' on a command line", "[pipelines]") {
  const Pipeline p = check_words({"read", "zoom=3.tif", "!", "write", "gain=2.tif"});
  CHECK(p.graph->node(0).source->name() == "zoom=3.tif");
  CHECK(p.graph->nodes().back().sink->name() == "gain=2.tif");
  // Where an option was probably meant, it is no path.
  CHECK(messages_of([] {
          check_words({"read", "pth=3", "!", "write", "o"});
        }) == std::vector<std::string>{
                  "step 1, 'read': error: read needs the option 'path'",
                  "step 1, 'pth=3': error: read has no option 'pth'; did you mean 'path'?"});
}

TEST_CASE("words of other programs", "[pipelines]") {
  Diagnostics diagnostics({"", {"synth", "!", "blur", "sigma=2", "!", "write", "o.tif"}, true});
  const Description description = describe_words(diagnostics);
  CHECK(messages_of([&] { build_pipeline(description, all_steps(), {}, diagnostics); }) ==
        std::vector<std::string>{
            "step 2, 'blur': error: there is no step 'blur'; 'gaussian_blur' blurs"});
  std::vector<std::string> known;
  for (const StepSpec& step : all_steps())
    known.push_back(step.name);
  for (const char* word : {"threshold", "clip", "slope", "uint8", "grayscale", "save", "load"}) {
    INFO(word);
    CHECK(other_word_for(word, known) != "");
    CHECK(other_word_for(word, {}) == "");
  }
  // Each of the steps that are advised is there.
  for (const std::string& name : known)
    CHECK(other_word_for(name, known) == "");
}

TEST_CASE("parameters of a command line are those that are given", "[pipelines]") {
  const Pipeline p = check_words({"make", "width=${w}", "!", "write", "${name}.tif"},
                                 {{{"w", "7"}, {"name", "007"}}, {}});
  CHECK(p.graph->node(0).info.width == 7);
  CHECK(p.graph->nodes().back().sink->name() == "007.tif");
}

TEST_CASE("mistakes in the file's form", "[pipelines]") {
  const std::vector<Case> cases = {
      {"",
       {"p.yaml: error: a pipeline file is a map with the keys sluice, params and steps, not "
        "nothing"}},
      {"- read: a",
       {"p.yaml:1:1: error: a pipeline file is a map with the keys sluice, params and steps, not a "
        "list"}},
      {"steps: [make, write: o]",
       {"p.yaml:1:1: error: the format's version is missing: begin with 'sluice: 1'"}},
      {"sluice: 2\nsteps: [make, write: o]",
       {"p.yaml:1:9: error: version '2' of the format is not known; this build reads version 1"}},
      {"sluice: 1", {"p.yaml:1:1: error: the key 'steps' is missing"}},
      {"sluice: 1\nstep: []",
       {"p.yaml:1:1: error: the key 'steps' is missing",
        "p.yaml:2:1: error: a pipeline file has no key 'step'; did you mean 'steps'?"}},
      {"sluice: 1\nsteps: 5",
       {"p.yaml:2:8: error: steps is a list, each step beginning with '-', not a single value"}},
      {"sluice: 1\nsteps: []", {"p.yaml:2:8: error: there are no steps"}},
      {"sluice: 1\nparams: [a]\nsteps: [make, write: o]",
       {"p.yaml:2:9: error: params is a map of names and values, not a list"}},
      {"sluice: 1\nparams: {1a: 2}\nsteps: [make, write: o]",
       {"p.yaml:2:10: error: '1a' is not a name: letters, digits, _ and -, a letter first"}},
      {"sluice: 1\nparams: {a: {b: 2}}\nsteps: [make, write: o]",
       {"p.yaml:2:13: error: the parameter 'a' is a single value or a list, not a map"}},
      {"sluice: 1\nsluice: 1\nsteps: [make]", {"p.yaml:2:1: error: 'sluice' is given twice"}},
      {"sluice: 1\nsteps: [make, write: o]\n---\na: b",
       {"p.yaml:4:1: error: a pipeline file holds one document; here begins a second"}},
      {"sluice: &v 1\nsteps: *v",
       {"p.yaml:1:9: error: anchors and aliases (&name, *name) are not part of pipeline files; use "
        "params"}},
      {"sluice: !!int 1\nsteps: []",
       {"p.yaml:1:9: error: tags (!name) are not part of pipeline files"}},
      {"sluice: 1\nsteps: [make",
       {"p.yaml:2:1: error: not well-formed YAML: a '[' is not closed by ']', or a text inside "
        "needs quotes"}},
      {"sluice: 1\nsteps:\n\t- make",
       {"p.yaml:3:2: error: not well-formed YAML: a tab indents this line; use spaces"}},
      {"? [a]\n: 1", {"p.yaml:1:3: error: a list cannot be a key"}},
      {std::string("slu\0ice", 7), {"p.yaml: error: byte 3 is zero: this is not a text file"}},
      {std::string(200, '[') + std::string(200, ']'),
       {"p.yaml:1:33: error: nested deeper than 32 levels"}},
      {std::string((1 << 20) + 1, ' '),
       {"p.yaml: error: the file has 1048577 bytes; a pipeline has at most 1048576"}},
  };
  for (const Case& c : cases) {
    INFO(c.text.substr(0, 100));
    CHECK(messages_of([&] { check_text(c.text); }) == c.messages);
  }
}

TEST_CASE("too many values are refused while parsing", "[pipelines]") {
  std::string text = "a: [";
  for (int i = 0; i < 200000; ++i)
    text += "1,";
  const auto messages = messages_of([&] { check_text(text + "1]"); });
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].find("error: more than 100000 values") != std::string::npos);
}

TEST_CASE("mistakes in the form of steps", "[pipelines]") {
  check_steps({
      {"  - [make]", {"p.yaml:3:5: error: a step is a name with its options, not a list"}},
      {"  - as: x", {"p.yaml:3:5: error: a step without an operation"}},
      {"  - make:\n    width: 5\n  - write: o",
       {"p.yaml:4:5: error: 'width' stands beside the step 'make'; indent it to make it one of its "
        "options, or begin a "
        "step with '-'"}},
      {"  - make\n    as: x y\n",
       {"p.yaml:4:7: error: not well-formed YAML: 'as' belongs to no step: line 3 has no ':' "
        "behind "
        "the step's name; write '- make:', and 'as:' in the next line, right below 'make'"}},
      {"  - make:\n    as: x y\n  - write: o",
       {"p.yaml:4:9: error: 'x y' is not a name: letters, digits, _ and -, a letter first"}},
      {"  - make:\n    as: [x]\n  - write: o",
       {"p.yaml:4:9: error: 'as' takes a name, not a list"}},
      {"  - make:\n    from: {x: y}\n  - write: o",
       {"p.yaml:4:11: error: 'from' takes a name or a list of names, not a map"}},
      {"  - make:\n    from: []\n  - write: o",
       {"p.yaml:4:11: error: 'from' takes a name or a list of names, not an empty list"}},
  });
}

TEST_CASE("mistakes in YAML are told in the words of a pipeline", "[pipelines]") {
  const std::string bad = ": error: not well-formed YAML: ";
  check_steps({
      {"  - read: a\n  - measure\n      from: x",
       {"p.yaml:5:11" + bad +
        "'from' belongs to no step: line 4 has no ':' behind the step's name; write '- measure:', "
        "and 'from:' in the next line, right below 'measure'"}},
      {"  - read: a\n  - measure\n\n  # which one\n    from: x",
       {"p.yaml:7:5" + bad +
        "'from' belongs to no step: line 4 has no ':' behind the step's name; write '- measure:', "
        "and 'from:' in the next line, right below 'measure'"}},
      {"  - make\n      width: 5",
       {"p.yaml:4:12" + bad +
        "'width' belongs to no step: line 3 has no ':' behind the step's name; write '- make:', "
        "and 'width:' in the next line, indented more than 'make'"}},
      {"  - write o.tif\n    overwrite: true",
       {"p.yaml:4:14" + bad +
        "'overwrite' belongs to no step: line 3 has no ':' behind the step's name; write '- write: "
        "o.tif'"}},
      {"  - scale: { by: ${p} }",
       {"p.yaml:3:19" + bad + "inside { } and [ ] a reference needs quotes, as \"${name}\""}},
      {"  - filter: { note: a: b }",
       {"p.yaml:3:22" + bad + "a '{' is not closed by '}', or a text inside needs quotes"}},
      {"  - write: o: p",
       {"p.yaml:3:13" + bad + "a text with ': ' in it needs quotes, as \"a: b\""}},
      {"  - make:\n   - write: o",
       {"p.yaml:4:4" + bad + "this line is indented otherwise than those it stands with"}},
      {"  - write: @o", {"p.yaml:3:12" + bad + "a text that begins with '@' needs quotes"}},
  });
}

TEST_CASE("unknown steps and options", "[pipelines]") {
  check_steps({
      {"  - maek\n  - write: o",
       {"p.yaml:3:5: error: there is no step 'maek'; did you mean 'make'?"}},
      {"  - xyzzy: 1\n  - write: o", {"p.yaml:3:5: error: there is no step 'xyzzy'"}},
      {"  - make\n  - filter: { scal: 2 }\n  - write: o",
       {"p.yaml:4:15: error: filter has no option 'scal'; did you mean 'scale'?"}},
      {"  - make\n  - filter:\n      frobnicate: 2\n  - write: o",
       {"p.yaml:5:7: error: filter has no option 'frobnicate'"}},
      {"  - make: 5\n  - write: o", {"p.yaml:3:11: error: make takes its options by name: width"}},
      {"  - make:\n    as: a\n  - join: { x: 1 }\n    from: [a, a]\n  - write: o",
       {"p.yaml:5:13: error: join takes no options"}},
      {"  - make\n  - write", {"p.yaml:4:5: error: write needs the option 'to'"}},
      {"  - make\n  - write: { overwrite: true }",
       {"p.yaml:4:5: error: write needs the option 'to'"}},
      {"  - make\n  - write: { to: }",
       {
           "p.yaml:4:14: error: write: 'to' has no value",
       }},
      {"  - maek\n  - filter: { scal: 2, count: 77 }\n  - write",
       {"p.yaml:3:5: error: there is no step 'maek'; did you mean 'make'?",
        "p.yaml:4:15: error: filter has no option 'scal'; did you mean 'scale'?",
        "p.yaml:4:31: error: filter: 'count' must be 1 to 9, not 77",
        "p.yaml:5:5: error: write needs the option 'to'"}},
  });
}

TEST_CASE("values of the wrong type or out of range", "[pipelines]") {
  const auto filter = [](const std::string& option, const std::string& message) {
    INFO(option);
    const auto found = messages_of(
        [&] { check_text(file("  - make\n  - filter: {" + option + "}\n  - write: o")); });
    REQUIRE(found.size() == 1);
    CHECK(found[0] == "p.yaml:4:" + message);
  };
  filter("scale: abc", "21: error: filter: 'scale' takes a number, not \"abc\"");
  filter("scale: '2'", "21: error: filter: 'scale' takes a number, not \"2\"");
  filter("scale: true", "21: error: filter: 'scale' takes a number, not true");
  filter("scale: [1, 2]", "21: error: filter: 'scale' takes a number, not [1, 2]");
  filter("scale: {a: 1}", "21: error: filter: 'scale' takes a number, not {a: ...}");
  filter("scale: 0", "21: error: filter: 'scale' must be above 0 and at most 100, not 0");
  filter("scale: 101", "21: error: filter: 'scale' must be above 0 and at most 100, not 101");
  filter("scale: .nan", "21: error: filter: 'scale' must be above 0 and at most 100, not nan");
  filter("scale: .inf", "21: error: filter: 'scale' must be above 0 and at most 100, not inf");
  filter("count: 2.5", "21: error: filter: 'count' takes an integer, not 2.5");
  filter("count: 0", "21: error: filter: 'count' must be 1 to 9, not 0");
  filter("count: 99999999999", "21: error: filter: 'count' must be 1 to 9, not 99999999999");
  filter("seed: -1", "20: error: filter: 'seed' must be at least 0, not -1");
  filter("seed: 1e300", "20: error: filter: 'seed' takes an integer, not 1e+300");
  filter("mood: livley",
         "20: error: filter: 'mood' takes calm or lively, not \"livley\"; did you mean 'lively'?");
  filter("mood: 5", "20: error: filter: 'mood' takes calm or lively, not \"5\"");
  filter("type: u9",
         "20: error: filter: 'type' takes u8, i8, u16, i16, u32, i32, u64, i64, f32 or f64, not "
         "\"u9\"; did you mean 'u8'?");
  filter("fast: yes", "20: error: filter: 'fast' takes true or false, not \"yes\"");
  filter("note: [1]", "20: error: filter: 'note' takes text, not [\"1\"]");
  filter("weights: [1, x]", "27: error: filter: 'weights' takes a list of numbers, not \"x\"");
  filter("weights: []", "23: error: filter: 'weights' takes a list of numbers, not an empty list");
  filter("matrix: 5", "22: error: filter: 'matrix' takes a matrix: list of rows of numbers, not 5");
  filter("matrix: [1, 2]",
         "23: error: filter: 'matrix' takes a matrix: list of rows of numbers; 1 is not a row");
  filter(
      "matrix: [[1, 2], [3]]",
      "31: error: filter: the rows of 'matrix' must be equally long: the first has 2, row 2 has 1");
  filter("names: [[a]]", "22: error: filter: 'names' takes a list of texts, not [\"a\"]");
}

TEST_CASE("names and order", "[pipelines]") {
  check_steps({
      {"  - make:\n    as: a\n  - make:\n    as: a\n  - write: o\n    from: a",
       {"p.yaml:6:9: error: the name 'a' is already that of make (line 3)"}},
      {"  - make:\n    as: half\n  - write: o\n    from: hlaf",
       {"p.yaml:6:11: error: write: there is no step named 'hlaf'; did you mean 'half'?"}},
      {"  - make\n  - join:\n    from: [b, b]\n  - filter:\n    as: b\n  - write: o",
       {"p.yaml:5:12: error: join: 'b' comes later (filter, line 6): a step takes what stands "
        "before it",
        "p.yaml:5:15: error: join: 'b' comes later (filter, line 6): a step takes what stands "
        "before it"}},
      {"  - make\n  - filter:\n    as: f\n    from: f\n  - write: o",
       {"p.yaml:6:11: error: filter: a cycle: filter takes its own output 'f'"}},
      {"  - make\n  - filter:\n    as: f\n  - write: o\n  - write: o2\n    from: g",
       {"p.yaml:8:11: error: write: there is no step named 'g'"}},
      {"  - filter\n  - write: o",
       {"p.yaml:3:5: error: filter takes an image, and no step stands before it: begin with read "
        "or synth"}},
      {"  - make\n  - join\n  - write: o",
       {"p.yaml:4:5: error: join takes 2 or more inputs: name them with 'from'"}},
      {"  - make:\n    as: a\n  - filter:\n    from: [a, a]\n  - write: o",
       {"p.yaml:6:12: error: filter takes 1 input, not 2"}},
      {"  - make:\n    as: a\n  - make:\n    from: a\n  - write: o",
       {"p.yaml:6:11: error: make takes no input, not 1"}},
  });
}

TEST_CASE("what the graph shows", "[pipelines]") {
  check_steps({
      {"  - make\n  - filter", {"p.yaml: error: nothing is written: add a write step"}},
      {"  - make\n  - make\n  - write: o", {"p.yaml:3:5: error: the output of make is never used"}},
      {"  - make\n  - write: o\n  - write: o2",
       {"p.yaml:5:5: error: write: it takes an image, and write (line 4) gives none: name an "
        "earlier step with 'from'"}},
      {"  - make\n  - measure\n  - write: o",
       {"p.yaml:5:5: error: write: it takes an image; measure (line 4) gives numbers, not an "
        "image: name an earlier step "
        "with 'from'"}},
      {"  - make\n  - measure:\n    as: m\n  - write: o\n    from: m",
       {"p.yaml:7:11: error: write: it takes an image; 'm' (measure, line 4) gives numbers, not an "
        "image"}},
      {"  - make\n  - filter: { note: refuse }\n  - write: o",
       {"p.yaml:4:5: error: filter: the image is too small"}},
      {"  - make\n  - write: o.tif\n  - make\n  - write: ./o.tif",
       {"p.yaml:6:5: error: write: './o.tif' is already written by write (line 4)"}},
  });
}

TEST_CASE("references to results", "[pipelines]") {
  const auto scale = [](const std::string& reference, const std::string& message) {
    INFO(reference);
    const auto found = messages_of([&] {
      check_text(file("  - make:\n    as: a\n  - measure:\n    as: m\n  - scale: \"" + reference +
                      "\"\n    from: a\n  - write: o"));
    });
    REQUIRE(found.size() == 1);
    CHECK(found[0] == "p.yaml:7:12: error: scale: " + message);
  };
  scale("${m}", "'${m}' has 2 elements: write ${m[0]} to ${m[1]}");
  scale("${m[2]}", "'${m[2]}': the last element of 'm' (measure, line 5) is 1");
  scale("${m.maen}",
        "'m' (measure, line 5) has no value 'maen'; did you mean 'mean'?; it has values, mean");
  scale("${n[0]}", "there is no parameter or step named 'n'");
  scale("${a[0]}", "'a' (make, line 3) is an image: only results have values to refer to");
  scale("${m[x]}", "'${m[x]}' is not a reference: write ${name}, ${name[0]} or ${name.array[0]}");
  scale("${m[0}", "'${m[0}' is not a reference: write ${name}, ${name[0]} or ${name.array[0]}");
  scale("${m[0]", "'${' without '}'; write $${ for the characters themselves");
  scale("x${m[0]}", "'${m[0]}' inside a text must be a parameter, and there is none of that name");
  check_steps({
      {"  - make:\n    as: a\n  - measure:\n    as: m\n  - filter: '${m[0]}'\n    from: a\n  - "
       "write: o",
       {"p.yaml:7:13: error: filter: 'scale' cannot take a result: it must be known before the "
        "run"}},
      {"  - make:\n    as: a\n  - scale: '${m[0]}'\n  - write: o\n  - measure:\n    from: a\n    "
       "as: m",
       {"p.yaml:5:12: error: scale: 'm' comes later (measure, line 7): a step takes what stands "
        "before it"}},
  });
}

TEST_CASE("parameters", "[pipelines]") {
  const auto with = [](const std::string& params, const std::string& steps,
                       const Params& given = {}) {
    return messages_of([&] {
      check_text("sluice: 1\nparams: {" + params + "}\nsteps: [" + steps + "]", {given, {}});
    });
  };
  using Messages = std::vector<std::string>;
  CHECK(with("w: 5", "make, write: o") ==
        Messages{"p.yaml:2:10: error: the parameter 'w' is never used"});
  CHECK(with("w: 5", "{make: {width: '${w}'}}, write: o") == Messages{});
  CHECK(with("w: 5", "{make: {width: '${w}'}}, write: o", {{"w", "0"}}) ==
        Messages{"p.yaml:3:24: error: make: 'width' must be at least 1, not 0"});
  CHECK(with("w: 5", "{make: {width: '${w}'}}, write: o", {{"v", "0"}}) ==
        Messages{"p.yaml: error: there is no parameter 'v' to set"});
  CHECK(with("w: 5", "{make: {width: '${w[0]}'}}, write: o") ==
        Messages{"p.yaml:3:24: error: make: 'w' is a parameter: only results have elements"});
  CHECK(
      with("w: [1]", "make, write: 'a${w}'") ==
      Messages{
          "p.yaml:3:22: error: write: the parameter 'w' is a list: it cannot be put into a text"});
  CHECK(with("a: '${b}', b: 1", "make, write: 'a${a}'") ==
        Messages{"p.yaml:2:13: error: parameter 'a': there is no parameter 'b' before this one",
                 "p.yaml:2:21: error: the parameter 'b' is never used"});
  CHECK(with("a: 1", "{make: {width: '${a}'}, as: a}, write: o") ==
        Messages{"p.yaml:3:37: error: the name 'a' is already that of a parameter"});
  CHECK(with("dir: d, out: '${dir}/x'", "make, write: '${out}.tif'") == Messages{});
  CHECK(with("a: '$${x}'", "make, write: '${a}'") == Messages{});
}

TEST_CASE("parameters that grow without bound", "[pipelines]") {
  for (const bool lists : {false, true}) {
    std::string text =
        lists ? "sluice: 1\nparams:\n  a0: [1]\n" : "sluice: 1\nparams:\n  a0: xxxxxxxxxx\n";
    for (int i = 1; i < 60; ++i) {
      const std::string before = fmt::format("${{a{}}}", i - 1);
      text += lists ? fmt::format("  a{0}: ['{1}', '{1}']\n", i, before)
                    : fmt::format("  a{0}: '{1}{1}'\n", i, before);
    }
    const auto messages = messages_of([&] { check_text(text + "steps: [make, write: '${a59}']"); });
    REQUIRE_FALSE(messages.empty());
    CHECK(messages[0].find(lists ? "parameters make more than 100000 values"
                                 : "parameters make a text of more than 65536 bytes") !=
          std::string::npos);
  }
}

TEST_CASE("command lines with mistakes", "[pipelines]") {
  const std::vector<Case> cases = {
      {"", {"command line: error: there are no steps"}},
      {"make ! filter scal=0.5 ! write o",
       {"step 2, 'scal=0.5': error: filter has no option 'scal'; did you mean 'scale'?"}},
      {"make ! filter abc ! write o",
       {"step 2, 'abc': error: filter: 'scale' takes a number, not \"abc\""}},
      {"make ! filter 1 scale=2 ! write o",
       {"step 2, 'scale=2': error: filter: 'scale' is given twice"}},
      {"make ! filter weights=[1,2 ! write o",
       {"step 2, 'weights=[1,2': error: filter: not well-formed YAML: a '[' is not closed by ']', "
        "or a text inside needs quotes (character 1 of the value)"}},
      {"make ! filter scale= ! write o",
       {"step 2, 'scale=': error: filter: 'scale' takes a number, not \"\"; a shell leaves nothing "
        "of ${...} without single quotes: write 'scale=${...}'"}},
      {"make ! scale ${} ! write o",
       {"step 2, '${}': error: scale: '${}' names nothing: a shell puts its own variables in place "
        "of ${name}, so quote it there, as '${name}'; write $${ for the characters themselves"}},
      {"make ! write -",
       {"step 2, '-': error: write: images are not read from standard input nor written to "
        "standard output; a file called '-' is './-'"}},
      {"make ! filter type=uint8 ! write o",
       {"step 2, 'type=uint8': error: filter: 'type' takes the name of a sample type, not "
        "\"uint8\"; "
        "did you mean 'u8'?"}},
      {"make ! ! write o", {"step 2, '!': error: there is no step before this '!'"}},
      {"make ! write o !", {"step 2, '!': error: there is no step after this '!'"}},
      {"make as=1 ! write o",
       {"step 1, 'as=1': error: '1' is not a name: letters, digits, _ and -, a letter first"}},
      {"make as=a as=b ! write o from=a", {"step 1, 'as=b': error: 'as' is given twice"}},
      {"make as=a ! write o from=a from=a", {"step 2, 'from=a': error: 'from' is given twice"}},
      {"make as=a ! write o from=b",
       {"step 2, 'from=b': error: write: there is no step named 'b'"}},
      {"make ! wirte o",
       {"step 2, 'wirte': error: there is no step 'wirte'; did you mean 'write'?"}},
      {"make", {"command line: error: nothing is written: add a write step"}},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(messages_of([&] { check_words(words_of(c.text)); }) == c.messages);
  }
}

TEST_CASE("at most twenty mistakes are listed", "[pipelines]") {
  std::string steps = "  - make\n";
  for (int i = 0; i < 30; ++i)
    steps += "  - filtr\n";
  const auto messages = messages_of([&] { check_text(file(steps + "  - write: o")); });
  REQUIRE(messages.size() == 21);
  CHECK(messages.back() == "p.yaml: error: and 10 more");
}

TEST_CASE("a file that is broken is no mistake of the description", "[pipelines]") {
  try {
    check_text(file("  - read: broken.tif\n  - write: o"));
    FAIL("it was taken");
  } catch (const PipelineError&) {
    FAIL("the description is right");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::data);
    CHECK(std::string(e.what()) == "read (line 3): broken.tif: no directory");
  }
}

TEST_CASE("an output that is an input, however spelled", "[pipelines]") {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("sluice-paths-{}", getpid());
  std::filesystem::create_directories(folder);
  const std::string image = (folder / "in.tif").string(), link = (folder / "link.tif").string();
  std::ofstream(image) << "x";
  std::filesystem::create_symlink(image, link);
  CHECK(messages_of([&] { check_text(file("  - read: " + image + "\n  - write: " + link)); }) ==
        std::vector<std::string>{"p.yaml:4:5: error: write: '" + link +
                                 "' is the file that read (line 3) reads"});
  std::filesystem::remove_all(folder);
}

TEST_CASE("defaults go to the steps that have the option and are not given it", "[pipelines]") {
  const Pipeline p = check_words({"make", "!", "write", "o"}, {{}, {{"overwrite", "true"}}});
  CHECK(p.steps.size() == 2);
}
