// Rates of the pointwise and band operations on tiles that fit the second-level cache, per
// instruction set. Items are pixels of one band.
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "ops/bands/grey.hpp"
#include "ops/pointwise/cast.hpp"
#include "ops/pointwise/expression.hpp"
#include "ops/pointwise/linear.hpp"
#include "ops/pointwise/stretch.hpp"
#include "tools/benchmarks/tiles.hpp"

namespace {

using namespace sluice;

using Build = std::function<Image(std::span<const Image>)>;

void run(benchmark::State& state, const std::vector<ImageInfo>& infos, const Build& build,
         Isa isa) {
  const auto graph = Graph::make();
  std::vector<Image> images;
  std::vector<Tile> tiles;
  std::vector<TileView> views;
  for (const ImageInfo& info : infos) {
    images.push_back(add_source(graph, std::make_shared<Described>(info)));
    tiles.emplace_back(info);
    views.push_back(tiles.back().view);
  }
  const Image result = build(images);
  const Operation& operation = *graph->node(result.node()).operation;
  const Tile out(operation.info());
  std::vector<std::byte> scratch(static_cast<std::size_t>(operation.scratch(kSide, kSide)) + 64);
  std::byte* aligned = scratch.data();
  aligned += (64 - reinterpret_cast<std::uintptr_t>(aligned) % 64) % 64;
  for (auto _ : state) {
    operation.compute(views, out.view, {isa, aligned});
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kSide * kSide * operation.info().channels());
}

void add(const std::string& name, std::vector<ImageInfo> infos, Build build) {
  for (const Isa isa : available_isas())
    benchmark::RegisterBenchmark((name + "/" + std::string(name_of(isa))).c_str(),
                                 [=](benchmark::State& state) { run(state, infos, build, isa); });
}

ImageInfo bands(SampleType type, int n) {
  return make_info(kSide, kSide, type, n, n == 3 ? Colour::rgb : Colour::multiband);
}

Build formula(const char* text, Precision precision = Precision::automatic) {
  return [=](std::span<const Image> in) {
    return expression(in, {.formula = {text}, .precision = precision});
  };
}

const bool kAdded = [] {
  const ImageInfo u8 = bands(SampleType::u8, 1), u16 = bands(SampleType::u16, 1),
                  f32 = bands(SampleType::f32, 1), f64 = bands(SampleType::f64, 1);
  const Build gain = [](auto in) { return linear(in[0], {.gain = 1.2, .offset = 3}); };
  add("linear/u8", {u8}, gain);
  add("linear/u16", {u16}, gain);
  add("linear/f32", {f32}, gain);
  add("stretch/u16-u8", {u16}, [](auto in) { return stretch(in[0], {.low = 100, .high = 3000}); });
  add("cast/u8-u16-range", {u8},
      [](auto in) { return cast(in[0], {.to = SampleType::u16, .scale = CastScale::range}); });
  add("grey/rec601/u8", {bands(SampleType::u8, 3)}, [](auto in) { return grey(in[0]); });
  add("grey/linear/u8", {bands(SampleType::u8, 3)},
      [](auto in) { return grey(in[0], {.weights = GreyWeights::linear}); });
  add("expression/ndvi/u16", {u16, u16}, formula("(a - b) / (a + b)"));
  add("expression/ndvi/u16-f64", {u16, u16}, formula("(a - b) / (a + b)", Precision::f64));
  add("expression/polynomial/f32", {f32}, formula("1 + a * (2 + a * (3 + a * 4))"));
  for (const char* function : {"exp(a)", "log(a)", "sin(a)", "atan(a)", "a ** 0.4", "a ** a"}) {
    add(std::string("expression/f32/") + function, {f32}, formula(function));
    add(std::string("expression/f64/") + function, {f64}, formula(function));
  }
  return true;
}();

}  // namespace
