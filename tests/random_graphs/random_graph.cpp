#include "random_graphs/random_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "pipelines/registry.hpp"

namespace sluice::test {

namespace {

std::string text_of(const Value& value);

template <class Items, class Each>
std::string joined(const Items& items, Each each) {
  std::string all;
  for (const auto& item : items)
    all += fmt::format("{}{}", all.empty() ? "" : ", ", each(item));
  return all;
}

std::string text_of(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return fmt::format("\"{}\"", v); }
    std::string operator()(const Value::List& v) const {
      return fmt::format("[{}]", joined(v, [](const Value& item) { return text_of(item); }));
    }
    std::string operator()(const Value::Map& v) const {
      return fmt::format("{{ {} }}", joined(v, [](const auto& p) {
                           return fmt::format("{}: {}", p.first, text_of(p.second));
                         }));
    }
    std::string operator()(const LateRef& v) const { return fmt::format("result {}", v.node); }
  };
  return std::visit(Visitor{}, value.v);
}

std::string text_of(const GivenOption& option) {
  if (option.late_step < 0) return fmt::format("{}: {}", option.name, text_of(option.value));
  return fmt::format("{}: \"${{s{}.{}[{}]}}\"", option.name, option.late_step, option.late_array,
                     option.late_index);
}

std::string line_of(const std::string& name, const std::vector<GivenOption>& options) {
  return fmt::format("  - {}: {{ {} }}\n", name,
                     joined(options, [](const GivenOption& o) { return text_of(o); }));
}

const StepSpec& spec_of(std::string_view name) {
  const StepSpec* spec = find_step(name);
  if (!spec) throw std::logic_error("no step is called " + std::string(name));
  return *spec;
}

std::shared_ptr<void> parse(const StepSpec& spec, const std::vector<GivenOption>& given,
                            const std::vector<StepOutput>* outputs) {
  std::shared_ptr<void> options = spec.make_options();
  for (const GivenOption& option : given) {
    const OptionSpec* declared = spec.find(option.name);
    if (!declared) throw std::logic_error(spec.name + " has no option " + option.name);
    Value value = option.value;
    if (option.late_step >= 0) {
      value.v = 0.0;
      if (outputs)
        value.v = LateRef{(*outputs)[static_cast<std::size_t>(option.late_step)].result.node(),
                          option.late_array, option.late_index};
    }
    declared->assign(*declared, options.get(), value);
  }
  return options;
}

}  // namespace

std::string RandomGraph::text() const {
  std::string all = "sluice: 1\nsteps:\n";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const GraphStep& step = steps[i];
    all += step.source ? fmt::format("  - read: s{}.tif  # {}\n", i, step.note)
                       : line_of(step.name, step.options);
    if (!step.inputs.empty())
      all += fmt::format("    from: [{}]\n",
                         joined(step.inputs, [](int s) { return fmt::format("s{}", s); }));
    all += fmt::format("    as: s{}\n", i);
  }
  for (const GraphSink& sink : sinks) {
    const bool memory = sink.kind == GraphSink::Kind::memory;
    all += memory
               ? fmt::format("  - write: {{ to: s{}.tif }}  # in memory, blocks of {} x {}, {}\n",
                             sink.step, sink.block_width, sink.block_height,
                             sink.any_order ? "any order" : "in order")
               : line_of("write", sink.options);
    all += fmt::format("    from: s{}\n", sink.step);
  }
  return all;
}

std::shared_ptr<void> parse_options(const GraphStep& step, const std::vector<StepOutput>* outputs) {
  return parse(spec_of(step.name), step.options, outputs);
}

StepOutput build_step(const GraphStep& step, const std::shared_ptr<Graph>& graph,
                      const std::vector<StepOutput>& outputs) {
  if (step.source) return add_source(graph, step.source);
  std::vector<Image> inputs;
  for (const int input : step.inputs)
    inputs.push_back(outputs[static_cast<std::size_t>(input)].image);
  graph->set_place({step.name, fmt::format("s{}", outputs.size())});
  return spec_of(step.name).build(graph, inputs, parse_options(step, &outputs).get());
}

int RandomGraph::depth() const {
  std::vector<int> depths;
  for (const GraphStep& step : steps) {
    int depth = 0;
    for (const int input : step.inputs)
      depth = std::max(depth, depths[static_cast<std::size_t>(input)]);
    for (const GivenOption& option : step.options)
      if (option.late_step >= 0)
        depth = std::max(depth, depths[static_cast<std::size_t>(option.late_step)]);
    depths.push_back(depth + 1);
  }
  return *std::max_element(depths.begin(), depths.end());
}

BuiltGraph build(const RandomGraph& graph, const std::string& folder) {
  BuiltGraph built;
  built.graph = Graph::make();
  for (const GraphStep& step : graph.steps)
    built.outputs.push_back(build_step(step, built.graph, built.outputs));
  for (const GraphSink& sink : graph.sinks) {
    const Image& image = built.outputs[static_cast<std::size_t>(sink.step)].image;
    built.graph->set_place({"write", fmt::format("of s{}", sink.step)});
    built.memory.push_back(nullptr);
    if (sink.kind == GraphSink::Kind::memory) {
      built.memory.back() = std::make_shared<PictureSink>(image.info(), sink.block_width,
                                                          sink.block_height, sink.any_order);
      add_sink("write", image, built.memory.back());
    } else {
      std::vector<GivenOption> options = sink.options;
      options.front().value.v = folder + "/" + sink.file;
      const StepSpec& write = spec_of("write");
      write.build(built.graph, {&image, 1}, parse(write, options, nullptr).get());
    }
  }
  return built;
}

}  // namespace sluice::test
