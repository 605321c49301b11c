// Rates of resize, gaussian_blur, shrink and convolve: each node of their chains alone, for a tile
// of 256 x 256 output pixels in three bands, per instruction set; of nodes that are always kept,
// for one of their tiles. Items are pixels of all bands together; of the output, for shrink and
// sums over cells of the input.
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph.hpp"
#include "ops/filter/convolve.hpp"
#include "ops/filter/gaussian_blur.hpp"
#include "ops/resample/resize.hpp"
#include "ops/resample/shrink.hpp"
#include "tools/benchmarks/tiles.hpp"

namespace {

using namespace sluice;

using Build = std::function<Image(const Image&)>;

Image built(SampleType type, const Build& build) {
  ImageInfo info = make_info(40000, 40000, type, 3, Colour::rgb);
  return build(add_source(Graph::make(), std::make_shared<Described>(info)));
}

void run(benchmark::State& state, const Image& image, NodeId id, Isa isa) {
  const Operation& operation = *image.graph().node(id).operation;
  const ImageInfo& from = image.graph().node(image.graph().node(id).inputs[0]).info;
  const Traits traits = operation.traits();
  const Rect rect = traits.always_kept ? Rect{traits.kept_width, traits.kept_height,
                                              traits.kept_width, traits.kept_height}
                                       : Rect{512, 512, kSide, kSide};
  const Rect needs = operation.needs(0, rect);
  const Tile in(from, needs), out(operation.info(), rect);
  std::vector<std::byte> scratch(
      static_cast<std::size_t>(operation.scratch(rect.width, rect.height)) + 64);
  std::byte* aligned = scratch.data();
  aligned += (64 - reinterpret_cast<std::uintptr_t>(aligned) % 64) % 64;
  for (auto _ : state) {
    operation.compute(std::span(&in.view, 1), out.view, {isa, aligned});
    benchmark::ClobberMemory();
  }
  const Rect& items = traits.always_kept ? needs : rect;
  state.SetItemsProcessed(state.iterations() * items.width * items.height);
}

/// The finest sums of a resize to a strong factor, alone.
Image first_sums(const Image& image, std::int64_t factor) {
  const Image resized = resize(image, {.width = image.info().width / factor});
  return {resized.graph_pointer(), 1};
}

void add(const std::string& name, SampleType type, Build build) {
  const int nodes = built(type, build).node();
  for (const Isa isa : available_isas())
    for (NodeId id = 1; id <= nodes; ++id)
      benchmark::RegisterBenchmark(
          (name + "/" + std::string(name_of(type)) + "/" + std::to_string(id) + "/" +
           std::string(name_of(isa)))
              .c_str(),
          [=](benchmark::State& state) { run(state, built(type, build), id, isa); })
          ->Unit(benchmark::kMicrosecond);
}

const bool kAdded = [] {
  using enum SampleType;
  const auto resized = [](double scale, ResizeKernel kernel) {
    return [=](const Image& in) { return resize(in, {.scale = scale, .kernel = kernel}); };
  };
  const auto blurred = [](double sigma) {
    return [=](const Image& in) { return gaussian_blur(in, {.sigma = sigma}); };
  };
  const auto shrunk = [](std::int64_t factor) {
    return [=](const Image& in) { return shrink(in, {.x = factor}); };
  };
  const auto convolved = [](std::vector<std::vector<double>> matrix, double scale) {
    return [=](const Image& in) { return convolve(in, {.matrix = matrix, .scale = scale}); };
  };
  add("resize/linear/x2", u8, resized(2, ResizeKernel::linear));
  add("resize/linear/0.9", u8, resized(0.9, ResizeKernel::linear));
  add("resize/cubic/x2", u8, resized(2, ResizeKernel::cubic));
  add("resize/lanczos3/0.8", u8, resized(0.8, ResizeKernel::lanczos3));
  add("resize/lanczos3/0.125", u8, resized(0.125, ResizeKernel::lanczos3));
  add("resize/lanczos3/0.8", u16, resized(0.8, ResizeKernel::lanczos3));
  add("resize/lanczos3/0.8", f32, resized(0.8, ResizeKernel::lanczos3));
  add("resize/nearest/0.8", u8, resized(0.8, ResizeKernel::nearest));
  add("gaussian_blur/3", u8, blurred(3));
  add("gaussian_blur/30", u8, blurred(30));
  add("gaussian_blur/3", f32, blurred(3));
  add("shrink/2", u8, shrunk(2));
  add("shrink/8", u8, shrunk(8));
  add("shrink/3", u8, shrunk(3));
  for (const SampleType type : {u8, u16, u32, f32}) {
    add("sums/1000", type, [](const Image& in) { return first_sums(in, 1000); });
    add("sums/64", type, [](const Image& in) { return first_sums(in, 64); });
  }
  add("shrink/2", u16, shrunk(2));
  add("shrink/2", f32, shrunk(2));
  const std::vector<std::vector<double>> three = {{-1, -1, -1}, {-1, 16, -1}, {-1, -1, -1}};
  const std::vector<std::vector<double>> five(5, {1, 2, 3, 2, 1});
  add("convolve/3x3", u8, convolved(three, 8));
  add("convolve/3x3/9", u8, convolved(three, 9));
  add("convolve/5x5", u8, convolved(five, 64));
  add("convolve/3x3", u16, convolved(three, 8));
  add("convolve/3x3", f32, convolved(three, 8));
  return true;
}();

}  // namespace
