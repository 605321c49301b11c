// The files of --report, --profile and --svg: where they may go, and what a failure says.
#include "support/catch.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::contains;
using sluice::test::Ended;
using sluice::test::Folder;

namespace {

const char* const kPipeline =
    "sluice: 1\nsteps:\n  - read: in.tif\n  - write: { to: out.tif, format: tiff }\n";

}  // namespace

TEST_CASE("a report to standard output or another descriptor is added to what is there",
          "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=64 height=64 ! write in.tif -q").code == 0);
  folder.write("log", "before\n");
  std::filesystem::create_symlink("/dev/stdout", folder.path() / "link");
  for (const char* target : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"}) {
    INFO(target);
    const std::string log = folder.read("log");
    REQUIRE(folder.by_shell(std::string("pipe read in.tif ! stats -q --report ") + target +
                            " >> log") == 0);
    const std::string added = folder.read("log").substr(log.size());
    CHECK(folder.read("log").starts_with(log));
    CHECK(added.starts_with("stats"));  // the results, then the report
    CHECK(json::parse(added.substr(added.find("\n{")))["threads"].is_number());
  }
  const std::string log = folder.read("log");
  REQUIRE(folder.by_shell("pipe read in.tif ! stats -q --profile /dev/fd/7 7>> log > /dev/null") ==
          0);
  CHECK(folder.read("log").starts_with(log));
  CHECK(json::parse(folder.read("log").substr(log.size()))["sluice"]["complete"] == true);
  CHECK(folder.names() == std::vector<std::string>{"in.tif", "link", "log"});

  // A pipe, as tests run the tool.
  const Ended piped = folder.run("pipe read in.tif ! write o.tif -q --report /dev/stdout");
  CHECK(piped.code == 0);
  CHECK(json::parse(piped.out)["outputs"].size() == 1);
  CHECK(folder.run("pipe read in.tif ! stats --report /dev/null").code == 0);
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a descriptor that cannot be written to is refused before the run", "[tools]") {
  const Folder folder;
  const std::string line = "pipe synth ! write o.tif -q 2> error --report /dev/fd/";
  CHECK(folder.by_shell(line + "9") == 3);
  CHECK_THAT(folder.read("error"), contains("--report: /dev/fd/9: "));
  CHECK(folder.by_shell(line + "8 8< /dev/null") == 2);
  CHECK_THAT(folder.read("error"), contains("/dev/fd/8: is open for reading alone"));
  CHECK(folder.names() == std::vector<std::string>{"error"});
}

TEST_CASE("no file that is written is another file of the run", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=64 height=64 ! write in.tif -q").code == 0);
  folder.write("q.yaml", kPipeline);
  folder.write(
      "out.yaml",
      "sluice: 1\nsteps:\n  - read: in.tif\n  - write: { to: ./out.yaml, format: tiff }\n");
  std::filesystem::create_symlink("q.yaml", folder.path() / "link.yaml");
  std::filesystem::create_symlink("out.tif", folder.path() / "later.tif");
  std::filesystem::create_hard_link(folder.path() / "in.tif", folder.path() / "hard.tif");
  std::filesystem::create_hard_link(folder.path() / "q.yaml", folder.path() / "hard.yaml");
  const std::vector<std::string> names = folder.names();
  const std::string before = folder.read("in.tif"), pipeline = folder.read("q.yaml");
  struct Case {
    const char* line;
    const char* message;
  };
  const Case cases[] = {
      {"run q.yaml --report q.yaml", "--report 'q.yaml' is the pipeline file 'q.yaml'"},
      {"run ./q.yaml --profile q.yaml", "--profile 'q.yaml' is the pipeline file './q.yaml'"},
      {"run link.yaml --report q.yaml", "--report 'q.yaml' is the pipeline file 'link.yaml'"},
      {"plan q.yaml --svg q.yaml", "--svg 'q.yaml' is the pipeline file 'q.yaml'"},
      {"check q.yaml --report q.yaml", "--report 'q.yaml' is the pipeline file 'q.yaml'"},
      {"run out.yaml --overwrite", "write (line 4): './out.yaml' is the pipeline file 'out.yaml'"},
      {"plan q.yaml --svg in.tif", "--svg 'in.tif' is the image file 'in.tif' of read (line 3)"},
      {"run q.yaml --report ./in.tif",
       "--report './in.tif' is the image file 'in.tif' of read (line 3)"},
      {"run q.yaml --profile ./out.tif",
       "--profile './out.tif' is the image file 'out.tif' of write (line 4)"},
      {"run q.yaml --profile a.json --report ./a.json",
       "--profile 'a.json' is the file of --report './a.json'"},
      {"plan q.yaml --svg a.json --profile ./a.json",
       "--svg 'a.json' is the file of --profile './a.json'"},
      {"run q.yaml --report hard.tif",
       "--report 'hard.tif' is the image file 'in.tif' of read (line 3)"},
      {"plan q.yaml --svg hard.tif",
       "--svg 'hard.tif' is the image file 'in.tif' of read (line 3)"},
      {"run q.yaml --report later.tif",
       "--report 'later.tif' is the image file 'out.tif' of write (line 4)"},
      {"run hard.yaml --profile q.yaml", "--profile 'q.yaml' is the pipeline file 'hard.yaml'"},
      {"run q.yaml --resume --report .out.tif.sluice-part",
       "--report '.out.tif.sluice-part' is where --resume keeps what is done of 'out.tif'"},
      {"run q.yaml --resume --profile .out.tif.sluice-journal",
       "--profile '.out.tif.sluice-journal' is where --resume keeps what is done of 'out.tif'"},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    const Ended ended = folder.run(c.line);
    CHECK(ended.code == 2);
    CHECK_THAT(ended.err, contains(c.message));
  }
  CHECK(folder.read("q.yaml") == pipeline);
  CHECK(folder.read("in.tif") == before);
  CHECK(folder.names() == names);
}

TEST_CASE("a report that cannot be written: the outputs are whole, and the profile is there",
          "[tools]") {
  if (!std::filesystem::exists("/dev/full")) return;
  const Folder folder;
  const std::string line = "pipe synth width=64 height=64 ! write o.tif --overwrite -q ";
  const Ended ended = folder.run(line + "--report /dev/full --profile p.json");
  CHECK(ended.code == 3);
  CHECK_THAT(ended.err,
             contains("the run is done and its outputs are whole; --report was not written: "
                      "/dev/full: cannot write "));
  CHECK(folder.json("p.json")["sluice"]["complete"] == true);
  CHECK(folder.run("info o.tif").code == 0);

  const Ended profile = folder.run(line + "--profile /dev/full --report r.json");
  CHECK(profile.code == 3);
  CHECK_THAT(profile.err, contains("its outputs are whole; --profile was not written: "));
  CHECK(folder.json("r.json")["outputs"].size() == 1);

  const Ended results = folder.run("pipe synth ! stats -q --report /dev/full");
  CHECK(results.code == 3);
  CHECK_THAT(results.err, contains("the run is done; --report was not written"));
}
