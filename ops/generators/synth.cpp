#include "ops/generators/synth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/declare_step.hpp"
#include "ops/generators/pattern.hpp"
#include "ops/generators/synth.kernels.hpp"

namespace sluice {
namespace {

SynthArea area_of(const TileView& out, int channel, std::uint64_t seed, std::byte* scratch) {
  return {seed,           out.rect.x,       out.rect.y,
          out.rect.width, out.rect.height,  out.data + channel * out.plane_stride,
          out.row_stride, out.plane_stride, scratch};
}

/// UTM zone 32 north, as GeoTIFF keys: projected, pixels are areas, EPSG 32632.
GeoKeys utm_keys() {
  GeoKeys keys;
  keys.directory = {1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32632};
  return keys;
}

class Terrain final : public Operation {
 public:
  Terrain(std::int64_t width, std::int64_t height, std::uint64_t seed)
      : Operation(make_info(width, height, SampleType::f32, 1)), seed_(seed) {
    info_.bands[0].name = "height";
    info_.geo = Affine{{500000, 30, 0, 5200000, 0, -30}};
    auto metadata = std::make_shared<Metadata>();
    metadata->geo_keys = utm_keys();
    info_.metadata = metadata;
  }
  std::int64_t scratch(std::int64_t, std::int64_t) const override { return kSynthScratch; }
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext& context) const override {
    synth_terrain_kernels_for(context.isa).run(area_of(out, 0, seed_, context.scratch));
  }
  Traits traits() const override { return {.reach = Reach::pixel, .cost = 20}; }

 private:
  std::uint64_t seed_;
};

class Tissue final : public Operation {
 public:
  Tissue(std::int64_t width, std::int64_t height, std::uint64_t seed)
      : Operation(make_info(width, height, SampleType::u8, 3, Colour::rgb)), seed_(seed) {
    info_.mpp_x = info_.mpp_y = 0.5;
    info_.magnification = 20;
    info_.resolution = {2000, 2000};
  }
  std::int64_t scratch(std::int64_t, std::int64_t) const override { return kSynthScratch; }
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext& context) const override {
    synth_tissue_kernels_for(context.isa).run(area_of(out, 0, seed_, context.scratch));
  }
  Traits traits() const override { return {.reach = Reach::pixel, .cost = 20}; }

 private:
  std::uint64_t seed_;
};

/// A signed integer and an unsigned one of 32 or 64 bits have the same bits.
NoiseSamples noise_samples(SampleType type) {
  switch (type) {
    case SampleType::u8:
      return NoiseSamples::u8;
    case SampleType::i8:
      return NoiseSamples::i8;
    case SampleType::u16:
      return NoiseSamples::u16;
    case SampleType::i16:
      return NoiseSamples::i16;
    case SampleType::u32:
    case SampleType::i32:
      return NoiseSamples::u32;
    case SampleType::u64:
    case SampleType::i64:
      return NoiseSamples::u64;
    case SampleType::f32:
      return NoiseSamples::f32;
    case SampleType::f64:
      return NoiseSamples::f64;
  }
  throw Error(ErrorKind::internal, "a sample type outside the enumeration");
}

class Noise final : public Operation {
 public:
  Noise(ImageInfo info, std::uint64_t seed) : Operation(std::move(info)), seed_(seed) {}
  void compute(std::span<const TileView>, const TileView& out,
               const ComputeContext& context) const override {
    const SynthNoiseKernels& kernels = synth_noise_kernels_for(context.isa);
    for (int c = 0; c < out.channels; ++c)
      kernels.run(area_of(out, c, seed_, nullptr), c, noise_samples(out.type));
  }
  Traits traits() const override { return {.reach = Reach::pixel, .cost = 3}; }

 private:
  std::uint64_t seed_;
};

Colour colour_of(int channels) {
  return channels == 1 ? Colour::grey : channels == 3 ? Colour::rgb : Colour::multiband;
}

std::shared_ptr<const Operation> make_synth(const SynthOptions& o) {
  constexpr int kMostChannels = 65535;  // what a TIFF can say
  if (o.width < 1 || o.height < 1 || o.width > kMaxDimension || o.height > kMaxDimension)
    throw Error(ErrorKind::usage, fmt::format("a picture of {} x {} pixels: width and height lie "
                                              "between 1 and 2^40",
                                              o.width, o.height));
  const bool fixed = o.kind == SynthKind::terrain || o.kind == SynthKind::tissue;
  if (fixed && (o.type || o.channels))
    throw Error(ErrorKind::usage,
                fmt::format("{} has its own type and channels ({}): type and channels go with "
                            "gradient, checker and noise",
                            option_types::show(o.kind),
                            o.kind == SynthKind::terrain ? "one of f32" : "three of u8"));
  const int channels = o.channels.value_or(1);
  if (channels < 1 || channels > kMostChannels)
    throw Error(ErrorKind::usage, fmt::format("channels is {}; it must lie between 1 and {}",
                                              channels, kMostChannels));
  if (o.cell < 1) throw Error(ErrorKind::usage, fmt::format("cell is {}; at least 1", o.cell));

  const ImageInfo info =
      make_info(o.width, o.height, o.type.value_or(SampleType::u8), channels, colour_of(channels));
  switch (o.kind) {
    case SynthKind::terrain:
      return std::make_shared<Terrain>(o.width, o.height, o.seed);
    case SynthKind::tissue:
      return std::make_shared<Tissue>(o.width, o.height, o.seed);
    case SynthKind::gradient:
      return make_gradient(info);
    case SynthKind::checker:
      return make_checker(info, o.cell);
    case SynthKind::noise:
      return std::make_shared<Noise>(info, o.seed);
  }
  throw Error(ErrorKind::internal, "a kind of synth outside the enumeration");
}

}  // namespace

Image synth(const std::shared_ptr<Graph>& graph, const SynthOptions& options) {
  try {
    return add_generator("synth", graph, make_synth(options));
  } catch (Error& error) {
    const std::string place = graph->place().text();
    error.at_step(place.empty() ? "synth" : place);
    throw;
  }
}

StepSpec synth_step() {
  return make_source_step<SynthOptions>(
      "synth", "generators",
      "Makes a picture from nothing but its coordinates and a seed, of any size: terrain (f32 "
      "heights in metres with a geo-reference), tissue (u8 RGB, stained with hematoxylin and "
      "eosin, "
      "20x), gradient (along x, y and both in channels 1, 2, 3), checker (squares) or noise "
      "(uniform). The same bits on every machine.",
      {option("kind", &SynthOptions::kind, "what to make").take_bare(),
       option("width", &SynthOptions::width, "pixels").min(1).max(kMaxDimension).take_bare(),
       option("height", &SynthOptions::height, "pixels").min(1).max(kMaxDimension).take_bare(),
       option("seed", &SynthOptions::seed, "another picture for each")
           .only_with({{"kind", "terrain"}, {"kind", "tissue"}, {"kind", "noise"}}),
       option("type", &SynthOptions::type, "gradient, checker, noise: sample type, u8 if left out"),
       option("channels", &SynthOptions::channels, "gradient, checker, noise: 1 if left out")
           .min(1)
           .max(65535),
       option("cell", &SynthOptions::cell, "side of a square in pixels")
           .min(1)
           .only_with({{"kind", "checker"}})},
      [](const std::shared_ptr<Graph>& graph, const SynthOptions& o) { return synth(graph, o); });
}

}  // namespace sluice
