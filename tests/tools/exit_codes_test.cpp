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
      {"pipe synth ! crop x=5000 width=10 ! write o.tif", "step 2, 'crop': error: the rectangle "},
      {"pipe synth ! write o.xyz", "step 2, 'write': error: o.xyz: "},
      {"pipe synth as=s ! write o.tif ! write ./o.tif from=s",
       "error: './o.tif' is already written by write (step 2)"},
      {"pipe synth ! write o.tif --memory 1M", "error: the pipeline needs at least "},
      {"pipe synth ! write o.tif --report o.tif",
       "error: --report 'o.tif' is the image file 'o.tif' of write (step 2)"},
      {"pipe synth ! write o.tif --threads", "error: --threads needs a value"},
      {"pipe synth ! write o.tif --threads 1 --threads 2",
       "error: --threads is given more than once"},
      {"compare a.tif b.tif --tolerance nan",
       "error: --tolerance takes a number from 0 on, not 'nan'"},
      {"compare a.tif b.tif --tolerance inf",
       "error: --tolerance takes a number from 0 on, not 'inf'"},
      {"compare a.tif b.tif --tolerance -1",
       "error: --tolerance takes a number from 0 on, not '-1'"},
      {"compare a.tif b.tif --tolerance 1e400", "error: --tolerance takes a number from 0 on"},
      {"compare a.tif b.tif --tolerance 0x1p3", "error: --tolerance takes a number from 0 on"},
      {"compare a.tif b.tif --tolerance=", "error: --tolerance "},
      {"info a.tif --page nan", "error: --page takes a whole number from 0 on, not 'nan'"},
      {"info a.tif --page -1", "error: --page takes a whole number from 0 on, not '-1'"},
      {"info a.tif --page 99999999999", "error: --page takes a whole number from 0 on"},
      {"info a.tif --level 1.5", "error: --level takes a whole number from 0 on, not '1.5'"},
      {"pipe synth ! write o.tif --memory nan", "error: --memory takes a size"},
      {"pipe synth ! write o.tif --memory inf", "error: --memory takes a size"},
      {"pipe synth ! write o.tif --memory -5M", "error: --memory takes a size"},
      {"pipe synth ! write o.tif --memory 99999999999T", "error: --memory takes a size"},
      {"pipe synth ! write o.tif --threads 99999999999", "error: --threads takes 1 to 1024"},
      {"pipe synth ! write -x.tif",
       "error: there is no option '-x.tif'; a file whose name begins with '-' is './-x.tif'"},
      {"info -- -x.tif", "error: there is no option '--'; a file whose name begins with '-' is"},
      {"pipe synth ! write o.tif --report=", "error: --report needs a value"},
      {"pipe synth ! write /dev/stdout format=tiff",
       "/dev/stdout: is not an ordinary file, and is not replaced"},
      {"help runn", "error: there is no command 'runn'; did you mean 'run'?"},
      {"pipe synth ! blur sigma=2 ! write o.tif", "there is no step 'blur'; 'gaussian_blur' blurs"},
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

TEST_CASE("an output that exists hinders neither plan nor check", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=100 height=80 ! write a.tif -q").code == 0);
  const std::string before = folder.read("a.tif");
  const char* const warning =
      "warning: 'a.tif' exists already: a run replaces it only with --overwrite\n";
  for (const char* command : {"plan", "check"}) {
    INFO(command);
    const std::string line = std::string(command) + " synth ! write a.tif";
    const Ended ended = folder.run(line);
    CHECK(ended.code == 0);
    CHECK(ended.err == warning);
    CHECK(folder.run(line + " -q").err.empty());
    CHECK(folder.run(line + " --overwrite").err.empty());
    CHECK(folder.run(line + " overwrite=true").err.empty());
  }
  CHECK(folder.read("a.tif") == before);
}

TEST_CASE("negative numbers are values, not options", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth noise width=64 height=48 channels=3 ! write a.tif -q").code == 0);
  for (const char* line : {"pipe read a.tif ! select -1 ! write o.tif --overwrite",
                           "pipe read a.tif ! select -1,-2 ! write o.tif --overwrite -q",
                           "-q pipe read a.tif ! select 0,1,-1 ! write o.tif --overwrite"}) {
    INFO(line);
    const Ended ended = folder.run(line);
    INFO(ended.err);
    CHECK(ended.code == 0);
  }
  CHECK(folder.json_of("info o.tif --json")["channels"] == 3);
}

TEST_CASE("a name that nothing uses is warned of", "[tools]") {
  const Folder folder;
  const std::string line = "pipe synth as=a ! synth ! write o.tif --overwrite --progress none";
  const Ended ended = folder.run(line);
  CHECK(ended.code == 0);
  CHECK(ended.err == "step 1, 'as=a': warning: the name 'a' is never used\n");
  CHECK(folder.run(line + " -q").err.empty());
}

TEST_CASE("empty values, as of a variable that is not set", "[tools]") {
  const Folder folder;
  struct Case {
    std::vector<std::string> words;
    const char* message;
  };
  for (const Case& c :
       {Case{{"pipe", "synth", "!", "write", "o.tif", "--report", ""},
             "error: --report needs a value, and was given an empty one"},
        Case{{"pipe", "synth", "!", "write", ""}, "the name of the file to write is empty"},
        Case{{"pipe", "read", "", "!", "write", "o.tif"}, "the name of the file to read is empty"},
        Case{{"run", ""}, "the name of the file to read is empty"}}) {
    const Ended ended = folder.run(c.words);
    INFO(c.message);
    CHECK(ended.code == 2);
    CHECK(contains(ended.err, c.message));
    CHECK(folder.names().empty());
  }
}

TEST_CASE("a process that may have almost no memory", "[tools]") {
  const Folder folder;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // An error or, where it is enough, the result: never a signal.
  for (const char* kilobytes : {"12000", "16000", "20000", "24000", "28000", "40000"}) {
    const int code = folder.by_shell("pipe synth ! stats -q > out 2> err",
                                     std::string("ulimit -v ") + kilobytes + "; ");
    INFO(kilobytes << ": " << folder.read("err"));
    CHECK((code == 0 || code == 2 || code == 3 || code == 127));
  }
#endif
}

TEST_CASE("standard output that may not grow", "[tools]") {
  const Folder folder;
  CHECK(folder.by_shell("ops > out 2> err", "ulimit -f 1; ") == 3);
  CHECK(contains(folder.read("err"), "the results could not be written to standard output"));
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
    CHECK(folder.run(std::string("help ") + command).out == ended.out);
  }
  for (const char* option : {"--memory", "--report", "--json", "--svg", "--page", "--tolerance",
                             "--quiet", "--verbose"}) {
    // An option that a command does not have names those that have it.
    for (const char* command : {"run", "pipe", "plan", "check", "info", "ops", "compare"}) {
      INFO(command << ' ' << option);
      const bool has = contains(folder.run(std::string(command) + " --help").out, option);
      const std::string refusal = folder.run({command, "x", option}).err;
      CHECK(contains(refusal, std::string(option) + " does nothing with '" + command) != has);
      const auto acts = refusal.find("it acts in ");
      if (!has) CHECK(acts != std::string::npos);
      for (const char* other : {"run", "pipe", "plan", "check", "info", "ops", "compare"})
        if (!has)
          CHECK(contains(refusal.substr(acts), other) ==
                contains(folder.run(std::string(other) + " --help").out, option));
    }
  }
  CHECK(folder.run("help resize").out == folder.run("ops resize").out);
  CHECK(folder.run("help").out == folder.run("--help").out);
}
