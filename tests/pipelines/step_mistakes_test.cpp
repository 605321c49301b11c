// Mistakes in steps, options and their order: every message, word for word.
#include <fmt/format.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "pipelines/checked.hpp"
#include "pipelines/checker.hpp"
#include "pipelines/registry.hpp"
#include "pipelines/synonyms.hpp"

using namespace sluice;
using namespace sluice::test;

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
  // Likewise each option.
  for (const StepSpec& step : all_steps()) {
    INFO(step.name);
    for (const std::string& option : step.option_names())
      CHECK(other_option_for(step, option) == "");
  }
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
  filter("fast: yes",
         "20: error: filter: 'fast' takes true or false, not \"yes\"; did you mean 'true'?");
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
      {"  - make\n  - write: o\n  - write: o2", {}},
      {"  - make\n  - measure\n  - write: o",
       {"p.yaml:5:5: error: write takes an image; measure (line 4) gives numbers, not an "
        "image: name an earlier step "
        "with 'from'"}},
      {"  - make\n  - measure:\n    as: m\n  - write: o\n    from: m",
       {"p.yaml:7:11: error: write takes an image; 'm' (measure, line 4) gives numbers, not an "
        "image"}},
      {"  - make\n  - filter: { note: refuse }\n  - write: o",
       {"p.yaml:4:5: error: filter: the image is too small"}},
      {"  - make\n  - write: o.tif\n  - make\n  - write: ./o.tif",
       {"p.yaml:6:5: error: write: './o.tif' is already written by write (line 4)"}},
  });
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
