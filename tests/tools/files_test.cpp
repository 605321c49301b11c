// What the tool does to the files around it: standard descriptors, inputs that change, names.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using sluice::test::contains;
using sluice::test::Ended;
using sluice::test::Folder;
using sluice::test::Tool;
using sluice::test::words_of;

TEST_CASE("closed standard descriptors: nothing goes into an image", "[tools]") {
  const Folder folder;
  const std::string line = "pipe synth noise width=1500 height=900 ! write ";
  REQUIRE(folder.run(line + "whole.tif -q").code == 0);
  for (const char* closed :
       {"<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    for (const char* resume : {"", " --resume"}) {
      INFO(closed << resume);
      CHECK(folder.by_shell(
                line + "o.tif --overwrite --progress plain" + resume + ' ' + closed +
                (std::string(closed).find("2>") == std::string::npos ? " 2> err" : "")) == 0);
      CHECK(folder.read("o.tif") == folder.read("whole.tif"));
    }
    CHECK(folder.by_shell(std::string("pipe read whole.tif ! write o.tif --overwrite -q ") +
                          closed) == 0);
    CHECK(folder.read("o.tif") == folder.read("whole.tif"));
  }
  // Results that nobody can get are still an error.
  CHECK(folder.by_shell("pipe read whole.tif ! stats -q >&- 2> err") == 3);
  CHECK_THAT(folder.read("err"), contains("the results could not be written to standard output"));
}

TEST_CASE("an input that is overwritten during the run", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth kind=tissue width=3000 height=3000 ! write in.tif -q").code == 0);
  const std::filesystem::path input = folder.path() / "in.tif";
  std::filesystem::last_write_time(input,
                                   std::filesystem::last_write_time(input) - std::chrono::hours(1));
  Tool tool(words_of("pipe read in.tif ! gaussian_blur sigma=20 ! write o.tif compression=zstd "
                     "level=19 --resume -q"),
            folder.path());
  REQUIRE(folder.await(".o.tif.sluice-part", 1));
  std::filesystem::last_write_time(input, std::filesystem::file_time_type::clock::now());
  const Ended ended = tool.wait();
  CHECK(ended.code == 1);
  CHECK_THAT(ended.err, contains("read (step 1): in.tif: "));
  CHECK_THAT(ended.err, contains("the file has changed during the run: it has been written to"));
  CHECK(folder.names() == std::vector<std::string>{"in.tif"});
}

TEST_CASE("an input that --resume would overwrite is refused", "[tools][resume]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=300 height=200 ! write .g.tif.sluice-part format=tiff -q")
              .code == 0);
  const std::string before = folder.read(".g.tif.sluice-part");
  for (const char* command : {"pipe", "plan", "check"}) {
    const Ended ended =
        folder.run(std::string(command) + " read .g.tif.sluice-part ! write g.tif --resume");
    INFO(command);
    CHECK(ended.code == 2);
    CHECK_THAT(ended.err,
               contains("write (step 2): 'g.tif' keeps what is done in '.g.tif.sluice-part', "
                        "which is the file that read (step 1) reads"));
  }
  CHECK(folder.read(".g.tif.sluice-part") == before);
  CHECK(folder.names() == std::vector<std::string>{".g.tif.sluice-part"});
}

TEST_CASE("two outputs by two names of one file", "[tools]") {
  const Folder folder;
  std::filesystem::create_symlink("to.tif", folder.path() / "link.tif");
  const Ended ended =
      folder.run("pipe synth as=s ! write link.tif ! write to.tif from=s --overwrite");
  CHECK(ended.code == 2);
  CHECK_THAT(ended.err,
             contains("step 3, 'write': error: 'to.tif' is already written by write (step 2)"));
  CHECK(folder.names() == std::vector<std::string>{"link.tif"});
}

TEST_CASE("long names of outputs", "[tools][resume]") {
  const Folder folder;
  const auto longest = static_cast<std::size_t>(pathconf(folder.path().c_str(), _PC_NAME_MAX));
  for (const std::size_t length : {longest - 5, longest}) {
    const std::string name = std::string(length - 4, 'n') + ".tif";
    for (const char* options : {"", " --resume", " --overwrite"}) {
      INFO(length << options);
      const Ended ended = folder.run("pipe synth width=300 height=200 ! write " + name + options);
      INFO(ended.err);
      CHECK(ended.code == 0);
      CHECK(folder.names() == std::vector<std::string>{name});
      std::filesystem::remove(folder.path() / name);
    }
  }
  const std::string name = std::string(longest - 3, 'n') + ".tif";
  for (const char* line :
       {"check synth ! write ", "pipe synth width=60000 height=60000 ! write "}) {
    const Ended ended = folder.run(line + name);
    CHECK(ended.code == 2);
    CHECK_THAT(ended.err, contains("the name has " + std::to_string(longest + 1) +
                                   " bytes; names in '.' may have " + std::to_string(longest)));
  }
  CHECK(folder.run("pipe synth ! stats --report " + name).code == 2);
}

TEST_CASE("where the folder is gone, nobody is told to go on", "[tools][resume]") {
  const Folder folder;
  std::filesystem::create_directory(folder.path() / "inner");
  Tool tool(
      words_of("pipe synth kind=tissue width=60000 height=60000 ! gaussian_blur sigma=4 ! write "
               "inner/o.tif compression=deflate tile=64 --resume --progress none"),
      folder.path());
  REQUIRE(tool.await_written(1 << 20));
  std::filesystem::remove_all(folder.path() / "inner");
  tool.send(SIGTERM);
  const Ended ended = tool.wait();
  CHECK(ended.code > 0);
  CHECK_THAT(ended.err, !contains("what is done was kept"));
}

TEST_CASE("more files than the process may have open", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=32 height=32 ! write in.tif -q").code == 0);
  const auto pipeline = [&](int inputs, const std::string& name) {
    std::string text = "sluice: 1\nsteps:\n";
    std::string names;
    for (int i = 0; i < inputs; ++i) {
      std::filesystem::create_hard_link(folder.path() / "in.tif",
                                        folder.path() / (name + std::to_string(i) + ".tif"));
      text +=
          "  - read: " + name + std::to_string(i) + ".tif\n    as: i" + std::to_string(i) + "\n";
      names += (i ? ", i" : "i") + std::to_string(i);
    }
    text += "  - stack:\n    from: [" + names + "]\n  - write: " + name + "-out.tif\n";
    folder.write(name + ".yaml", text);
  };
  pipeline(60, "a");
  // The soft limit is raised to the hard one.
  CHECK(folder.by_shell("run a.yaml -q", "ulimit -Sn 32; ") == 0);
  CHECK(folder.by_shell("run a.yaml -q --overwrite 2> err", "ulimit -n 64; ") == 3);
  CHECK_THAT(
      folder.read("err"),
      contains("the pipeline has 61 files open at once (60 read, 1 written), and this process "
               "may have 64, "));
  CHECK_THAT(folder.read("err"), contains("raise that limit (RLIMIT_NOFILE, ulimit -n) to "));
  CHECK(folder.by_shell("check a.yaml --resume 2> err", "ulimit -n 40; ") == 3);
  CHECK_THAT(folder.read("err"), contains("(60 read, 1 written, 1 of journals)"));
}
