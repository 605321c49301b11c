#include "random_graphs/generator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "random_graphs/random.hpp"
#include "random_graphs/rules.hpp"
#include "random_graphs/sources.hpp"

namespace sluice::test {

namespace {

constexpr std::int64_t kMostSamples = 700'000;  // of an image, so that plain code has done soon
constexpr int kMostSteps = 12;

struct Size {
  std::int64_t width, height;
};

Size random_size(Random& random) {
  const std::int64_t kind = random.between(0, 99);
  if (kind < 6) return {1, 1};
  if (kind < 14) return {3, 8};
  if (kind < 22) return {257, 1};
  if (kind < 26) return {1, 190};
  if (kind < 38) return {533, 401};
  return {random.between(9, 280), random.between(9, 220)};
}

class Generator {
 public:
  Generator(std::uint64_t seed, int number, const std::string& folder)
      : random_(seed * 1'000'003 + static_cast<std::uint64_t>(number)), folder_(folder) {}

  RandomGraph make(const std::string& wanted) {
    const Size size = random_size(random_);
    const std::int64_t sources = random_.pick({1, 1, 2, 2, 3});
    for (std::int64_t i = 0; i < sources; ++i)
      add_start(random_.chance(70) ? size : random_size(random_));
    while (images_.empty())  // what was chosen has too many channels for its size
      add_start({random_.between(9, 280), random_.between(9, 220)});
    const bool large = size.width * size.height > 100'000;
    const std::int64_t count = random_.between(1, large ? 6 : kMostSteps);
    const std::int64_t at = random_.between(0, count - 1);
    for (std::int64_t i = 0; i < count; ++i) {
      const int result = fresh_result_;
      fresh_result_ = -1;
      if (i == at && !wanted.empty())
        insist(wanted);
      else if (result >= 0 && random_.chance(75))
        add(random_.chance(75) ? "stretch" : "linear",
            {steps()[static_cast<std::size_t>(result)].inputs[0]});
      else
        add_any();
    }
    add_sinks();
    return std::move(graph_);
  }

 private:
  std::vector<GraphStep>& steps() { return graph_.steps; }

  void add_start(const Size& size) {
    if (random_.chance(20)) {
      add_synth(size);
      return;
    }
    keep(random_source(random_, size.width, size.height, folder_,
                       fmt::format("input{}", graph_.steps.size())));
  }

  // random_source's choice, until it is a file.
  bool add_file(const Size& size) {
    GraphStep step;
    while (step.name != "read")
      step = random_source(random_, size.width, size.height, folder_,
                           fmt::format("input{}", graph_.steps.size()));
    return keep(std::move(step));
  }

  bool add_synth(const Size& size) {
    GraphStep step;
    step.name = "synth";
    step.options = *find_rule("synth")->choose({random_, {}, results_, graph_.steps});
    step.options.push_back(given("width", size.width));
    step.options.push_back(given("height", size.height));
    return keep(std::move(step));
  }

  int any_image() {
    if (random_.chance(65)) return images_.back();
    return random_.pick(images_);
  }

  void add_any() {
    const std::vector<Rule>& rules = all_rules();
    for (int attempt = 0; attempt < 8; ++attempt)
      if (add(random_.pick(rules).step)) return;
  }

  // Tries until the step has found a place; a type that it takes is made where there is none.
  void insist(const std::string& step) {
    for (int attempt = 0; attempt < 6; ++attempt)
      if (add(step)) return;
    const bool source = step == "read" || step == "synth" || step == "write";
    for (int attempt = 0; attempt < 6 && !source; ++attempt)
      if (add("cast") && add(step, {images_.back()})) return;
    // Another picture, until the step takes it.
    for (int attempt = 0; attempt < 60 && !source; ++attempt) {
      add_start({random_.between(9, 100), random_.between(9, 100)});
      if (add(step, {images_.back()})) return;
    }
  }

  bool add(const std::string& step) {
    if (step == "synth") return add_synth(random_size(random_));
    if (step == "read") return add_file(random_size(random_));
    if (step == "write") return true;  // sinks come at the end
    std::vector<int> inputs = {any_image()};
    if (step == "expression" || step == "stack") add_partners(inputs, step == "stack");
    return add(step, inputs);
  }

  // Images of the same size (and type): most often branches of one image that meet again.
  void add_partners(std::vector<int>& inputs, bool same_type) {
    const ImageInfo& first = steps()[static_cast<std::size_t>(inputs[0])].picture.info;
    std::vector<int> fitting;
    for (const int image : images_) {
      const ImageInfo& info = steps()[static_cast<std::size_t>(image)].picture.info;
      if (info.width == first.width && info.height == first.height &&
          (!same_type || info.type == first.type))
        fitting.push_back(image);
    }
    const std::int64_t partners = random_.between(0, 3);
    for (std::int64_t i = 0; i < partners; ++i)
      inputs.push_back(random_.pick(fitting));
  }

  bool add(const std::string& name, std::vector<int> inputs) {
    GraphStep step;
    step.name = name;
    step.inputs = std::move(inputs);
    RuleInput in{random_, {}, results_, graph_.steps};
    for (const int input : step.inputs)
      in.inputs.push_back(&steps()[static_cast<std::size_t>(input)]);
    auto options = find_rule(name)->choose(in);
    if (!options) return false;
    step.options = std::move(*options);
    return keep(std::move(step));
  }

  // Adds the step and computes it plainly; not where the operation refuses it or it grows too
  // large.
  bool keep(GraphStep step) {
    StepOutput output;
    try {
      output = build_step(step, probe_, outputs_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::usage) throw;
      return false;
    }
    step.is_result = static_cast<bool>(output.result);
    const int number = static_cast<int>(graph_.steps.size());
    if (step.is_result) {
      step.parsed = parse_options(step, nullptr);
      step.values =
          find_rule(step.name)->values(steps()[static_cast<std::size_t>(step.inputs[0])].picture,
                                       step.parsed.get(), *probe_, output.result.node());
      results_.push_back(number);
      fresh_result_ = number;
    } else {
      const ImageInfo& info = output.image.info();
      if (info.width * info.height * info.channels() > kMostSamples) return false;
      compute(step, info);
      images_.push_back(number);
    }
    outputs_.push_back(std::move(output));
    graph_.steps.push_back(std::move(step));
    return true;
  }

  void compute(GraphStep& step, const ImageInfo& info) {
    if (step.source) return;
    if (step.name == "read") {
      step.picture.info = info;
      return;
    }
    step.parsed = parse_options(step, nullptr);
    std::vector<const Picture*> inputs;
    for (const int input : step.inputs)
      inputs.push_back(&steps()[static_cast<std::size_t>(input)].picture);
    const LateNumbers numbers = [&](const char* option, int channels,
                                    const std::vector<double>& given) {
      for (const GivenOption& o : step.options)
        if (o.name == option && o.late_step >= 0)
          return (*steps()[static_cast<std::size_t>(o.late_step)].values.find(
              o.late_array))[static_cast<std::size_t>(o.late_index)];
      return given.size() == 1 ? std::vector<double>(static_cast<std::size_t>(channels), given[0])
                               : given;
    };
    step.picture = find_rule(step.name)->plain({inputs, info, step.parsed.get(), numbers});
    step.picture.info = info;
  }

  // Every image that nothing else takes ends in a sink, now and then another one too.
  void add_sinks() {
    std::vector<bool> used(graph_.steps.size());
    for (const GraphStep& step : graph_.steps)
      for (const int input : step.inputs)
        used[static_cast<std::size_t>(input)] = true;
    for (const int image : images_)
      if (!used[static_cast<std::size_t>(image)]) add_sink(image);
    if (graph_.sinks.empty() || random_.chance(30)) add_sink(random_.pick(images_));
  }

  void add_sink(int step) {
    GraphSink sink;
    sink.step = step;
    const ImageInfo& info = steps()[static_cast<std::size_t>(step)].picture.info;
    if (random_.chance(40) && fits_file(info)) {
      sink.kind = GraphSink::Kind::file;
      choose_file(sink, info);
    } else {
      sink.any_order = random_.chance(50);
      const bool rows = random_.chance(30);
      sink.block_width =
          rows ? info.width
               : random_.between(1 + info.width / 10, std::max<std::int64_t>(70, info.width));
      sink.block_height = random_.between(1 + info.height / 20, 64);
    }
    graph_.sinks.push_back(std::move(sink));
  }

  // Files that hold the samples as they are, and give them back so.
  static bool fits_file(const ImageInfo& info) {
    const bool extra = info.colour != Colour::multiband &&
                       std::any_of(info.bands.begin(), info.bands.end(), [](const BandInfo& band) {
                         return band.role == BandRole::data;
                       });
    const bool alpha_last = info.alpha == Alpha::none || info.alpha_band() == info.channels() - 1;
    return !info.has_validity() && info.colour_channels() > 0 && !extra && alpha_last &&
           info.bits == 0 && !info.white_is_zero && info.colour != Colour::palette;
  }

  void choose_file(GraphSink& sink, const ImageInfo& info) {
    const bool png = (info.type == SampleType::u8 || info.type == SampleType::u16) &&
                     (info.colour == Colour::grey || info.colour == Colour::rgb) &&
                     info.alpha != Alpha::premultiplied && random_.chance(30);
    sink.file = fmt::format("out{}.{}", graph_.sinks.size(), png ? "png" : "tif");
    sink.options = {given("to", sink.file)};
    if (!png) {
      static const std::vector<std::string> compressions = {"none", "deflate", "zstd", "lzw"};
      sink.options.push_back(given("compression", random_.pick(compressions)));
      if (random_.chance(50)) {
        sink.options.push_back(given("layout", std::string("strips")));
        sink.options.push_back(given("rows_per_strip", random_.between(1, 50)));
      } else if (random_.chance(70)) {
        sink.options.push_back(given("tile", 16 * random_.between(1, 9)));
      }
    }
    Value yes;
    yes.v = true;
    sink.options.push_back(given("overwrite", yes));
  }

  Random random_;
  const std::string folder_;
  RandomGraph graph_;
  std::shared_ptr<Graph> probe_ = Graph::make();
  std::vector<StepOutput> outputs_;
  std::vector<int> images_, results_;
  int fresh_result_ = -1;
};

}  // namespace

RandomGraph generate(std::uint64_t seed, int number, const std::string& wanted,
                     const std::string& folder) {
  return Generator(seed, number, folder).make(wanted);
}

}  // namespace sluice::test
