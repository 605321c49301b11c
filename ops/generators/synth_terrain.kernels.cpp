#include "ops/generators/gradient_noise.hpp"
#include "ops/generators/synth.kernels.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace terrain {

constexpr Octave kBase[] = {{11, 0, 1.3f}, {10, 304, 0.7f}, {9, 176, 0.35f}};
constexpr Octave kRidge[] = {{9, 336, 0.5f}, {8, 80, 0.36f}, {7, 48, 0.2f}, {6, 16, 0.1f}};
constexpr Octave kRough[] = {
    {6, 48, 0.1f}, {5, 0, 0.055f}, {4, 0, 0.028f}, {3, 0, 0.013f}, {2, 0, 0.006f}};

struct Strip {
  FieldStrip<3> base;
  FieldStrip<4> ridge;
  FieldStrip<5> rough;
};
static_assert(12 * OctaveStrip::kFloats * sizeof(float) <= kSynthScratch);

inline void row(Strip& strip, std::int64_t y, int width, float* to) {
  float base[kStrip + kStripSlack], ridge[kStrip + kStripSlack], rough[kStrip + kStripSlack];
  strip.base.row(y, base);
  strip.rough.row(y, rough);
  for (int k = 0; k < 4; ++k) {
    const auto amplitude = broadcast(strip.ridge.amplitudes[k]), crease = broadcast(0.2f);
    strip.ridge.octaves[k].each(y, [&](int i, const batch<float>& v) {
      const auto part = amplitude * (crease - xsimd::abs(v));
      store(ridge + i, k == 0 ? part : load(ridge + i) + part);
    });
  }
  for (int i = 0; i < width; i += lanes<float>()) {
    const auto low = xsimd::max(load(base + i) + broadcast(0.33f), broadcast(0.0f));
    const auto crest = low + ((low * broadcast(1.5f)) * load(ridge + i));
    const auto height = crest + ((crest + broadcast(0.03f)) * load(rough + i));
    const auto t = xsimd::min(xsimd::max(height, broadcast(0.0f)), broadcast(2.0f));
    store(to + i, (t * (broadcast(1.0f) - (t * broadcast(0.25f)))) * broadcast(3000.0f));
  }
}

void run(const SynthArea& area) {
  for (std::int64_t x = 0; x < area.width; x += kStrip) {
    const int width = static_cast<int>(smaller<std::int64_t>(kStrip, area.width - x));
    Strip strip;
    float* memory = reinterpret_cast<float*>(area.scratch);
    memory = strip.base.start(area.seed, 0x100, kBase, area.x + x, memory);
    memory = strip.ridge.start(area.seed, 0x110, kRidge, area.x + x, memory);
    strip.rough.start(area.seed, 0x120, kRough, area.x + x, memory);
    for (std::int64_t y = 0; y < area.height; ++y)
      row(strip, area.y + y, width, reinterpret_cast<float*>(area.data + y * area.row_stride) + x);
  }
}

}  // namespace terrain

extern const SynthTerrainKernels synth_terrain_kernels;
const SynthTerrainKernels synth_terrain_kernels = {&terrain::run};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
