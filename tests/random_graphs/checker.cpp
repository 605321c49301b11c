#include "random_graphs/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "codecs/format.hpp"
#include "engine/profile.hpp"
#include "engine/run.hpp"
#include "random_graphs/random.hpp"
#include "support/hooked_options.hpp"
#include "support/read_source.hpp"

namespace sluice::test {

namespace {

enum class Budget { none, half_way, least };
constexpr const char* kBudgets[] = {"no budget", "half way", "the least"};
constexpr const char* kTravels[] = {"by blocks", "by rows", "by columns", "in bands"};

std::string difference(const ReductionValues& a, const ReductionValues& b) {
  if (a.arrays.size() != b.arrays.size()) return "another number of arrays";
  for (std::size_t i = 0; i < a.arrays.size(); ++i)
    for (std::size_t k = 0; k < a.arrays[i].second.size(); ++k)
      for (std::size_t c = 0; c < a.arrays[i].second[k].size(); ++c) {
        const double u = a.arrays[i].second[k][c], v = b.arrays[i].second.at(k).at(c);
        if (std::bit_cast<std::uint64_t>(u) != std::bit_cast<std::uint64_t>(v) &&
            !(u != u && v != v))
          return fmt::format("{}[{}] of channel {}: {} against {}", a.arrays[i].first, k, c, u, v);
      }
  return {};
}

class Checker {
 public:
  Checker(const RandomGraph& graph, std::uint64_t seed, const std::string& folder)
      : graph_(graph), random_(seed), folder_(folder) {}

  Checked check() {
    for (const int threads : {1, 2, 8})
      for (const bool stall : {false, true}) {
        const HookedOptions options = choose(threads, stall);
        Plan plan;
        if (!guarded([&] { plan = sluice::plan(*build(graph_, folder_).graph, options); }, "plan",
                     options))
          continue;
        for (const Budget budget : {Budget::none, Budget::half_way, Budget::least})
          run_one(options, plan, budget);
        refuse_less(options, plan.least_bytes - 1);
      }
    const HookedOptions options = choose(2, true);
    guarded([&] { read_regions(options); }, "read_region", options);
    return std::move(checked_);
  }

 private:
  HookedOptions choose(int threads, bool stall) {
    HookedOptions options;
    options.threads = threads;
    options.isa = random_.pick(available_isas());
    options.forced.poison = random_.pick({0xA5, 0x5A, 0x7F, 0xFF});
    if (stall) options.forced.shuffle_seed = 1 + random_.bits() % 1'000'000;
    if (random_.chance(40)) {
      options.forced.unit_width = random_.between(8, 150);
      options.forced.unit_height = random_.between(8, 100);
    }
    if (random_.chance(30)) options.rewrites = Rewrites::none;
    if (random_.chance(40)) options.forced.keep_seed = 1 + random_.bits() % 1'000'000;
    if (random_.chance(15)) options.keep = Keep::never;
    if (random_.chance(30))
      options.forced.travel =
          random_.pick({Travel::blocks, Travel::rows, Travel::columns, Travel::bands});
    if (random_.chance(40)) options.spool_folder = folder_;
    options.forced.spool = !options.spool_folder.empty() && random_.chance(50);
    if (random_.chance(25)) options.profile = &profile_;
    if (random_.chance(20)) options.forced.credits = static_cast<int>(random_.between(1, 12));
    return options;
  }

  static std::string text(const HookedOptions& o) {
    std::string all =
        fmt::format("{} thread{}, {}", o.threads, o.threads > 1 ? "s" : "", name_of(o.isa));
    if (o.forced.shuffle_seed) all += fmt::format(", stalled by {}", o.forced.shuffle_seed);
    if (o.forced.unit_width)
      all += fmt::format(", units of {} x {}", o.forced.unit_width, o.forced.unit_height);
    if (o.forced.credits) all += fmt::format(", {} credits", o.forced.credits);
    if (o.rewrites == Rewrites::none) all += ", no rewrites";
    if (o.forced.keep_seed) all += fmt::format(", kept by {}", o.forced.keep_seed);
    if (o.keep == Keep::never) all += ", nothing kept";
    if (o.forced.travel)
      all += fmt::format(", travel {}", kTravels[static_cast<int>(*o.forced.travel)]);
    if (!o.spool_folder.empty()) all += o.forced.spool ? ", spooled" : ", may spool";
    if (o.profile) all += ", profiled";
    return all;
  }

  void fail(const std::string& what, const HookedOptions& options, const std::string& why) {
    checked_.failures.push_back(fmt::format("{} ({}): {}", what, text(options), why));
  }

  template <class Body>
  bool guarded(Body body, const std::string& what, const HookedOptions& options) {
    try {
      body();
      return true;
    } catch (const std::exception& error) {
      fail(what, options, error.what());
      return false;
    }
  }

  void run_one(HookedOptions options, const Plan& plan, Budget budget) {
    const std::string what = kBudgets[static_cast<int>(budget)];
    if (budget == Budget::half_way) options.memory = (plan.peak_bytes + plan.least_bytes + 1) / 2;
    if (budget == Budget::least) options.memory = plan.least_bytes;
    ++checked_.runs;
    guarded(
        [&] {
          const BuiltGraph built = build(graph_, folder_);
          const Report report = run(*built.graph, options);
          if (report.granted_peak_bytes > report.plan.peak_bytes)
            fail(what, options,
                 fmt::format("granted {} bytes, planned {}", report.granted_peak_bytes,
                             report.plan.peak_bytes));
          if (options.memory > 0 && report.plan.peak_bytes > options.memory)
            fail(what, options,
                 fmt::format("planned {} bytes under a budget of {}", report.plan.peak_bytes,
                             options.memory));
          count(report.plan);
          compare_all(built, what, options);
        },
        what, options);
  }

  void count(const Plan& plan) {
    const auto any = [&](auto has) {
      return std::any_of(plan.passes.begin(), plan.passes.end(), has) ? 1 : 0;
    };
    checked_.kept += any([](const PlannedPass& p) { return !p.kept.empty(); });
    checked_.spooled += any([](const PlannedPass& p) { return p.spooled >= 0; });
    checked_.rows += any([](const PlannedPass& p) { return p.travel == Travel::rows; });
    checked_.columns += any([](const PlannedPass& p) { return p.travel == Travel::columns; });
    checked_.bands += any([](const PlannedPass& p) { return p.travel == Travel::bands; });
    checked_.rewritten += plan.rewrites.empty() ? 0 : 1;
  }

  void compare_all(const BuiltGraph& built, const std::string& what, const HookedOptions& options) {
    const auto compare = [&](int step, const std::string& difference) {
      if (difference.empty()) return;
      fail(what, options,
           fmt::format("s{} ({}): {}", step, graph_.steps[static_cast<std::size_t>(step)].name,
                       difference));
    };
    for (std::size_t i = 0; i < graph_.sinks.size(); ++i) {
      const GraphSink& sink = graph_.sinks[i];
      const Picture& expected = graph_.steps[static_cast<std::size_t>(sink.step)].picture;
      if (built.memory[i])
        compare(sink.step, test::difference(built.memory[i]->result, expected));
      else
        compare(sink.step,
                test::difference(read_all(*open_image(folder_ + "/" + sink.file)), expected));
    }
    for (std::size_t i = 0; i < graph_.steps.size(); ++i)
      if (graph_.steps[i].is_result)
        compare(static_cast<int>(i),
                difference(built.outputs[i].result.values(), graph_.steps[i].values));
  }

  void refuse_less(HookedOptions options, std::int64_t memory) {
    if (memory < 1) return;
    options.memory = memory;
    try {
      sluice::plan(*build(graph_, folder_).graph, options);
      fail("one byte less than the least", options, "was not refused");
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::memory)
        fail("one byte less than the least", options, error.what());
    }
  }

  // A part of each image that waits for no result.
  void read_regions(const HookedOptions& options) {
    const BuiltGraph built = build(graph_, folder_);
    std::vector<bool> late(graph_.steps.size());
    for (std::size_t i = 0; i < graph_.steps.size(); ++i) {
      const GraphStep& step = graph_.steps[i];
      for (const GivenOption& option : step.options)
        late[i] = late[i] || option.late_step >= 0;
      for (const int input : step.inputs)
        late[i] = late[i] || late[static_cast<std::size_t>(input)];
      if (step.is_result || late[i] || !random_.chance(40)) continue;
      read_region_of(built.outputs[i].image, step, static_cast<int>(i), options);
    }
  }

  void read_region_of(const Image& image, const GraphStep& step, int number,
                      const HookedOptions& options) {
    const Picture& expected = step.picture;
    const std::int64_t x = random_.between(0, expected.width() - 1);
    const std::int64_t y = random_.between(0, expected.height() - 1);
    const Rect rect{x, y, random_.between(1, expected.width() - x),
                    random_.between(1, expected.height() - y)};
    const auto bytes = static_cast<std::int64_t>(size_of(expected.info.type));
    const std::int64_t pixel = bytes * expected.channels();
    std::vector<std::byte> buffer(static_cast<std::size_t>(rect.width * rect.height * pixel));
    sluice::read_region(image, rect, buffer, rect.width * pixel, options);
    for (std::int64_t j = 0; j < rect.height; ++j)
      for (std::int64_t i = 0; i < rect.width; ++i)
        for (int c = 0; c < expected.channels(); ++c)
          if (std::memcmp(buffer.data() + (j * rect.width + i) * pixel + c * bytes,
                          expected.samples.data() +
                              expected.index(c, x + i, y + j) * static_cast<std::size_t>(bytes),
                          static_cast<std::size_t>(bytes)) != 0)
            return fail(fmt::format("region {} x {} at ({}, {})", rect.width, rect.height, x, y),
                        options,
                        fmt::format("s{} ({}): channel {} at ({}, {})", number, step.name, c, x + i,
                                    y + j));
  }

  const RandomGraph& graph_;
  Random random_;
  const std::string folder_;
  Profile profile_;
  Checked checked_;
};

}  // namespace

Checked check(const RandomGraph& graph, std::uint64_t seed, const std::string& folder) {
  return Checker(graph, seed, folder).check();
}

}  // namespace sluice::test
