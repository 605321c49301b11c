// plan --dot and --svg: valid for any names, drawn where Graphviz is.
#include <algorithm>
#include <cstdlib>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using sluice::test::Ended;
using sluice::test::Folder;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

bool has_graphviz() {
  return std::system("dot -V > /dev/null 2>&1") == 0;
}

// What can be said of the text without Graphviz; with it, that `dot` reads it without a word.
void check_dot(const Folder& folder, const std::string& text) {
  INFO(text);
  CHECK(text.substr(0, 14) == "digraph plan {");
  CHECK(count(text, "{") == count(text, "}"));
  CHECK(count(text, "[") == count(text, "]"));
  CHECK(count(text, "<B>") == count(text, "</B>"));
  CHECK(count(text, "<FONT ") == count(text, "</FONT>"));
  CHECK(std::none_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }));
  if (!has_graphviz()) return;
  folder.write("plan.dot", text);
  const std::string file = (folder.path() / "plan.dot").string();
  CHECK(std::system(
            ("dot -Tcanon '" + file + "' > '" + file + ".out' 2> '" + file + ".err'").c_str()) ==
        0);
  CHECK(folder.read("plan.dot.err").empty());
  CHECK(std::system(
            ("dot -Tsvg '" + file + "' > '" + file + ".out' 2> '" + file + ".err'").c_str()) == 0);
  CHECK(folder.read("plan.dot.err").empty());
  CHECK(count(folder.read("plan.dot.out"), "</svg>") == 1);
}

}  // namespace

TEST_CASE("plan --dot: passes, stages, steps, late values", "[tools][dot]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=1500 height=1100 ! write in.tif -q").code == 0);
  const std::string pipeline =
      "read in.tif as=a ! gaussian_blur 4 as=b ! resize scale=0.1 ! write b.tif ! "
      "percentile [2,98] from=b as=p ! stretch low=${p[0]} high=${p[1]} from=a ! write c.tif "
      "--keep never ";
  const Ended ended = folder.run("plan " + pipeline + "--dot");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  check_dot(folder, ended.out);
  CHECK(count(ended.out, "subgraph cluster_pass") == 2 + 3);  // passes and stages
  CHECK(count(ended.out, "<B>read (step 1)</B>") == 2);       // once a pass, not once a stage
  const std::size_t blurs = count(ended.out, "<B>gaussian_blur (step 2)</B>");
  CHECK(blurs > 0);
  CHECK(blurs % 2 == 0);  // in two stages
  CHECK(count(ended.out, "<B>percentile (step 5)</B>") == 1);
  CHECK(count(ended.out, "style=dashed") == 1);
  CHECK(count(ended.out, "values [0], [1]") == 1);
  for (const char* part : {"halo ", "computed again", "1500 &#215; 1100, 3 &#215; u8",
                           "blocks decoded", "planned peak", "units in flight", "tiles to "})
    CHECK(count(ended.out, part) > 0);
  CHECK(folder.run("plan " + pipeline + "--dot --json").code == 2);
}

TEST_CASE("plan --dot: a diamond, a generator, results alone", "[tools][dot]") {
  const Folder folder;
  const Ended ended = folder.run(
      "plan synth width=300 height=200 as=a ! linear gain=2 as=b ! rotate 180 from=a as=c ! stack "
      "from=b,c as=d ! stats ! percentile 50 from=d --dot --keep never");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  check_dot(folder, ended.out);
  CHECK(count(ended.out, "reached on 2 ways") == 2);  // in both stages
}

TEST_CASE("plan --dot: any file name", "[tools][dot]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=100 height=80 ! write in.tif -q").code == 0);
  const std::string names[] = {"\"quoted\" \\N\\l back\\slash",
                               "<b>&amp;<br> [[ ]]> {a|b}",
                               "line\nbreak\ttab\x1b[31m\x7f]",
                               "caf\xc3\xa9 \xe2\x98\x83",
                               "not \xff\xfe\xc3 utf-8 \xed\xa0\x80 \xef\xbf\xbf",
                               "-Tps"};
  for (const std::string& name : names) {
    std::filesystem::copy_file(folder.path() / "in.tif", folder.path() / (name + ".tif"));
    const Ended ended = folder.run(std::vector<std::string>{
        "plan", "read", "./" + name + ".tif", "!", "write", "./" + name + "2.tif", "--dot"});
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    check_dot(folder, ended.out);
  }
}

TEST_CASE("plan --svg", "[tools][dot]") {
  const Folder folder;
  const std::string pipeline = "synth width=300 height=200 ! stats ";
  SECTION("no Graphviz: what to install, and what works without") {
    const Ended ended = folder.run("plan " + pipeline + "--svg p.svg", {{{"PATH", "/nowhere"}}, 0});
    CHECK(ended.code == 3);
    CHECK(count(ended.err, "apt-get install graphviz") == 1);
    CHECK(count(ended.err, "--dot") == 1);
    CHECK(folder.names().empty());
  }
  SECTION("a dot that fails") {
    folder.write("dot", "#!/bin/sh\necho 'syntax error' >&2\nexit 1\n");
    std::filesystem::permissions(folder.path() / "dot", std::filesystem::perms::owner_all);
    const Ended ended =
        folder.run("plan " + pipeline + "--svg p.svg", {{{"PATH", folder.path().string()}}, 0});
    CHECK(ended.code == 3);
    CHECK(count(ended.err, "failed: syntax error") == 1);
    CHECK_FALSE(folder.has("p.svg"));
  }
  SECTION("not over an image of the pipeline, not into nowhere") {
    CHECK(folder.run("plan synth ! write o.tif --svg o.tif").code == 2);
    CHECK(folder.run("plan " + pipeline + "--svg nowhere/p.svg").code == 3);
  }
  SECTION("drawn") {
    if (!has_graphviz()) return;
    const Ended ended = folder.run("plan " + pipeline + "--svg p.svg");
    INFO(ended.err);
    CHECK(ended.code == 0);
    CHECK(ended.out.empty());
    const std::string svg = folder.read("p.svg");
    CHECK(count(svg, "synth (step 1)") == 1);
    CHECK(count(svg, "</svg>") == 1);
    CHECK(folder.run("plan " + pipeline + "--svg p.svg --json").out.front() == '{');
  }
}
