// The tool where the system lets few threads be made.
#include <unistd.h>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using namespace sluice::test;

TEST_CASE("the tool runs on the threads that it can have, and says so", "[threads]") {
  const Folder folder;
  const std::string line = "pipe --threads 4 synth noise width=2000 height=1000 ! stats";
  const Ended free = folder.run(line);
  REQUIRE(free.code == 0);
  CHECK(free.err.find("threads") == std::string::npos);
  // With 1 there is not even one to wait for signals.
  for (const int limit : {1, 2, 3, 50}) {
    if (limit > 1 && limit < 50 && geteuid() != 0) {
      WARN("not tried: only root can become a user that has no other process");
      continue;
    }
    INFO("limit " << limit);
    const Ended ended = folder.run(line, {.thread_limit = limit});
    CHECK(ended.signal == 0);
    CHECK(ended.code == 0);
    CHECK(ended.out == free.out);
    CHECK((ended.err.find("waits for signals") != std::string::npos) == (limit == 1));
    const std::string had = "of 4 threads only " + std::to_string(limit == 1 ? 1 : limit - 1);
    CHECK((ended.err.find(had) != std::string::npos) == (limit < 50));
  }
}

TEST_CASE("one thread needs no other, and no warning but that of signals", "[threads]") {
  const Folder folder;
  const Ended ended =
      folder.run("pipe --threads 1 synth noise width=500 height=500 ! stats", {.thread_limit = 1});
  CHECK(ended.code == 0);
  CHECK(ended.err.find("threads only") == std::string::npos);
}
