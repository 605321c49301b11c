// Rates of synth, flip, rotate and the reductions on tiles that fit the second-level cache, per
// instruction set. Items are samples.
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "ops/generators/synth.hpp"
#include "ops/geometry/flip.hpp"
#include "ops/geometry/rotate.hpp"
#include "ops/statistics/percentile.hpp"
#include "ops/statistics/stats.hpp"

namespace {

using namespace sluice;

constexpr std::int64_t kSide = 256;

struct Memory {
  std::vector<std::byte> bytes;
  explicit Memory(std::int64_t size) : bytes(static_cast<std::size_t>(size + kAlignment)) {}
  std::byte* aligned() {
    return bytes.data() + (64 - reinterpret_cast<std::uintptr_t>(bytes.data()) % 64) % 64;
  }
};

Memory memory_for(const ImageInfo& info) {
  return Memory(tile_layout(kSide, kSide, info.type, info.channels(), false).bytes);
}
TileView tile(Memory& memory, const ImageInfo& info, std::int64_t x = 0, std::int64_t y = 0) {
  return tile_at(memory.aligned(), {x, y, kSide, kSide}, info.type, info.channels(), false);
}

void count(benchmark::State& state, const ImageInfo& info) {
  state.SetItemsProcessed(state.iterations() * kSide * kSide * info.channels());
}

/// Tiles all over a large picture, since tissue costs more than glass.
void run_synth(benchmark::State& state, SynthOptions options, Isa isa) {
  options.width = options.height = 100000;
  options.seed = 1;
  const Image image = synth(Graph::make(), options);
  const Operation& operation = *image.graph().node(image.node()).operation;
  Memory memory = memory_for(image.info()), scratch(operation.scratch(kSide, kSide));
  std::int64_t i = 0;
  for (auto _ : state) {
    const TileView out = tile(memory, image.info(), i * 37 % 390 * kSide, i * 53 % 390 * kSide);
    operation.compute({}, out, {isa, scratch.aligned()});
    benchmark::ClobberMemory();
    ++i;
  }
  count(state, image.info());
}

Image noise(SampleType type, int channels) {
  return synth(Graph::make(), {.kind = SynthKind::noise,
                               .width = kSide,
                               .height = kSide,
                               .type = type,
                               .channels = channels});
}

void fill(const Image& image, const TileView& to, Isa isa) {
  image.graph().node(image.node()).operation->compute({}, to, {isa, nullptr});
}

void run_operation(benchmark::State& state, SampleType type, int channels,
                   const std::function<Image(const Image&)>& build, Isa isa) {
  const Image image = noise(type, channels), result = build(image);
  Memory in = memory_for(image.info()), out = memory_for(result.info());
  const TileView from = tile(in, image.info()), to = tile(out, result.info());
  fill(image, from, isa);
  const Operation& operation = *image.graph().node(result.node()).operation;
  for (auto _ : state) {
    operation.compute({&from, 1}, to, {isa, nullptr});
    benchmark::ClobberMemory();
  }
  count(state, image.info());
}

void run_reduction(benchmark::State& state, SampleType type,
                   const std::function<Result(const Image&)>& build, Isa isa) {
  const Image image = noise(type, 1);
  const Result result = build(image);
  Memory in = memory_for(image.info());
  const TileView from = tile(in, image.info());
  fill(image, from, isa);
  const auto gathered = image.graph().node(result.node()).reduction->start();
  for (auto _ : state)
    gathered->add(from, isa);
  count(state, image.info());
}

void add(const std::string& name, const std::function<void(benchmark::State&, Isa)>& body) {
  for (const Isa isa : available_isas())
    benchmark::RegisterBenchmark((name + "/" + std::string(name_of(isa))).c_str(),
                                 [=](benchmark::State& state) { body(state, isa); });
}

const bool kAdded = [] {
  for (const auto& [name, kind] : EnumNames<SynthKind>::names)
    add("synth/" + std::string(name),
        [kind = kind](auto& state, Isa isa) { run_synth(state, {.kind = kind}, isa); });
  for (const SampleType type :
       {SampleType::u8, SampleType::u16, SampleType::f32, SampleType::f64}) {
    const std::string of = std::string("/").append(name_of(type));
    const int channels = type == SampleType::u8 ? 3 : 1;
    add("flip" + of, [=](auto& state, Isa isa) {
      run_operation(
          state, type, channels, [](const Image& i) { return flip(i); }, isa);
    });
    add("rotate" + of, [=](auto& state, Isa isa) {
      run_operation(
          state, type, channels, [](const Image& i) { return rotate(i); }, isa);
    });
    add("stats" + of, [=](auto& state, Isa isa) {
      run_reduction(
          state, type, [](const Image& i) { return stats(i); }, isa);
    });
    add("percentile" + of, [=](auto& state, Isa isa) {
      run_reduction(
          state, type, [](const Image& i) { return percentile(i, {}); }, isa);
    });
  }
  return true;
}();

}  // namespace
