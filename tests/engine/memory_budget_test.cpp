// Memory that several runs share.
#include <latch>
#include <thread>

#include "support/box.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Returns when so many wait for the budget.
void await_waiting(const MemoryBudget& budget, int runs) {
  while (budget.waiting() != runs)
    std::this_thread::yield();
}

struct Boxes {
  Picture in = random_picture(make_info(500, 400, SampleType::u32, 1), 5);
  Picture expected = plain_box(in, 3, Edge::replicate);

  // Of a graph of its own.
  Image image() const {
    return box(add_source(Graph::make(), picture_source(in, 64, 48)), 3, Edge::replicate);
  }
  std::int64_t least() const {
    std::int64_t least = 0;
    RunOptions options;
    options.threads = 2;
    options.planned = [&](const Plan& plan) { least = plan.least_bytes; };
    pull(image(), options);
    return least;
  }
};

}  // namespace

TEST_CASE("a memory budget grants in the order of asking, never more than it has", "[budget]") {
  MemoryBudget budget(100);
  CHECK(budget.bytes() == 100);
  MemoryBudget::Grant first = budget.take(60);
  MemoryBudget::Grant second, third;
  std::atomic<int> served{0};
  // The second does not fit yet; the third would, but has its turn behind it, and does not fit
  // beside it.
  int second_served = -1, third_served = -1;
  std::thread large([&] {
    second = budget.take(80);
    second_served = served++;
    second.release();
  });
  await_waiting(budget, 1);
  std::thread small([&] {
    third = budget.take(30);
    third_served = served++;
  });
  await_waiting(budget, 2);
  CHECK(budget.granted() == 60);
  CHECK(served == 0);
  first.release();
  large.join();
  small.join();
  CHECK(second_served == 0);
  CHECK(third_served == 1);
  CHECK(budget.granted() == 30);
  second.release();
  third = {};
  CHECK(budget.granted() == 0);
  CHECK(error_of([&] { budget.take(101); }).kind() == ErrorKind::memory);
  CHECK(error_of([] { MemoryBudget(0); }).kind() == ErrorKind::usage);
}

TEST_CASE("who stops waiting for memory lets the next one go on", "[budget]") {
  MemoryBudget budget(100);
  MemoryBudget::Grant first = budget.take(60), last;
  std::stop_source stop;
  std::optional<Error> stopped;
  std::thread large([&] { stopped = error_of([&] { budget.take(70, stop.get_token()); }); });
  await_waiting(budget, 1);
  std::thread small([&] { last = budget.take(30); });
  await_waiting(budget, 2);
  stop.request_stop();
  large.join();
  small.join();
  REQUIRE(stopped);
  CHECK(stopped->kind() == ErrorKind::cancelled);
  CHECK(budget.granted() == 90);
}

TEST_CASE("runs that share a budget never have more together", "[budget]") {
  const Boxes boxes;
  const std::int64_t least = boxes.least();
  // Two of four fit beside each other.
  const auto budget = std::make_shared<MemoryBudget>(2 * least + least / 2);
  std::latch start(4);
  std::atomic<std::int64_t> most{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> runs;
  for (int i = 0; i < 4; ++i)
    runs.emplace_back([&] {
      RunOptions options;
      options.threads = 2;
      options.memory = least;
      options.budget = budget;
      options.progress = [&](const Progress&) {
        const std::int64_t now = budget->granted();
        for (std::int64_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
      };
      const Image image = boxes.image();
      start.arrive_and_wait();
      for (int times = 0; times < 3; ++times)
        wrong += difference(pull(image, options), boxes.expected).empty() ? 0 : 1;
    });
  for (std::thread& thread : runs)
    thread.join();
  CHECK(wrong == 0);
  CHECK(most >= least);
  CHECK(most <= 2 * least);
  CHECK(budget->granted() == 0);
}

TEST_CASE("a run plans within the shared budget, waits for its share and gives it back",
          "[budget]") {
  const Boxes boxes;
  const std::int64_t least = boxes.least();
  const Image image = boxes.image();
  RunOptions options;
  options.threads = 2;
  options.budget = std::make_shared<MemoryBudget>(least - 1);
  const Error refused = error_of([&] { pull(image, options); });
  CHECK(refused.kind() == ErrorKind::memory);
  CHECK_THAT(refused.what(), contains(std::to_string(least)));
  CHECK(options.budget->granted() == 0);

  options.budget = std::make_shared<MemoryBudget>(least);
  std::int64_t planned = 0, granted = 0;
  options.planned = [&](const Plan& plan) { planned = plan.peak_bytes; };
  options.progress = [&](const Progress&) { granted = options.budget->granted(); };
  CHECK(difference(pull(image, options), boxes.expected) == "");
  CHECK(planned <= least);
  CHECK(granted == planned);
  CHECK(options.budget->granted() == 0);

  // Stopped while another one has it all; also when a run fails it is given back.
  MemoryBudget::Grant other = options.budget->take(least);
  std::stop_source stop;
  options.stop = stop.get_token();
  std::optional<Error> stopped;
  std::thread waits([&] { stopped = error_of([&] { pull(boxes.image(), options); }); });
  await_waiting(*options.budget, 1);
  stop.request_stop();
  waits.join();
  REQUIRE(stopped);
  CHECK(stopped->kind() == ErrorKind::cancelled);
  other.release();
  options.stop = {};
  options.progress = [&](const Progress&) { throw Error(ErrorKind::system, "no more"); };
  CHECK(error_of([&] { pull(boxes.image(), options); }).reason() == "no more");
  CHECK(options.budget->granted() == 0);
}
