// What a run says it measured, against its plan and against itself.
#include "engine/profile.hpp"

#include <algorithm>
#include <thread>

#include "engine/run.hpp"
#include "engine/runtime/profiler.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Takes its neighbours in and a little time.
class Slow final : public Operation {
 public:
  Slow(ImageInfo info, std::int64_t radius) : Operation(std::move(info)), radius_(radius) {}
  Rect needs(int, const Rect& out) const override {
    return out.grown(radius_, radius_, radius_, radius_);
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x)
          out.row<std::uint8_t>(c, y)[x] = in[0].row<std::uint8_t>(c, y + radius_)[x + radius_];
  }

 private:
  std::int64_t radius_;
};

class Fails final : public Operation {
 public:
  explicit Fails(ImageInfo info) : Operation(std::move(info)) {}
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext&) const override {
    if (out.rect.contains({100, 100, 1, 1})) throw Error(ErrorKind::data, "no");
  }
};

class Largest final : public Reduction {
 public:
  struct Seen final : Accumulator {
    std::uint8_t most = 0;
    void add(const TileView& t, Isa) override {
      for (std::int64_t y = 0; y < t.rect.height; ++y)
        for (std::int64_t x = 0; x < t.rect.width; ++x)
          most = std::max(most, t.row<std::uint8_t>(0, y)[x]);
    }
    void merge(const Accumulator& o) override {
      most = std::max(most, static_cast<const Seen&>(o).most);
    }
  };
  ReductionValues shape() const override { return {{{"max", {{}}}}}; }
  std::unique_ptr<Accumulator> start() const override { return std::make_unique<Seen>(); }
  ReductionValues finish(const Accumulator& a) const override {
    return {{{"max", {{static_cast<double>(static_cast<const Seen&>(a).most)}}}}};
  }
  std::int64_t accumulator_bytes() const override { return sizeof(Seen); }
};

Image slow(const Image& in, std::int64_t radius) {
  return add_operation("slow", in, std::make_shared<Slow>(in.info(), radius));
}

double seconds_of(const Profile& p) {
  double sum = p.planning_seconds + p.copying_seconds + p.engine_seconds + p.waiting_seconds;
  for (const StepProfile& s : p.steps)
    sum += s.seconds;
  for (const SourceProfile& s : p.sources)
    sum += s.reading_seconds + s.decoding_seconds;
  for (const SinkProfile& s : p.sinks)
    sum += s.encoding_seconds + s.storing_seconds;
  return sum;
}

void check_seconds(const Profile& p) {
  CHECK(p.seconds > 0);
  CHECK(seconds_of(p) == Approx(p.worker_seconds()));
  CHECK(p.waiting_seconds >= 0);
  CHECK(p.engine_seconds >= 0);
}

}  // namespace

TEST_CASE("a profile agrees with the plan", "[profile]") {
  const int threads = GENERATE(1, 2, 8);
  const Picture in = random_picture(make_info(330, 270, SampleType::u8, 2), 5);
  auto graph = Graph::make();
  const Image read = add_source(graph, picture_source(in, 64, 48));
  const Image near = slow(read, 2);
  const Image far = slow(near, 7);
  auto sink = std::make_shared<PictureSink>(far.info(), 64, 64, true);
  add_sink("write", far, sink);
  add_reduction("largest", near, std::make_shared<Largest>());
  Profile profile;
  HookedOptions options;
  options.threads = threads;
  options.profile = &profile;
  options.forced.unit_width = 70;
  options.forced.unit_height = 50;
  const Report report = run(*graph, options);
  CHECK(profile.complete);
  CHECK(profile.threads == report.plan.threads);
  check_seconds(profile);
  CHECK(profile.spans_left_out == 0);

  REQUIRE(report.plan.passes.size() == 1);
  const PlannedPass& pass = report.plan.passes[0];
  REQUIRE(pass.stages.size() == 2);
  REQUIRE(profile.steps.size() == 3);
  for (const StepProfile& step : profile.steps) {
    std::int64_t units = 0;
    double computed = 0;
    for (const PlannedStage& stage : pass.stages) {
      if (stage.target == step.node) units += stage.unit_count, computed += 1;
      for (const PlannedStep& planned : stage.steps)
        if (planned.node == step.node)
          units += stage.unit_count, computed += planned.computed_share;
    }
    INFO(step.name);
    CHECK(step.units == units);
    CHECK(static_cast<double>(step.pixels) == Approx(computed * step.pixels_of_image()));
    CHECK(step.recomputed_pixels() == Approx(std::max(0.0, computed - 1) * step.pixels_of_image()));
    CHECK(step.bytes_in >= step.bytes_out);
  }
  // Each computation takes a millisecond at least, whatever else is inside.
  CHECK(profile.steps[0].seconds >= 1e-3 * static_cast<double>(profile.steps[0].units));
  CHECK(profile.steps[0].bytes_out == 2 * profile.steps[0].pixels);
  CHECK(profile.steps[2].bytes_out == 0);
  CHECK(profile.steps[2].bytes_in == 2 * 330 * 270);

  REQUIRE(profile.sources.size() == 1);
  const SourceProfile& source = profile.sources[0];
  CHECK(source.blocks == pass.sources[0].blocks_decoded);
  CHECK(source.bytes_out == 2 * 330 * 270);
  CHECK(source.cache_hits > source.blocks);  // two stages, and halos
  REQUIRE(profile.sinks.size() == 1);
  CHECK(profile.sinks[0].blocks == 6 * 5);
  CHECK(profile.sinks[0].bytes_in == 2 * 330 * 270);
  CHECK(profile.sinks[0].bytes_out == 2 * 330 * 270);
}

TEST_CASE("spans lie inside their tasks, tasks of a worker one after the other", "[profile]") {
  const Picture in = random_picture(make_info(300, 200, SampleType::u8, 1), 5);
  auto graph = Graph::make();
  const Image image = slow(slow(add_source(graph, picture_source(in, 64, 64)), 1), 1);
  add_sink("write", image, std::make_shared<PictureSink>(image.info(), 64, 64, false));
  Profile profile;
  HookedOptions options;
  options.threads = 2;
  options.profile = &profile;
  run(*graph, options);
  REQUIRE(profile.spans.size() == 2);
  std::int64_t computing = 0;
  for (const std::vector<ProfileSpan>& spans : profile.spans) {
    std::int64_t end = 0;           // of the task before
    std::int64_t first_inner = -1;  // since then
    for (const ProfileSpan& span : spans) {
      CHECK(span.begin >= end);
      if (span.work == Work::compute) computing += span.duration;
      if (span.tasks == 0) {
        if (first_inner < 0) first_inner = span.begin;
        continue;
      }
      CHECK((first_inner < 0 || span.begin <= first_inner));
      first_inner = -1;
      end = span.begin + span.duration;
    }
    CHECK(first_inner < 0);
  }
  double seconds = 0;
  for (const StepProfile& step : profile.steps)
    seconds += step.seconds;
  CHECK(seconds == Approx(static_cast<double>(computing) * 1e-9));
}

TEST_CASE("a kept node's tiles are units of its steps", "[profile]") {
  const Picture in = random_picture(make_info(330, 270, SampleType::u8, 1), 5);
  auto graph = Graph::make();
  const Image near = slow(add_source(graph, picture_source(in, 64, 48)), 3);
  const Image far = slow(near, 20);
  add_sink("write", far, std::make_shared<PictureSink>(far.info(), 64, 64, true));
  Profile profile;
  HookedOptions options;
  options.threads = 2;
  options.profile = &profile;
  options.forced.unit_width = options.forced.unit_height = 64;
  options.forced.shuffle_seed = 1;
  for (options.forced.keep_seed = 1; options.forced.keep_seed < 9; ++options.forced.keep_seed) {
    const Report report = run(*graph, options);
    check_seconds(profile);
    for (const PlannedKept& kept : report.plan.passes.at(0).kept) {
      const auto step = std::find_if(profile.steps.begin(), profile.steps.end(),
                                     [&](const StepProfile& s) { return s.node == kept.node; });
      if (step == profile.steps.end()) continue;  // the source
      INFO("kept by " << options.forced.keep_seed);
      CHECK(step->units == kept.tiles_computed);
      CHECK(step->cache_hits > 0);
    }
  }
}

TEST_CASE("a failed run has a profile too; its memory is in the plan", "[profile]") {
  const Picture in = random_picture(make_info(300, 200, SampleType::u8, 1), 5);
  auto graph = Graph::make();
  const Image read = add_source(graph, picture_source(in, 64, 64));
  const Image image = add_operation("fails", slow(read, 1), std::make_shared<Fails>(read.info()));
  add_sink("write", image, std::make_shared<PictureSink>(image.info(), 64, 64, true));
  HookedOptions options;
  options.threads = 2;
  options.forced.unit_width = options.forced.unit_height = 64;
  const Plan plain = plan(*graph, options);
  Profile profile;
  options.profile = &profile;
  const Plan measured = plan(*graph, options);
  CHECK(measured.peak_bytes - plain.peak_bytes == measured.passes[0].memory.profile);
  CHECK(measured.passes[0].memory.total() == measured.passes[0].peak_bytes);
  CHECK(plain.passes[0].memory.profile == 0);
  CHECK_THROWS_AS(run(*graph, options), Error);
  CHECK_FALSE(profile.complete);
  check_seconds(profile);
  CHECK_FALSE(profile.steps.empty());
}

TEST_CASE("a timeline gets coarser in the memory it has", "[profile]") {
  Timeline timeline(64);
  const auto add = [&](std::int64_t task, int inner) {
    ProfileSpan span;
    for (int i = 0; i < inner; ++i) {
      span.begin = task * 100 + i;
      span.duration = span.busy = 1;
      timeline.add(span);
    }
    span.begin = task * 100;
    span.duration = span.busy = 60;
    span.tasks = 1;
    timeline.add(span);
  };
  const std::int64_t tasks = GENERATE(5, 30, 64, 65, 1000, 12345);
  const int inner = GENERATE(0, 3);
  for (std::int64_t t = 0; t < tasks; ++t)
    add(t, inner);
  const std::vector<ProfileSpan> spans = timeline.take();
  CHECK(spans.size() <= 64);
  std::int64_t counted = 0, busy = 0, inside = 0, end = 0;
  for (const ProfileSpan& span : spans) {
    inside += span.tasks == 0;
    if (span.tasks == 0) continue;
    CHECK(span.begin >= end);
    CHECK(span.busy <= span.duration);
    CHECK(span.tasks <= timeline.tasks_a_span());
    end = span.begin + span.duration;
    counted += span.tasks;
    busy += span.busy;
  }
  CHECK(counted == tasks);
  CHECK(busy == 60 * tasks);
  CHECK(end == (tasks - 1) * 100 + 60);
  CHECK(inside + timeline.left_out() == tasks * inner);
  if (tasks * (inner + 1) <= 64) CHECK(timeline.left_out() == 0);
  if (tasks > 64) CHECK(spans.size() > 32);
}
