// What the tool says and with which code it ends; what it leaves behind.
#include "support/catch.hpp"
#include "tools/tool.hpp"

using sluice::test::Ended;
using sluice::test::Folder;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("usage errors end with 2 and create nothing", "[tools]") {
  const Folder folder;
  struct Case {
    const char* line;
    const char* message;
  };
  const Case cases[] = {
      {"pip", "error: there is no command 'pip'; did you mean 'pipe'?"},
      {"-q", "error: the command is missing"},
      {"pipe", "command line: error: there are no steps"},
      {"pipe synth ! write o.tif --treads 4",
       "error: there is no option '--treads'; did you mean '--threads'?"},
      {"pipe synth ! write o.tif --threads 0", "error: --threads takes 1 to 1024, not 0"},
      {"pipe synth ! write o.tif --threads 1025", "error: --threads takes 1 to 1024, not 1025"},
      {"pipe synth ! write o.tif --threads x",
       "error: --threads takes a whole number from 1 to 1024; 'x' is none"},
      {"pipe synth ! write o.tif --threads=2.5",
       "error: --threads takes a whole number from 1 to 1024; '2.5' is none"},
      {"pipe synth ! write o.tif --overwrite=3", "error: --overwrite takes no value"},
      {"plan synth ! write o.tif --json=false", "error: --json takes no value"},
      {"-q pip", "error: there is no command 'pip'; did you mean 'pipe'?"},
      {"--memory 1G --report run", "error: the command is missing"},
      {"pipe synth ! write o.tif --memory lots",
       "error: --memory takes a size such as 512M or 2GiB, not 'lots'"},
      {"pipe synth ! write o.tif --memory 0", "error: --memory takes a size"},
      {"pipe synth ! write o.tif --progress often",
       "error: --progress takes auto, bar, plain or none, not 'often'"},
      {"pipe synth ! write o.tif --set a", "error: --set takes NAME=VALUE, not 'a'"},
      {"pipe synth ! write o.tif --set a=1",
       "command line: error: the parameter 'a' is never used"},
      {"pipe synth ! wirte o.tif",
       "step 2, 'wirte': error: there is no step 'wirte'; did you mean 'write'?"},
      {"pipe synth widht=5 ! write o.tif",
       "step 1, 'widht=5': error: synth has no option 'widht'; did you mean 'width'?"},
      {"pipe synth ! crop x=5000 width=10 ! write o.tif", "step 2, 'crop': error: crop: "},
      {"pipe synth ! write o.xyz", "step 2, 'write': error: write: o.xyz: "},
      {"pipe synth as=s ! write o.tif ! write ./o.tif from=s",
       "error: write: './o.tif' is already written by write (step 2)"},
      {"pipe synth ! write o.tif --memory 1M", "error: the pipeline needs at least "},
      {"pipe synth ! write o.tif --report o.tif",
       "error: --report 'o.tif' is the image file 'o.tif' of write (step 2)"},
      {"run", "error: run takes one pipeline file"},
      {"run a b", "error: run takes one pipeline file"},
      {"ops sinth", "error: there is no step 'sinth'; did you mean 'synth'?"},
      {"info", "error: info takes image files"},
      {"compare a.tif", "error: compare takes two images"},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    const Ended ended = folder.run(c.line);
    INFO(ended.err);
    CHECK(ended.code == 2);
    CHECK(contains(ended.err, c.message));
    CHECK(ended.out.empty());
    CHECK(folder.names().empty());
  }
}

TEST_CASE("a pipeline file with mistakes: all of them, as compilers write them", "[tools]") {
  const Folder folder;
  folder.write("sharpen.yaml",
               "sluice: 1\nsteps:\n  - synth: { width: 64, height: 64 }\n  - gaussian_blur: { "
               "sigm: 2 }\n  - write: o.tif\n    from: there\n");
  for (const char* command : {"run", "check", "plan"}) {
    const Ended ended = folder.run(std::string(command) + " sharpen.yaml");
    CHECK(ended.code == 2);
    CHECK(ended.err ==
          "sharpen.yaml:4:22: error: gaussian_blur has no option 'sigm'; did you mean 'sigma'?\n"
          "sharpen.yaml:6:11: error: write: there is no step named 'there'\n");
    CHECK(folder.names() == std::vector<std::string>{"sharpen.yaml"});
  }
}

TEST_CASE("files that are missing or broken", "[tools]") {
  const Folder folder;
  folder.write("broken.tif", "II*");
  folder.write("text.tif", "not an image at all, though of some length");
  struct Case {
    const char* line;
    int code;
    const char* message;
  };
  const Case cases[] = {
      {"pipe read none.tif ! write o.tif", 3, "error: read (step 1): none.tif: "},
      {"pipe read broken.tif ! write o.tif", 1, "error: read (step 1): broken.tif: "},
      {"pipe read text.tif ! write o.tif", 1, "error: read (step 1): text.tif: "},
      {"pipe read . ! write o.tif", 3, "error: read (step 1): .: "},
      {"pipe synth ! write nowhere/o.tif", 3, "nowhere"},
      {"pipe synth ! write o.tif --report nowhere/r.json", 3, "nowhere"},
      {"run none.yaml", 3, "error: none.yaml: "},
      {"info broken.tif", 1, "error: broken.tif: "},
      {"info none.tif", 3, "error: none.tif: "},
      {"compare broken.tif broken.tif", 3, "error: broken.tif: "},
      {"compare none.tif broken.tif", 3, "error: none.tif: "},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    const Ended ended = folder.run(c.line);
    INFO(ended.err);
    CHECK(ended.code == c.code);
    CHECK(contains(ended.err, c.message));
    CHECK(folder.names() == std::vector<std::string>{"broken.tif", "text.tif"});
  }
}

TEST_CASE("an output that exists, or is an input, is left alone", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=100 height=80 ! write a.tif -q").code == 0);
  const std::string before = folder.read("a.tif");
  CHECK(folder.run("pipe synth width=10 height=8 ! write a.tif").code == 2);
  CHECK(folder.run("pipe read a.tif ! write a.tif").code == 2);
  CHECK(folder.run("pipe read a.tif ! write ./a.tif --overwrite").code == 2);
  CHECK(folder.run("pipe read a.tif ! write a.tif overwrite=true").code == 2);
  CHECK(folder.read("a.tif") == before);
  CHECK(folder.run("pipe synth width=10 height=8 ! write a.tif --overwrite -q").code == 0);
  CHECK(folder.read("a.tif") != before);
  CHECK(folder.names() == std::vector<std::string>{"a.tif"});
}

TEST_CASE("a disk that is full", "[tools]") {
  const Folder folder;
  for (const char* compression : {"none", "deflate"}) {
    const Ended ended = folder.run(
        std::string("pipe synth width=4000 height=2000 ! write o.tif compression=") + compression,
        {{}, 200000});
    INFO(ended.err);
    CHECK(ended.code == 3);
    CHECK(contains(ended.err, "error: write (step 2): o.tif: "));
    CHECK(folder.names().empty());
  }
}

TEST_CASE("SLUICE_ISA", "[tools]") {
  const Folder folder;
  const Ended unknown = folder.run("pipe synth ! write o.tif", {{{"SLUICE_ISA", "mmx"}}, 0});
  CHECK(unknown.code == 2);
  CHECK(contains(unknown.err,
                 "error: SLUICE_ISA: there is no instruction set 'mmx'; this machine has "));
  CHECK(folder.names().empty());
}

TEST_CASE("options in front of the command, with values that are called like one", "[tools]") {
  const Folder folder;
  for (const char* line :
       {"--report plan pipe synth ! stats", "-q --report=plan pipe synth ! stats",
        "--threads 2 --report help --overwrite pipe synth ! stats"}) {
    const Ended ended = folder.run(line);
    INFO(line);
    CHECK(ended.code == 0);
    CHECK(contains(ended.out, "stats"));
  }
  CHECK(folder.names() == std::vector<std::string>{"help", "plan"});
}

TEST_CASE("help and version", "[tools]") {
  const Folder folder;
  CHECK(folder.run("").code == 2);
  CHECK(folder.run("--help").code == 0);
  CHECK(folder.run("--version").out.substr(0, 7) == "sluice ");
  for (const char* command : {"run", "pipe", "plan", "check", "info", "ops", "compare"}) {
    const Ended ended = folder.run(std::string(command) + " --help");
    CHECK(ended.code == 0);
    CHECK(contains(ended.out, std::string("Usage: sluice ") + command));
    CHECK(contains(ended.out, "--memory"));
  }
}
