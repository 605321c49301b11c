#include "engine/runtime/pass_runner.hpp"

#include <oneapi/tbb/task_arena.h>

#include <algorithm>

#include "engine/runtime/part_runner.hpp"
#include "engine/with_place.hpp"
#include "engine/test_hooks.hpp"

namespace sluice {

namespace {

// A short pass, such as a viewer's region, has no use for more threads than tasks.
int useful_threads(const PassPlan& pass) {
  std::int64_t tasks = pass.units;
  for (const SupplyUse& use : pass.uses)
    tasks += use.used;
  return static_cast<int>(std::min<std::int64_t>(pass.threads, tasks));
}

}  // namespace

PassResult run_pass(const Graph& graph, const PassPlan& pass, const RunOptions& options,
                    const RunJournals& journals, Crew& crew, Profiler* profiler,
                    const std::function<void(bool)>& committed) {
  const PassUnits units = units_of(*pass.shape, pass.fits);
  SlabPool pool(pass.memory.pool, hooks_of(options).poison);
  std::vector<std::unique_ptr<Output>> outputs;
  std::vector<std::unique_ptr<AccumulatorPool>> sums;
  for (int s = 0; s < static_cast<int>(pass.shape->stages.size()); ++s) {
    const Stage& stage = pass.stage(s);
    const Reduction* reduction = stage.reduction();
    outputs.push_back(stage.sink() ? std::make_unique<Output>(pass, s, pool, options,
                                                              journals.of(stage.target()), profiler)
                                   : nullptr);
    sums.push_back(reduction ? std::make_unique<AccumulatorPool>(*reduction) : nullptr);
  }
  const PassContext context{graph, pass, units, options, pool, outputs, sums, profiler, committed};
  PassResult result;
  result.blocks_decoded.resize(pass.shape->supplies.size());
  result.bytes_read.resize(pass.shape->supplies.size());
  oneapi::tbb::task_arena arena(pass.threads, static_cast<unsigned>(pass.threads));
  const Crew::Shift shift(crew, arena, useful_threads(pass));
  const Profiler::Pass shared(profiler);
  arena.execute([&] {
    for (std::int64_t part = 0; part < pass.route.parts(); ++part) {
      const PartResult done = run_part(context, part);
      for (std::size_t i = 0; i < done.blocks_decoded.size(); ++i) {
        result.blocks_decoded[i] += done.blocks_decoded[i];
        result.bytes_read[i] += done.bytes_read[i];
      }
    }
  });
  result.granted_peak = pool.granted_peak();
  for (std::size_t s = 0; s < sums.size(); ++s)
    result.sums.push_back(
        with_place([&] { return sums[s] ? sums[s]->merged() : nullptr; },
                   [&](Error& error) {
                     error.at_step(pass.stage(static_cast<int>(s)).named_node().place.text());
                   }));
  return result;
}

}  // namespace sluice
