#include "pipelines/fake_steps.hpp"

#include <filesystem>

#include "engine/declare_step.hpp"
#include "engine/graph.hpp"

namespace sluice::test {

enum class Mood : std::uint8_t { calm, lively };

}  // namespace sluice::test

template <>
struct sluice::EnumNames<sluice::test::Mood> {
  static constexpr std::pair<std::string_view, sluice::test::Mood> names[] = {
      {"calm", sluice::test::Mood::calm}, {"lively", sluice::test::Mood::lively}};
};

namespace sluice::test {

namespace {

class FakeOperation : public Operation {
 public:
  explicit FakeOperation(ImageInfo info) : Operation(std::move(info)) {}
  void compute(std::span<const TileView>, const TileView&, const ComputeContext&) const override {}
};

class FakeAccumulator : public Accumulator {
  void add(const TileView&, Isa) override {}
  void merge(const Accumulator&) override {}
};

class FakeReduction : public Reduction {
 public:
  explicit FakeReduction(int count) : count_(count) {}
  ReductionValues shape() const override {
    return {{{"values", std::vector<std::vector<double>>(static_cast<std::size_t>(count_))},
             {"mean", {{}}}}};
  }
  std::unique_ptr<Accumulator> start() const override {
    return std::make_unique<FakeAccumulator>();
  }
  ReductionValues finish(const Accumulator&) const override { return shape(); }
  std::int64_t accumulator_bytes() const override { return 0; }

 private:
  int count_;
};

class FakeSource : public Source {
 public:
  explicit FakeSource(std::string path)
      : Source(make_info(64, 48, SampleType::u8, 3, Colour::rgb)), path_(std::move(path)) {
    if (std::filesystem::exists(path_)) bytes_ = open_file(path_);
  }
  std::string name() const override { return path_; }
  const ByteSource* bytes() const override { return bytes_.get(); }
  BlockGrid grid() const override { return {64, 48, 64, 48}; }

 private:
  std::string path_;
  std::shared_ptr<ByteSource> bytes_;  ///< where there is such a file
};

class FakeSink : public Sink {
 public:
  explicit FakeSink(std::string path) : path_(std::move(path)) {}
  std::string name() const override { return path_; }
  std::string path() const override { return path_; }
  BlockGrid grid() const override { return {64, 48, 64, 48}; }
  std::int64_t encoded_bound() const override { return 0; }
  void begin() override {}
  std::int64_t encode(std::int64_t, const TileView&, std::span<std::byte>,
                      const CodecContext&) const override {
    return 0;
  }
  void store(std::int64_t, std::span<const std::byte>) override {}
  void finish() override {}
  void abandon() noexcept override {}
  std::int64_t bytes_written() const override { return 0; }

 private:
  std::string path_;
};

struct NoOptions {};
struct MakeOptions {
  std::int64_t width = 64;
};
struct PathOptions {
  std::string path;
  bool overwrite = false;
  OpenStream stream;
};
struct FilterOptions {
  std::optional<double> scale;
  int count = 3;
  Mood mood = Mood::calm;
  SampleType type = SampleType::u8;
  bool fast = false;
  std::string note;
  std::vector<double> weights;
  std::vector<std::vector<double>> matrix;
  std::vector<std::string> names;
  std::uint64_t seed = 1;
  double pace = 1;
  int side = 0;
};
struct MeasureOptions {
  int count = 2;
};
struct ScaleOptions {
  Numbers gain = 1.0;
  Numbers offset = 0.0;
};

std::shared_ptr<const Operation> operation_on(std::span<const Image> in) {
  return std::make_shared<FakeOperation>(in.front().info());
}

}  // namespace

std::vector<StepSpec> fake_steps() {
  std::vector<StepSpec> steps;
  steps.push_back(make_source_step<MakeOptions>(
      "make", "fake", "Makes an image.", {option("width", &MakeOptions::width, "columns").min(1)},
      [](const std::shared_ptr<Graph>& graph, const MakeOptions& o) {
        return add_generator("make", graph,
                             std::make_shared<FakeOperation>(
                                 make_info(o.width, 48, SampleType::u8, 3, Colour::rgb)));
      }));
  steps.push_back(make_source_step<PathOptions>(
      "read", "fake", "Reads.",
      {option("path", &PathOptions::path, "file").require().take_bare().hold_file()},
      [](const std::shared_ptr<Graph>& graph, const PathOptions& o) {
        if (o.path == "broken.tif") throw Error(ErrorKind::data, "no directory").at_file(o.path);
        return add_source(graph, std::make_shared<FakeSource>(o.path));
      }));
  steps.push_back(make_step<FilterOptions>(
      "filter", "fake", "Filters.", inputs(1),
      {option("scale", &FilterOptions::scale, "factor").above(0).max(100).take_bare(),
       option("count", &FilterOptions::count, "how many").min(1).max(9),
       option("mood", &FilterOptions::mood, "how"),
       option("type", &FilterOptions::type, "sample type"),
       option("fast", &FilterOptions::fast, "or not"), option("note", &FilterOptions::note, "text"),
       option("weights", &FilterOptions::weights, "numbers"),
       option("matrix", &FilterOptions::matrix, "rows"),
       option("names", &FilterOptions::names, "texts"),
       option("seed", &FilterOptions::seed, "seed"),
       option("pace", &FilterOptions::pace, "how fast").only_with({{"mood", "lively"}}),
       option("side", &FilterOptions::side, "which").only_with({{"count", ""}, {"fast", ""}})},
      [](std::span<const Image> in, const FilterOptions& o) {
        if (o.note == "refuse") throw Error(ErrorKind::usage, "the image is too small");
        return add_operation("filter", in[0], operation_on(in));
      }));
  steps.push_back(make_step<NoOptions>("join", "fake", "Joins.", inputs(2, -1), {},
                                       [](std::span<const Image> in, const NoOptions&) {
                                         return add_operation("join", in, operation_on(in));
                                       }));
  steps.push_back(make_step<MeasureOptions>(
      "measure", "fake", "Measures.", inputs(1),
      {option("count", &MeasureOptions::count, "elements").min(1)},
      [](std::span<const Image> in, const MeasureOptions& o) {
        return add_reduction("measure", in[0], std::make_shared<FakeReduction>(o.count));
      }));
  steps.push_back(make_step<ScaleOptions>(
      "scale", "fake", "Scales.", inputs(1),
      {option("gain", &ScaleOptions::gain, "factor").take_bare(),
       option("offset", &ScaleOptions::offset, "added").take_bare()},
      [](std::span<const Image> in, const ScaleOptions& o) {
        const Numbers* late[] = {&o.gain, &o.offset};
        return add_operation("scale", in, late,
                             [](std::span<const ImageInfo> inputs, const LateValues&) {
                               return std::make_shared<const FakeOperation>(inputs.front());
                             });
      }));
  steps.push_back(make_step<PathOptions>(
      "write", "fake", "Writes.", inputs(1),
      {option("to", &PathOptions::path, "file")
           .require()
           .take_bare()
           .hold_file()
           .take_stream(&PathOptions::stream),
       option("overwrite", &PathOptions::overwrite, "replace")},
      [](std::span<const Image> in, const PathOptions& o) {
        add_sink("write", in[0],
                 std::make_shared<FakeSink>(o.stream ? o.stream()->name() : o.path));
        StepOutput passed_on = in[0];
        passed_on.written = true;
        return passed_on;
      }));
  return steps;
}

}  // namespace sluice::test
