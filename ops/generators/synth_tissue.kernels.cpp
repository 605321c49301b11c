#include "ops/generators/gradient_noise.hpp"
#include "ops/generators/synth.kernels.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace tissue {

constexpr Octave kMask[] = {{12, 1008, 1.0f}, {11, 304, 0.6f}, {10, 176, 0.4f}, {9, 80, 0.22f},
                            {8, 48, 0.12f},   {7, 16, 0.07f},  {6, 32, 0.04f}};
constexpr Octave kGland[] = {{8, 0, 1.0f}, {7, 32, 0.4f}};
constexpr Octave kRegion[] = {{10, 0, 1.0f}};
constexpr Octave kWide[] = {{5, 0, 1.0f}}, kFine[] = {{4, 0, 1.0f}}, kGrain[] = {{2, 0, 1.0f}};

/// Nuclei lie in the cells of three grids, one at most in each, and never reach out of their cell.
struct Layer {
  int log2;           ///< of the cell's side
  int shift;          ///< of the cells against the pixels
  float least, most;  ///< half axes, pixels
};
constexpr Layer kLayers[] = {{5, 0, 5.0f, 9.5f}, {5, 16, 4.5f, 8.5f}, {4, 8, 3.2f, 4.8f}};
constexpr int kMostCells = kStrip / 16 + 1;

/// An ellipse: inside where (dx ua + dy va)^2 + (dy ub - dx vb)^2 < 1.
struct Nucleus {
  int left;  ///< of its cell, column of the strip
  float cx, cy, ua, va, ub, vb, reach, depth;
};

/// How likely a cell holds a nucleus: crowded along glands and where the region is inflamed, but
/// never so much that the grid would show.
inline float likelihood(std::uint64_t seed, int layer, std::int64_t x, std::int64_t y) {
  const float region = field_at(seed, 0x220, kRegion, x, y);
  if (layer == 2) return smaller((region - 0.1f) * 2.5f, 0.55f);
  const float gland = field_at(seed, 0x210, kGland, x, y);
  const float ring = clamp01((gland - 0.02f) * 12.0f);
  return smaller((0.28f + (0.5f * ring)) + (0.6f * region), 0.75f);
}

inline Nucleus shape_of(const Layer& layer, std::uint64_t hash) {
  const std::uint64_t more = mix64(hash + 0x9e3779b97f4a7c15u);
  Nucleus n;
  const float range = layer.most - layer.least;
  const float a = layer.least + (range * unsigned_part(hash, 16));
  const float b = layer.least + ((a - layer.least) * unsigned_part(hash, 32));
  const float half = static_cast<float>((1 << layer.log2) / 2), room = half - a;
  n.cx = half + (room * signed_part(more, 0));
  n.cy = half + (room * signed_part(more, 16));
  float u = 0.5f + (0.5f * unsigned_part(more, 32)), v = signed_part(more, 48);
  if (hash & 1) {
    const float t = u;
    u = v;
    v = t;
  }
  const float norm = __builtin_sqrtf((u * u) + (v * v));
  n.ua = u / (norm * a);
  n.va = v / (norm * a);
  n.ub = u / (norm * b);
  n.vb = v / (norm * b);
  n.reach = a * 1.001f;
  n.depth = 0.7f + (0.3f * unsigned_part(hash, 48));
  return n;
}

/// The nuclei of one layer in one strip and one row of cells.
struct LayerStrip {
  std::uint64_t seed, key;
  std::int64_t x;
  std::int64_t row;  ///< of cells; -1: none yet
  int index, count;
  Nucleus nuclei[kMostCells];

  void start(std::uint64_t s, int layer, std::int64_t first_column) {
    seed = s;
    index = layer;
    key = synth_key(seed, 0x240 + static_cast<unsigned>(layer));
    x = first_column + kLayers[layer].shift;
    row = -1;
  }

  void go_to(std::int64_t j) {
    if (j == row) return;
    const Layer& layer = kLayers[index];
    row = j;
    count = 0;
    const std::uint64_t lattice = lattice_row(key, j);
    const int half = (1 << layer.log2) / 2;
    const std::int64_t middle_y = (j << layer.log2) - layer.shift + half;
    for (std::int64_t i = x >> layer.log2; (i << layer.log2) < x + kStrip; ++i) {
      const std::uint64_t hash = lattice_point(lattice, i);
      const std::int64_t middle_x = (i << layer.log2) - layer.shift + half;
      if (unsigned_part(hash, 0) >= likelihood(seed, index, middle_x, middle_y)) continue;
      Nucleus n = shape_of(layer, hash);
      n.left = static_cast<int>((i << layer.log2) - x);
      nuclei[count++] = n;
    }
  }

  /// Raises `stain` to that of the nuclei which row y crosses.
  void add(std::int64_t y, float* stain) {
    const Layer& layer = kLayers[index];
    go_to((y + layer.shift) >> layer.log2);
    const int at = static_cast<int>((y + layer.shift) & ((1 << layer.log2) - 1));
    for (int k = 0; k < count; ++k) {
      const Nucleus& n = nuclei[k];
      const float dy = static_cast<float>(at) - n.cy;
      if (dy > n.reach || -dy > n.reach) continue;
      const auto p0 = broadcast(dy * n.va), q0 = broadcast(dy * n.ub);
      const auto ua = broadcast(n.ua), vb = broadcast(n.vb), depth = broadcast(n.depth);
      // Outside the ellipse nothing is added, so whole vectors may run over its edges.
      const int from = larger(n.left + static_cast<int>(n.cx - n.reach), 0);
      const int end = smaller(n.left + static_cast<int>(n.cx + n.reach) + 1, kStrip);
      for (int i = from; i < end; i += lanes<float>()) {
        const auto column = broadcast<std::int32_t>(i - n.left) + load(kIota);
        const auto dx = xsimd::batch_cast<float>(column) - broadcast(n.cx);
        const auto p = (dx * ua) + p0, q = q0 - (dx * vb);
        const auto inside = broadcast(1.0f) - ((p * p) + (q * q));
        const auto v = clamp01(inside * broadcast(2.5f)) * depth;
        store(stain + i, xsimd::max(load(stain + i), v));
      }
    }
  }
};

struct Strip {
  FieldStrip<7> mask;
  FieldStrip<2> gland;
  FieldStrip<1> region, wide, fine, grain;
  LayerStrip layers[3];

  void start(const SynthArea& area, std::int64_t x) {
    float* memory = reinterpret_cast<float*>(area.scratch);
    memory = mask.start(area.seed, 0x200, kMask, x, memory);
    memory = gland.start(area.seed, 0x210, kGland, x, memory);
    memory = region.start(area.seed, 0x220, kRegion, x, memory);
    memory = wide.start(area.seed, 0x230, kWide, x, memory);
    memory = fine.start(area.seed, 0x231, kFine, x, memory);
    grain.start(area.seed, 0x232, kGrain, x, memory);
    for (int n = 0; n < 3; ++n)
      layers[n].start(area.seed, n, x);
  }
};
static_assert(13 * OctaveStrip::kFloats * sizeof(float) <= kSynthScratch);

constexpr float kHematoxylin[] = {1.15f, 1.35f, 0.62f};
constexpr float kEosin[] = {0.09f, 0.78f, 0.36f};
constexpr float kLight[] = {243.0f, 242.0f, 245.0f};

/// One row of red, green and blue; rgb[c] is where it goes.
inline void row(Strip& strip, std::int64_t y, int width, std::uint8_t* const (&rgb)[3]) {
  using Row = float[kStrip + kStripSlack];
  Row mask, gland, region, wide, fine, grain, stain;
  strip.mask.row(y, mask);
  auto most = broadcast(0.0f);
  for (int i = 0; i < kStrip; i += lanes<float>()) {
    const auto m = clamp01((load(mask + i) + broadcast(0.03f)) * broadcast(60.0f));
    store(mask + i, m);
    most = xsimd::max(most, m);
  }
  if (!xsimd::any(most > broadcast(0.0f))) {  // bare glass
    for (int c = 0; c < 3; ++c)
      for (int i = 0; i < width; i += lanes<std::uint8_t>())
        store(rgb[c] + i, broadcast(static_cast<std::uint8_t>(kLight[c])));
    return;
  }
  strip.gland.row(y, gland);
  strip.region.row(y, region);
  strip.wide.row(y, wide);
  strip.fine.row(y, fine);
  strip.grain.row(y, grain);
  for (int i = 0; i < kStrip; i += lanes<float>())
    store(stain + i, broadcast(0.0f));
  for (LayerStrip& layer : strip.layers)
    layer.add(y, stain);

  for (int i = 0; i < width; i += lanes<float>()) {
    const auto one = broadcast(1.0f), grit = load(grain + i);
    const auto lumen = clamp01((load(gland + i) - broadcast(0.24f)) * broadcast(16.0f));
    const auto body = load(mask + i) * (one - lumen);
    const auto fibre = (one - (broadcast(2.4f) * xsimd::abs(load(wide + i)))) -
                       (broadcast(1.2f) * xsimd::abs(load(fine + i)));
    const auto slit = clamp01((fibre - broadcast(0.05f)) * broadcast(6.0f));
    const auto pink = ((broadcast(0.36f) + (broadcast(0.45f) * fibre)) + (broadcast(0.3f) * grit)) +
                      (broadcast(0.25f) * load(region + i));
    const auto eosin = (body * slit) * xsimd::max(pink, broadcast(0.0f));
    const auto chromatin = broadcast(0.8f) + (broadcast(0.7f) * grit);
    const auto hematoxylin = body * ((load(stain + i) * chromatin) + (broadcast(0.05f) * slit));
    // Beer and Lambert, with exp(-d) as (1 - d / 8)^8.
#pragma GCC unroll 3
    for (int c = 0; c < 3; ++c) {
      const auto density =
          (hematoxylin * broadcast(kHematoxylin[c])) + (eosin * broadcast(kEosin[c]));
      auto through = one - (density * broadcast(0.125f));
      through = through * through;
      through = through * through;
      through = through * through;
      store_as(rgb[c] + i, through * broadcast(kLight[c]));
    }
  }
}

void run(const SynthArea& area) {
  for (std::int64_t x = 0; x < area.width; x += kStrip) {
    const int width = static_cast<int>(smaller<std::int64_t>(kStrip, area.width - x));
    Strip strip;
    strip.start(area, area.x + x);
    for (std::int64_t y = 0; y < area.height; ++y) {
      auto* red = reinterpret_cast<std::uint8_t*>(area.data + y * area.row_stride) + x;
      std::uint8_t* rgb[3] = {red, red + area.plane_stride, red + 2 * area.plane_stride};
      row(strip, area.y + y, width, rgb);
    }
  }
}

}  // namespace tissue

extern const SynthTissueKernels synth_tissue_kernels;
const SynthTissueKernels synth_tissue_kernels = {&tissue::run};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
