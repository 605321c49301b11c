#include "pipelines/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "engine/descriptors.hpp"
#include "pipelines/output_paths.hpp"
#include "pipelines/scope.hpp"
#include "pipelines/step_options.hpp"
#include "pipelines/synonyms.hpp"

namespace sluice {

namespace {

std::string count_text(InputCount count) {
  if (count.most < 0) return fmt::format("{} or more inputs", count.least);
  if (count.least != count.most) return fmt::format("{} to {} inputs", count.least, count.most);
  return count.most == 0 ? "no input"
                         : fmt::format("{} input{}", count.most, count.most == 1 ? "" : "s");
}

[[noreturn]] void fail(Place place, std::string reason) {
  throw Error(ErrorKind::usage, std::move(reason)).at_line(place.line, place.column);
}

class Checker {
 public:
  Checker(const Description& description, std::span<const StepSpec> specs,
          const PipelineOptions& options, Diagnostics& diagnostics)
      : description_(description),
        specs_(specs),
        options_(options),
        diagnostics_(diagnostics),
        scope_(description, options.params, diagnostics) {}

  Pipeline run() {
    collect_names();
    for (std::size_t i = 0; i < description_.steps.size(); ++i)
      check_step(i);
    if (!unknown_step_) scope_.report_unused(diagnostics_);
    diagnostics_.throw_if_any();

    check_files();
    pipeline_.name = diagnostics_.origin().command_line ? "" : diagnostics_.origin().name;
    pipeline_.graph = Graph::make();
    for (std::size_t i = 0; i < steps_.size(); ++i)
      build_step(i);
    check_use();
    if (!diagnostics_.any()) check_output_paths(*pipeline_.graph, node_places_, diagnostics_);
    diagnostics_.throw_if_any();
    return std::move(pipeline_);
  }

 private:
  // A step on its way: its declaration, options and, once built, its output.
  struct Step {
    const DescribedStep* described = nullptr;
    const StepSpec* spec = nullptr;
    std::shared_ptr<void> options;
    std::vector<std::size_t> inputs;  // steps
    std::set<std::string> given;      // options
    StepOutput output;
    bool failed = false;
    bool used = false;  // its output, by another step
  };

  const DescribedStep& described(std::size_t i) const { return description_.steps[i]; }
  const std::string& name(std::size_t i) const { return described(i).name.text; }
  std::string where(std::size_t i) const {
    return diagnostics_.origin().where(described(i).name.place);
  }
  /// "'half' (resize, line 4)"
  std::string title(std::size_t i) const {
    return described(i).as ? fmt::format("'{}' ({}, {})", described(i).as->text, name(i), where(i))
                           : fmt::format("{} ({})", name(i), where(i));
  }

  // --- what the text alone shows ---------------------------------------------------------------

  void collect_names() {
    steps_.resize(description_.steps.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      steps_[i].described = &described(i);
      if (!described(i).as) continue;
      const auto& [text, place] = *described(i).as;
      if (scope_.has(text))
        diagnostics_.error(place,
                           fmt::format("the name '{}' is already that of a parameter", text));
      else if (const auto [first, fresh] = names_.emplace(text, i); !fresh)
        diagnostics_.error(place, fmt::format("the name '{}' is already that of {} ({})", text,
                                              name(first->second), where(first->second)));
    }
  }

  void check_step(std::size_t i) {
    Step& step = steps_[i];
    const auto spec = std::find_if(specs_.begin(), specs_.end(),
                                   [&](const StepSpec& s) { return s.name == name(i); });
    if (spec == specs_.end()) {
      diagnostics_.error(described(i).name.place,
                         fmt::format("there is no step '{}'{}", name(i), advice_for(name(i))));
      unknown_step_ = true;
    } else {
      step.spec = &*spec;
      step.options = spec->make_options();
      assign(i, [&](const Reference& reference) {
        find_step(reference.name, reference.place, i, true);
        return LateRef{};
      });
    }
    check_inputs(i);
  }

  // What to write instead of a word that is no step.
  std::string advice_for(const std::string& word) const {
    std::vector<std::string> known;
    for (const StepSpec& spec : specs_)
      known.push_back(spec.name);
    if (const std::string other = other_word_for(word, known); !other.empty()) return "; " + other;
    if (const std::string near = did_you_mean(word, known); !near.empty()) return near;
    if (!diagnostics_.origin().command_line) return {};
    const auto is_step = [&](const std::string& w) {
      return std::find(known.begin(), known.end(), w) != known.end();
    };
    if (word.starts_with('!') && is_step(word.substr(1)))
      return fmt::format("; a blank stands behind '!', as '! {}'", word.substr(1));
    if (const auto blank = word.find(' ');
        blank != std::string::npos && is_step(word.substr(0, blank)))
      return "; quotes made one word of a step and its options: leave them out";
    if (word.ends_with(".yaml") || word.ends_with(".yml") || word.ends_with(".json"))
      return fmt::format("; a pipeline file is run with 'sluice run {}'", word);
    std::error_code none;
    if (std::filesystem::exists(word, none))
      return fmt::format("; to open the file write 'read {}'", word);
    return {};
  }

  void assign(std::size_t i, const FindResult& find_result) {
    Step& step = steps_[i];
    step.given = assign_options(described(i), *step.spec, specs_, step.options.get(), scope_,
                                find_result, options_, diagnostics_);
  }

  // The earlier step called `text`, for step `user`. Throws Error (usage).
  std::size_t find_step(const std::string& text, Place place, std::size_t user,
                        bool or_parameter = false) {
    const auto found = names_.find(text);
    if (found == names_.end()) {
      std::vector<std::string> known;
      for (const auto& [name, step] : names_)
        known.push_back(name);
      if (or_parameter)
        for (const std::string& name : scope_.names())
          known.push_back(name);
      const char* kind = or_parameter ? "parameter or step" : "step";
      fail(place,
           fmt::format("there is no {} named '{}'{}", kind, text, did_you_mean(text, known)));
    }
    if (found->second == user)
      fail(place, fmt::format("a cycle: {} takes its own output '{}'", name(user), text));
    if (found->second > user)
      fail(place, fmt::format("'{}' comes later ({}, {}): a step takes what stands before it", text,
                              name(found->second), where(found->second)));
    return found->second;
  }

  void check_inputs(std::size_t i) {
    Step& step = steps_[i];
    const auto& from = described(i).from;
    if (from)
      for (const DescribedName& input : *from)
        try {
          step.inputs.push_back(find_step(input.text, input.place, i));
        } catch (const Error& e) {
          diagnostics_.error({e.line(), e.column()}, fmt::format("{}: {}", name(i), e.reason()));
        }
    if (!step.spec) return;
    const InputCount count = step.spec->inputs;
    const int given = from ? static_cast<int>(from->size()) : count.most == 0 ? 0 : 1;
    const Place place = from ? from->front().place : described(i).name.place;
    if (given < count.least || (count.most >= 0 && given > count.most)) {
      diagnostics_.error(
          place,
          from ? fmt::format("{} takes {}, not {}", name(i), count_text(count), given)
               : fmt::format("{} takes {}: name them with 'from'", name(i), count_text(count)));
      step.failed = true;
    } else if (!from && given == 1) {
      if (i == 0)
        diagnostics_.error(
            place,
            fmt::format("{} takes an image, and no step stands before it: begin with read or synth",
                        name(i)));
      else
        step.inputs.push_back(i - 1);
    }
  }

  // Files are opened one after the other, and the limit on them would be met half-way. What is
  // resumed has a journal beside each output.
  void check_files() const {
    constexpr std::int64_t kSpare = 1;  // with which outputs are closed
    std::int64_t read = 0, written = 0;
    for (const Step& step : steps_)
      for (const OptionSpec& option : step.spec->options)
        if (option.file && step.given.count(option.name))
          ++(step.spec->inputs.most == 0 ? read : written);
    const auto& defaults = options_.defaults;
    const bool resumes =
        std::find(defaults.begin(), defaults.end(),
                  std::pair<std::string, std::string>("resume", "true")) != defaults.end();
    const std::int64_t journals = resumes ? written : 0, limit = descriptor_limit();
    const std::int64_t needed = read + written + journals;
    if (needed == 0 || needed + open_descriptors() + kSpare <= limit) return;
    throw Error(
        ErrorKind::system,
        fmt::format("the pipeline has {} files open at once ({} read, {} written{}), and this "
                    "process may have {}, {} of which are taken; raise that limit (RLIMIT_NOFILE, "
                    "ulimit -n) to {}, or split the pipeline",
                    needed, read, written, resumes ? fmt::format(", {} of journals", journals) : "",
                    limit, open_descriptors(), needed + open_descriptors() + kSpare));
  }

  // --- building ----------------------------------------------------------------------------------

  LateRef late_reference(const Reference& reference, std::size_t user) {
    const std::size_t i = find_step(reference.name, reference.place, user, true);
    Step& step = steps_[i];
    if (step.failed) throw Poisoned{};
    if (!step.output.result)
      fail(reference.place,
           fmt::format("{} is an image: only results have values to refer to", title(i)));
    step.used = true;
    const NodeId node = step.output.result.node();
    const ReductionValues shape = pipeline_.graph->node(node).reduction->shape();
    const auto* array = shape.find(reference.array);
    if (!array) {
      std::vector<std::string> known;
      std::string all;
      for (const auto& [n, values] : shape.arrays) {
        known.push_back(n);
        all += (all.empty() ? "" : ", ") + n;
      }
      fail(reference.place,
           fmt::format("{} has no value '{}'{}; it has {}", title(i), reference.array,
                       did_you_mean(reference.array, known), all));
    }
    const std::size_t size = array->size();
    if (!reference.index && size != 1)
      fail(reference.place,
           fmt::format("'${{{}}}' has {} elements: write ${{{}[0]}} to ${{{}[{}]}}",
                       reference.text(), size, reference.text(), reference.text(), size - 1));
    const int index = reference.index.value_or(0);
    if (static_cast<std::size_t>(index) >= size)
      fail(reference.place, fmt::format("'${{{}}}': the last element of {} is {}", reference.text(),
                                        title(i), size - 1));
    return {node, reference.array, index};
  }

  // Thrown where a step depends on one that has failed: not a mistake of its own.
  struct Poisoned {};

  // The images that step `i` takes; reports what is none.
  std::vector<Image> input_images(std::size_t i) {
    std::vector<Image> images;
    for (std::size_t k = 0; k < steps_[i].inputs.size(); ++k) {
      Step& input = steps_[steps_[i].inputs[k]];
      if (input.failed) throw Poisoned{};
      input.used = true;
      if (!input.output.image) {
        const auto& from = described(i).from;
        diagnostics_.error(from ? (*from)[k].place : described(i).name.place,
                           fmt::format("{} takes an image; {} gives numbers, not an image{}",
                                       name(i), title(steps_[i].inputs[k]),
                                       from ? "" : ": name an earlier step with 'from'"));
        throw Poisoned{};
      }
      images.push_back(input.output.image);
    }
    return images;
  }

  // Options declared to take the names of the inputs, and not given, get those of their steps.
  // Names that a formula cannot spell, and all when one comes twice, are left out.
  void name_inputs(std::size_t i) {
    Step& step = steps_[i];
    Value::List names;
    std::set<std::size_t> distinct;
    for (const std::size_t input : step.inputs) {
      const auto& as = described(input).as;
      const bool word = as && as->text.find('-') == std::string::npos;
      names.emplace_back().v = word ? as->text : std::string();
      distinct.insert(input);
    }
    if (distinct.size() != step.inputs.size()) return;
    Value value;
    value.v = std::move(names);
    for (const OptionSpec& spec : step.spec->options)
      if (spec.input_names && !step.given.count(spec.name))
        spec.assign(spec, step.options.get(), value);
  }

  void build_step(std::size_t i) {
    Step& step = steps_[i];
    const Place place = described(i).name.place;
    try {
      const std::size_t before = diagnostics_.count();
      assign(i, [&](const Reference& reference) { return late_reference(reference, i); });
      name_inputs(i);
      const std::vector<Image> images = input_images(i);
      if (diagnostics_.count() != before) {
        step.failed = true;
        return;
      }
      pipeline_.graph->set_place({name(i), where(i)});
      step.output = step.spec->build(pipeline_.graph, images, step.options.get());
    } catch (const Poisoned&) {
      step.failed = true;
    } catch (const Error& e) {
      step.failed = true;
      report(e, i);
    }
    pipeline_.graph->set_place({});
    node_places_.resize(pipeline_.graph->nodes().size(), place);
    if (!step.failed) record(i);
  }

  // A step that could not be made: mistakes in the description are collected; a file that is
  // broken or missing ends the check, with the step named.
  void report(const Error& e, std::size_t i) {
    if (e.kind() != ErrorKind::usage) {
      diagnostics_.throw_if_any();
      Error named = e;
      named.at_step(fmt::format("{} ({})", name(i), where(i)));
      throw named;
    }
    const bool placed = e.line() != 0 || e.column() != 0;
    // On a command line the place of the step is its name.
    std::string reason =
        !placed && diagnostics_.origin().command_line ? "" : fmt::format("{}: ", name(i));
    for (const std::string* part : {&e.file(), &e.place()})
      if (!part->empty()) reason += *part + ": ";
    diagnostics_.error(placed ? Place{e.line(), e.column()} : described(i).name.place,
                       reason + e.reason());
  }

  void record(std::size_t i) {
    const Step& step = steps_[i];
    PipelineStep done;
    done.name = name(i);
    done.where = where(i);
    if (described(i).as) done.as = described(i).as->text;
    if (described(i).from)
      for (const DescribedName& input : *described(i).from)
        done.from.push_back(input.text);
    for (const OptionSpec& option : step.spec->options)
      if (step.given.count(option.name))
        done.options.emplace_back(option.name, option.show(step.options.get()));
    if (step.output.image) done.node = step.output.image.node();
    if (step.output.result) done.node = step.output.result.node();
    if (step.output.result)
      pipeline_.results.push_back(
          {done.as.empty() ? done.name : done.as, step.output.result, false});
    if (step.output.image && !done.as.empty())
      pipeline_.images.emplace_back(done.as, step.output.image);
    pipeline_.steps.push_back(std::move(done));
  }

  // --- the whole ---------------------------------------------------------------------------------

  void check_use() {
    bool ends = false, failed = false;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& step = steps_[i];
      failed = failed || step.failed;
      ends = ends || step.output.result || step.output.written;
      for (NamedResult& result : pipeline_.results)
        if (step.output.result && result.result.node() == step.output.result.node())
          result.consumed = step.used;
    }
    if (failed) return;
    if (!ends) {
      diagnostics_.error({}, "nothing is written: add a write step");
      return;
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!steps_[i].output.image || steps_[i].used) continue;
      if (const auto& as = described(i).as)
        pipeline_.warnings.push_back(fmt::format("{}: warning: the name '{}' is never used",
                                                 diagnostics_.origin().text(as->place), as->text));
      else if (!steps_[i].output.written)
        diagnostics_.error(described(i).name.place,
                           fmt::format("the output of {} is never used", name(i)));
    }
  }

  const Description& description_;
  std::span<const StepSpec> specs_;
  const PipelineOptions& options_;
  Diagnostics& diagnostics_;
  Scope scope_;
  std::map<std::string, std::size_t> names_;
  std::vector<Step> steps_;
  std::vector<Place> node_places_;
  bool unknown_step_ = false;
  Pipeline pipeline_;
};

}  // namespace

Pipeline build_pipeline(const Description& description, std::span<const StepSpec> steps,
                        const PipelineOptions& options, Diagnostics& diagnostics) {
  diagnostics.throw_if_any();
  return Checker(description, steps, options, diagnostics).run();
}

}  // namespace sluice
