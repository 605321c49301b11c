#include "steps/trial.hpp"

#include "pipelines/registry.hpp"

namespace sluice::test {

namespace {

struct Size {
  std::int64_t width, height;
};

std::vector<double> as_given(const char*, int channels, const std::vector<double>& given) {
  return given.size() == 1 ? std::vector<double>(static_cast<std::size_t>(channels), given[0])
                           : given;
}

}  // namespace

Picture trial_picture(Random& random, SampleType type) {
  const Size size =
      random.pick({Size{1, 1}, Size{3, 8}, Size{257, 1}, Size{1, 70}, Size{133, 41}, Size{80, 66}});
  const int channels = random.pick({1, 1, 2, 3, 3, 4, 4, 5});
  const Colour colour = random.chance(25) ? Colour::multiband
                        : channels < 3    ? Colour::grey
                                          : Colour::rgb;
  ImageInfo info = make_info(size.width, size.height, type, channels, colour);
  vary_meaning(random, info);
  info.validity = random.pick(
      {Validity::none, Validity::none, Validity::none, Validity::common, Validity::per_band});
  return random_picture(info, random.bits());
}

std::optional<Trial> try_step(const Rule& rule, Random& random, std::vector<Picture> inputs) {
  RandomGraph described;
  for (const Picture& picture : inputs) {
    GraphStep& source = described.steps.emplace_back();
    source.name = "picture";
    source.source = picture_source(picture);
    source.note = "in memory";
    source.picture = picture;
  }
  RuleInput in{random, {}, {}, described.steps};
  GraphStep step;
  step.name = rule.step;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    in.inputs.push_back(&described.steps[i]);
    step.inputs.push_back(static_cast<int>(i));
  }
  auto options = rule.choose(in);
  if (!options) return std::nullopt;
  step.options = std::move(*options);
  described.steps.push_back(step);

  Trial trial;
  trial.text = described.text();
  const auto graph = Graph::make();
  std::vector<StepOutput> outputs;
  try {
    for (const GraphStep& s : described.steps)
      outputs.push_back(build_step(s, graph, outputs));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    return std::nullopt;
  }
  trial.image = outputs.back().image;
  std::vector<const Picture*> pictures;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    trial.sources[outputs[i].image.node()] = inputs[i];
    pictures.push_back(&inputs[i]);
  }
  const std::shared_ptr<void> parsed = parse_options(step, nullptr);
  trial.expected = rule.plain({pictures, trial.image.info(), parsed.get(), as_given});
  trial.expected.info = trial.image.info();
  return trial;
}

std::optional<Trial> try_step(const Rule& rule, Random& random, SampleType type) {
  const InputCount count = find_step(rule.step)->inputs;
  for (int attempt = 0; attempt < 40; ++attempt) {
    std::vector<Picture> inputs;
    if (count.most != 0) inputs.push_back(trial_picture(random, type));
    if (count.most != 1 && count.most != 0)
      for (std::int64_t more = random.between(0, 2); more > 0; --more) {
        Picture other = inputs.front();
        other.info.validity = random.pick({Validity::none, Validity::common, Validity::per_band});
        inputs.push_back(random_picture(other.info, random.bits()));
      }
    if (auto trial = try_step(rule, random, std::move(inputs))) return trial;
  }
  return std::nullopt;
}

}  // namespace sluice::test
