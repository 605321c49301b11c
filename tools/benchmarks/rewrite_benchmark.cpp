// What the rewrites gain: chains of pointwise operations as they stand and as one table, on tiles
// that fit the second-level cache; and whole runs with and without rewrites. Items are samples.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/rewrite/table.hpp"
#include "engine/run.hpp"
#include "ops/pointwise/cast.hpp"
#include "ops/pointwise/expression.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "tools/benchmarks/tiles.hpp"

namespace {

using namespace sluice;

using Build = Image (*)(const Image&);

void run_chain(benchmark::State& state, Build build, bool table, Isa isa) {
  const auto graph = Graph::make();
  const ImageInfo info = make_info(kSide, kSide, SampleType::u8, 1);
  NodeId id = build(add_source(graph, std::make_shared<Described>(info))).node();
  std::vector<std::shared_ptr<const Operation>> chain;
  for (; graph->node(id).operation; id = graph->node(id).inputs[0])
    chain.insert(chain.begin(), graph->node(id).operation);
  if (table) chain = {make_table(info, chain, isa)};
  std::vector<Tile> tiles{Tile(info)};
  std::int64_t scratch_bytes = 64;
  for (const auto& operation : chain) {
    tiles.emplace_back(operation->info());
    scratch_bytes = std::max(scratch_bytes, operation->scratch(kSide, kSide) + 64);
  }
  std::vector<std::byte> memory(static_cast<std::size_t>(scratch_bytes));
  std::byte* scratch = memory.data();
  scratch += (64 - reinterpret_cast<std::uintptr_t>(scratch) % 64) % 64;
  for (auto _ : state) {
    for (std::size_t i = 0; i < chain.size(); ++i)
      chain[i]->compute({&tiles[i].view, 1}, tiles[i + 1].view, {isa, scratch});
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kSide * kSide);
}

Image one_linear(const Image& image) {
  return linear(image, {.gain = 1.1, .offset = 3});
}
Image one_stretch(const Image& image) {
  return stretch(image, {.low = 10, .high = 200});
}
Image to_u16(const Image& image) {
  return cast(image, {.to = SampleType::u16, .scale = CastScale::range});
}
Image to_f32(const Image& image) {
  return linear(image, {.gain = 1.1, .offset = 3, .type = SampleType::f32});
}
Image to_f64(const Image& image) {
  return linear(image, {.gain = 1.1, .offset = 3, .type = SampleType::f64});
}
Image two_linear(const Image& image) {
  return one_linear(one_linear(image));
}
Image square(const Image& image) {
  return expression(image, {.formula = {"a * a / 255"}, .type = SampleType::u8});
}
Image gamma(const Image& image) {
  return expression(image, {.formula = {"255 * (a / 255) ** 0.45"}, .type = SampleType::u8});
}
Image gamma_f32(const Image& image) {
  return expression(image, {.formula = {"(a / 255) ** 0.45"}});
}
Image square_f32(const Image& image) {
  return expression(image, {.formula = {"a * a"}});
}

void add(const std::string& name, Build build) {
  for (const Isa isa : available_isas())
    for (const bool table : {false, true})
      benchmark::RegisterBenchmark(
          (name + (table ? "/table/" : "/chain/") + std::string(name_of(isa))).c_str(),
          [=](benchmark::State& state) { run_chain(state, build, table, isa); });
}

[[maybe_unused]] const bool registered = [] {
  add("linear_u8", one_linear);
  add("stretch_u8", one_stretch);
  add("linear_linear_u8", two_linear);
  add("cast_u16", to_u16);
  add("linear_f32", to_f32);
  add("linear_f64", to_f64);
  add("square_u8", square);
  add("square_f32", square_f32);
  add("gamma_u8", gamma);
  add("gamma_f32", gamma_f32);
  return true;
}();

}  // namespace
