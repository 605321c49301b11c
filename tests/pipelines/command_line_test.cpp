// Command lines, right and wrong: every message, word for word.
#include "pipelines/checked.hpp"

using namespace sluice;
using namespace sluice::test;

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

TEST_CASE("paths with '=' on a command line", "[pipelines]") {
  const Pipeline p = check_words({"read", "zoom=3.tif", "!", "write", "gain=2.tif"});
  CHECK(p.graph->node(0).source->name() == "zoom=3.tif");
  CHECK(p.graph->nodes().back().sink->name() == "gain=2.tif");
  // Where an option was probably meant, it is no path.
  CHECK(messages_of([] {
          check_words({"read", "pth=3", "!", "write", "o"});
        }) ==
        std::vector<std::string>{
            "step 1, 'read': error: read needs the option 'path'",
            "step 1, 'pth=3': error: read has no option 'pth'; did you mean 'path'?; a path with a "
            "'=' in it is './pth=3'"});
}

TEST_CASE("values without names", "[pipelines]") {
  const auto given = [](std::vector<std::string> values) {
    std::vector<std::string> words{"make", "!", "scale"};
    words.insert(words.end(), values.begin(), values.end());
    words.insert(words.end(), {"!", "write", "o"});
    return check_words(words).steps[1].options;
  };
  using Options = std::vector<std::pair<std::string, std::string>>;
  CHECK(given({"2"}) == Options{{"gain", "2"}});
  CHECK(given({"2", "-10"}) == Options{{"gain", "2"}, {"offset", "-10"}});
  CHECK(given({"1,2,3", "[4, 5, 6]"}) == Options{{"gain", "[1, 2, 3]"}, {"offset", "[4, 5, 6]"}});
  CHECK(given({"offset=3", "2"}) == Options{{"gain", "2"}, {"offset", "3"}});
  check_lines({
      {"make ! scale 1 2 3 ! write o",
       {"step 2, '3': error: scale takes 'gain' and 'offset' without a name, and \"3\" is one "
        "more; the options are gain and offset"}},
      {"make ! scale gain=1 2 ! write o", {"step 2, '2': error: scale: 'gain' is given twice"}},
      {"make ! filter 1 measure",
       {"step 2, 'measure': error: 'measure' is a step: '!' stands between two steps"}},
      {"make 5 ! write o", {"step 1, '5': error: make takes its options by name: width"}},
  });
  CHECK(messages_of([] { check_text(file("  - make\n  - scale: 2\n  - write: o")); }).empty());
}

TEST_CASE("a step that writes lets the image pass on", "[pipelines]") {
  const Pipeline p = check_words(words_of("make ! write a ! scale 2 ! write b as=c ! measure"));
  CHECK(p.graph->node(2).inputs == std::vector<NodeId>{0});
  CHECK(p.graph->node(4).inputs == std::vector<NodeId>{2});
  CHECK(p.warnings == std::vector<std::string>{});
  const Pipeline named = check_words(words_of("make ! write a as=w ! scale 2 from=w ! write b"));
  CHECK(named.graph->node(2).inputs == std::vector<NodeId>{0});
}

TEST_CASE("options that do nothing beside the others", "[pipelines]") {
  check_lines({
      {"make ! filter 1 mood=lively pace=2 side=1 count=2 ! write o", {}},
      {"make ! filter 1 pace=2 side=1 ! write o",
       {"step 2, 'pace=2': error: filter: 'pace' does nothing with mood=calm; it acts with "
        "mood=lively",
        "step 2, 'side=1': error: filter: 'side' does nothing here; it acts with 'count' or "
        "'fast'"}},
  });
}

TEST_CASE("standard output", "[pipelines]") {
  int opened = 0;
  PipelineOptions options;
  options.open_stream = [&] {
    ++opened;
    return std::make_shared<MemorySink>("the stream");
  };
  const Pipeline p = check_words({"make", "!", "write", "-"}, options);
  CHECK(opened == 1);
  CHECK(p.graph->node(1).sink->name() == "the stream");
  CHECK(messages_of([&] {
          check_words({"read", "-", "!", "write", "o"}, options);
        }) ==
        std::vector<std::string>{
            "step 1, '-': error: read: images are not read from standard input, since they are not "
            "read from their first byte to their last: save it to a file, and read that; a file "
            "called '-' is './-'"});
}

TEST_CASE("parameters of a command line are those that are given", "[pipelines]") {
  const Pipeline p = check_words({"make", "width=${w}", "!", "write", "${name}.tif"},
                                 {{{"w", "7"}, {"name", "007"}}, {}});
  CHECK(p.graph->node(0).info.width == 7);
  CHECK(p.graph->nodes().back().sink->name() == "007.tif");
}

TEST_CASE("command lines with mistakes", "[pipelines]") {
  check_lines({
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
       {"step 2, '-': error: write: there is no standard output to write to; a file called '-' is "
        "'./-'"}},
      {"make ! filter type=uint8 ! write o",
       {"step 2, 'type=uint8': error: filter: 'type' takes u8, i8, u16, i16, u32, i32, u64, i64, "
        "f32 or f64, not \"uint8\"; did you mean 'u8'?"}},
      {"make ! filter fast=yes ! write o",
       {"step 2, 'fast=yes': error: filter: 'fast' takes true or false, not \"yes\"; did you mean "
        "'true'?"}},
      {"make ! scale 1 2 !filter",
       {"step 2, '!filter': error: a blank stands behind '!', as '! filter'"}},
      {"p.yaml",
       {"step 1, 'p.yaml': error: there is no step 'p.yaml'; a pipeline file is run with 'sluice "
        "run p.yaml'"}},
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
  });
}
