// Mistakes in a file's form: every message, word for word.
#include "pipelines/checked.hpp"
#include "pipelines/document.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("mistakes in the file's form", "[pipelines]") {
  const std::vector<MessageCase> cases = {
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
  for (const MessageCase& c : cases) {
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
