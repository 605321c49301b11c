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

// Minutes of work.
const char* const kLongRun =
    "pipe synth kind=tissue width=60000 height=60000 ! gaussian_blur sigma=4 ! write o.tif "
    "compression=deflate --report r.json";

Ended stopped_by(const Folder& folder, int signal, int after_milliseconds) {
  Tool tool(words_of(kLongRun), folder.path());
  std::this_thread::sleep_for(std::chrono::milliseconds(after_milliseconds));
  tool.send(signal);
  return tool.wait();
}

}  // namespace

TEST_CASE("SIGINT: it cleans up and dies of it", "[tools]") {
  for (const int after : {100, 700}) {
    const Folder folder;
    const Ended ended = stopped_by(folder, SIGINT, after);
    CHECK(ended.signal == SIGINT);
    CHECK(ended.seconds < 1.5);
    CHECK(folder.names().empty());
  }
}

TEST_CASE("SIGTERM: it cleans up and exits with 143", "[tools]") {
  for (const int after : {100, 700}) {
    const Folder folder;
    const Ended ended = stopped_by(folder, SIGTERM, after);
    CHECK(ended.code == 143);
    CHECK(ended.seconds < 1.5);
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
  std::this_thread::sleep_for(std::chrono::milliseconds(4000));
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
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  tool.send(SIGTERM);
  CHECK(tool.wait().code == 143);
  CHECK(folder.names() == std::vector<std::string>{"p.json"});
  const auto profile = folder.json("p.json")["sluice"];
  CHECK(profile["complete"] == false);
  CHECK(profile["error"] == "stopped on request");
}

TEST_CASE("SIGKILL at any moment: never a file under the final name", "[tools]") {
  for (int after = 20; after < 700; after += 90) {
    const Folder folder;
    const Ended ended = stopped_by(folder, SIGKILL, after);
    CHECK(ended.signal == SIGKILL);
    CHECK_FALSE(folder.has("o.tif"));
    CHECK_FALSE(folder.has("r.json"));
  }
}
