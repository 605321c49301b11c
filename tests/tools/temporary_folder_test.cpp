// The folder of temporary files: which it is, what is said of it, when it is refused.
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::contains;
using sluice::test::Ended;
using sluice::test::Folder;

namespace {

bool in_memory(const char* folder) {
  struct statfs system {};
  return statfs(folder, &system) == 0 && system.f_type == TMPFS_MAGIC;
}

// A file that is decoded from its first row on, asked for column by column.
const std::string kTurned = " read in.png ! rotate 90 ! write o.tif --threads 2 ";
const std::string kSpooling = kTurned + "--memory 24M ";

}  // namespace

TEST_CASE("a folder for temporary files that cannot be used is refused at the start", "[tools]") {
  const Folder folder;
  folder.write("file", "");
  const std::string pipeline = " synth ! write o.tif --tmpdir ";
  for (const char* command : {"plan", "pipe", "check"}) {
    const Ended missing = folder.run(command + pipeline + "nowhere");
    CHECK(missing.code == 3);
    CHECK(missing.out.empty());
    CHECK_THAT(missing.err, contains("--tmpdir: no temporary file can be made in 'nowhere': "));
    const Ended no_folder = folder.run(command + pipeline + "file");
    CHECK(no_folder.code == 3);
    CHECK_THAT(no_folder.err, contains("--tmpdir") && contains("'file'"));
  }
  CHECK(folder.names() == std::vector<std::string>{"file"});
}

TEST_CASE("which folder temporary files lie in, and whether that is memory", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=3000 height=3000 ! write in.png level=1 -q").code == 0);
  const auto planned = [&](const std::string& options, const char* variable) {
    const Ended ended = folder.run("plan --json" + kTurned + options, {{{"TMPDIR", variable}}, 0});
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    return json::parse(ended.out);
  };
  const json folder_of_default = planned("--memory 24M", "")["temporary_folder"];
  CHECK(folder_of_default["from"] == "default");
  CHECK(folder_of_default["path"] == (access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp"));
  const json of_variable = planned("--memory 24M", folder.path().c_str())["temporary_folder"];
  CHECK(of_variable["from"] == "TMPDIR");
  CHECK(of_variable["path"] == folder.path().string());
  CHECK(of_variable["in_memory"] == in_memory(folder.path().c_str()));
  // Nothing is said of a folder that is not used.
  CHECK_FALSE(planned("--memory 1G", "").contains("temporary_folder"));
  CHECK(planned("--memory 1G", "/nowhere")["passes"].size() == 1);

  for (const std::string command : {"plan", "pipe"}) {
    const Ended refused = folder.run(command + kSpooling, {{{"TMPDIR", "/nowhere"}}, 0});
    CHECK(refused.code == 3);
    CHECK_THAT(refused.err, contains("TMPDIR: no temporary file can be made in '/nowhere': ") &&
                                contains("--tmpdir names another folder"));
  }
  CHECK_FALSE(folder.has("o.tif"));

  if (!in_memory("/dev/shm")) return;
  CHECK(planned("--memory 24M --tmpdir /dev/shm", "")["temporary_folder"] ==
        json{{"path", "/dev/shm"}, {"from", "option"}, {"in_memory", true}});
  CHECK_THAT(folder.run("plan" + kSpooling + "--tmpdir /dev/shm").out,
             contains("temporary files in /dev/shm (--tmpdir) are memory of the machine"));
  CHECK_THAT(folder.run("plan --memory 1G --tmpdir /dev/shm" + kTurned).out,
             !contains("memory of the machine"));
}
