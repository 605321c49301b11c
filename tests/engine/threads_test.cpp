// Threads of a run: their number, and what happens where no more can be made.
#include <fcntl.h>
#include <oneapi/tbb/global_control.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/thread_limit.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// The race detector may have a thread of its own, which the limit counts too.
#if defined(__SANITIZE_THREAD__)
constexpr int kOfDetector = 1;
#else
constexpr int kOfDetector = 0;
#endif

struct Told {
  int threads = 0, warnings = 0;
  bool same = false;
};

// Runs on 8 threads in a process that may have `most`, and returns what became of it.
Told run_limited(const Image& image, const Picture& expected, rlim_t most) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = fork();
  if (child == 0) {
    Told told;
    if (limit_threads(most)) {
      RunOptions options;
      options.threads = 8;
      options.warning = [&](const std::string&) { ++told.warnings; };
      told.same = difference(pull(image, options), expected).empty();
      auto counted = std::make_shared<PictureSink>(image.info(), 64, 64, true);
      add_sink("write", image, counted);
      told.threads = run(image.graph(), options).threads;
    }
    const bool written = write(ends[1], &told, sizeof told) == sizeof told;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  Told told;
  const bool came = read(ends[0], &told, sizeof told) == sizeof told;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(came);
  CHECK(WIFEXITED(status));
  return told;
}

}  // namespace

TEST_CASE("a run goes on with the threads that the system lets be made", "[threads]") {
  const Picture in = random_picture(make_info(400, 300, SampleType::u32, 1), 5);
  const Image image =
      box(add_source(Graph::make(), picture_source(in, 32, 24)), 2, Edge::replicate);
  const Picture expected = plain_box(in, 2, Edge::replicate);
  for (const int most : {1, 3}) {
    if (most > 1 && geteuid() != 0) {
      WARN("not tried: only root can become a user that has no other process");
      continue;
    }
    const Told told = run_limited(image, expected, static_cast<rlim_t>(most));
    CHECK(told.same);
    CHECK(told.threads <= most);
    CHECK(told.threads >= std::max(1, most - kOfDetector));
    CHECK(told.warnings == 2);  // one a run
  }
}

TEST_CASE("more threads than the host allows are not used, and the run says so", "[threads]") {
  const Picture in = random_picture(make_info(300, 300, SampleType::u32, 1), 5);
  auto graph = Graph::make();
  const Image image = box(add_source(graph, picture_source(in, 32, 24)), 2, Edge::replicate);
  add_sink("write", image, std::make_shared<PictureSink>(image.info(), 64, 64, true));
  std::vector<std::string> warnings;
  RunOptions options;
  options.threads = 8;
  options.warning = [&](const std::string& text) { warnings.push_back(text); };
  CHECK(run(*graph, options).plan.threads == 8);
  CHECK(warnings.empty());
  {
    const oneapi::tbb::global_control host(oneapi::tbb::global_control::max_allowed_parallelism, 3);
    CHECK(allowed_threads() == 3);
    CHECK(plan(*graph, options).threads == 3);
    const Report report = run(*graph, options);
    CHECK(report.plan.threads == 3);
    CHECK(report.plan.threads_asked == 8);
    CHECK(report.plan.threads_allowed == 3);
    CHECK(report.threads <= 3);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], contains("8 threads were asked for; more than 3"));
  }
  options.threads = 1'000'000'000;
  CHECK(plan(*graph, options).threads <= allowed_threads());
}

TEST_CASE("threads end with their run", "[threads]") {
  const auto threads_now = [] {
    int threads = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
      threads += task.exists() ? 1 : 0;
    return threads;
  };
  const int before = threads_now();
  const Picture in = random_picture(make_info(300, 300, SampleType::u32, 1), 5);
  const Image image =
      box(add_source(Graph::make(), picture_source(in, 32, 24)), 2, Edge::replicate);
  RunOptions options;
  options.threads = 8;
  int during = 0;
  options.progress = [&](const Progress&) { during = std::max(during, threads_now()); };
  pull(image, options);
  CHECK(during == before + 7);
  CHECK(threads_now() == before);
}
