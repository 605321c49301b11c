// References to results and parameters: every message, word for word.
#include <fmt/format.h>

#include "pipelines/checked.hpp"

using namespace sluice;
using namespace sluice::test;

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
