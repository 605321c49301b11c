// Runs that are stopped leave nothing under the final name.
#include <signal.h>

#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using sluice::test::contains;
using sluice::test::Ended;
using sluice::test::Folder;
using sluice::test::Tool;
using sluice::test::words_of;

namespace {

// Minutes of work: a tool that is not stopped ends with 0, long after.
const char* const kLongRun =
    "pipe synth kind=tissue width=60000 height=60000 ! gaussian_blur sigma=4 ! write o.tif "
    "compression=deflate --report r.json";

// When the output has so many bytes; with 0, when it has been made.
Ended stopped_by(const Folder& folder, int signal, std::int64_t bytes) {
  Tool tool(words_of(kLongRun), folder.path());
  CHECK(tool.await_written(bytes));
  tool.send(signal);
  return tool.wait();
}

}  // namespace

TEST_CASE("SIGINT: it cleans up and dies of it", "[tools]") {
  for (const int bytes : {0, 1 << 20}) {
    const Folder folder;
    CHECK(stopped_by(folder, SIGINT, bytes).signal == SIGINT);
    CHECK(folder.names().empty());
  }
}

TEST_CASE("SIGTERM: it cleans up and exits with 143", "[tools]") {
  for (const int bytes : {0, 1 << 20}) {
    const Folder folder;
    CHECK(stopped_by(folder, SIGTERM, bytes).code == 143);
    CHECK(folder.names().empty());
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // all units last that long
TEST_CASE("a unit that lasts longer than the patience", "[tools][resume]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const Folder folder;
  Tool tool(words_of("pipe synth kind=tissue width=8192 height=8192 ! write o.tif tile=8192 "
                     "compression=zstd level=22 --resume --progress none"),
            folder.path());
  // The tile is put together, and the compressor has its tables: it is done minutes later.
  REQUIRE(tool.await_resident(std::int64_t{700} << 20));
  tool.send(signal);
  const Ended ended = tool.wait();
  INFO(ended.err);
  if (signal == SIGINT) {
    CHECK(ended.signal == SIGINT);
    CHECK(folder.names().empty());
  } else {
    CHECK(ended.code == 75);
    CHECK_THAT(ended.err, contains("to go on: sluice pipe synth"));
    CHECK(folder.has(".o.tif.sluice-journal"));
  }
}
#endif

TEST_CASE("a signal that comes twice at once counts once", "[tools][resume]") {
  const Folder folder;
  Tool tool(words_of(std::string(kLongRun) + " --resume --progress none"), folder.path());
  REQUIRE(folder.await(".o.tif.sluice-part", 1 << 20));
  tool.send(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  tool.send(SIGTERM);
  const Ended ended = tool.wait();
  INFO(ended.err);
  CHECK(ended.code == 75);
  CHECK_THAT(ended.err, contains("stopped on request"));
  CHECK_THAT(ended.err, contains("to go on: sluice pipe"));
}

TEST_CASE("a stopped run leaves its profile", "[tools]") {
  const Folder folder;
  Tool tool(words_of(std::string(kLongRun) + " --profile p.json"), folder.path());
  REQUIRE(tool.await_written(1));
  tool.send(SIGTERM);
  CHECK(tool.wait().code == 143);
  CHECK(folder.names() == std::vector<std::string>{"p.json"});
  const auto profile = folder.json("p.json")["sluice"];
  CHECK(profile["complete"] == false);
  CHECK(profile["error"] == "stopped on request");
}

TEST_CASE("SIGKILL at any moment: never a file under the final name", "[tools]") {
  for (const int bytes : {0, 1, 100'000, 500'000, 1'000'000, 2'000'000}) {
    const Folder folder;
    CHECK(stopped_by(folder, SIGKILL, bytes).signal == SIGKILL);
    CHECK_FALSE(folder.has("o.tif"));
    CHECK_FALSE(folder.has("r.json"));
  }
}
