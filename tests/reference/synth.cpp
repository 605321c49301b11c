#include "reference/synth.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::test {
namespace {

std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::uint64_t key_of(std::uint64_t seed, std::uint64_t salt) {
  return mix64(mix64(seed + 0x9e3779b97f4a7c15u) + salt * 0xd1342543de82ef95u);
}

std::uint64_t lattice(std::uint64_t key, std::int64_t i, std::int64_t j) {
  const std::uint64_t row = mix64(key + static_cast<std::uint64_t>(j) * 0x9e3779b97f4a7c15u);
  return mix64(row + static_cast<std::uint64_t>(i) * 0xd1342543de82ef95u);
}

/// Sixteen bits of a hash as a number in [-1, 1), or in [0, 1).
float signed_part(std::uint64_t hash, int shift) {
  return static_cast<float>(static_cast<int>((hash >> shift) & 0xffff) - 32768) * (1.0f / 32768.0f);
}
float unsigned_part(std::uint64_t hash, int shift) {
  return static_cast<float>((hash >> shift) & 0xffff) * (1.0f / 65536.0f);
}
float clamp01(float v) {
  return std::min(std::max(v, 0.0f), 1.0f);
}

struct Gradient {
  float x, y;
};

/// Gradient noise on a lattice of 2^log2 pixels, in about -0.7 .. 0.7.
float gradient_noise(std::uint64_t key, int log2, std::int64_t x, std::int64_t y) {
  const std::int64_t cell = std::int64_t{1} << log2;
  const float step = 1.0f / static_cast<float>(cell);
  const float fx = static_cast<float>(x & (cell - 1)) * step;
  const float fy = static_cast<float>(y & (cell - 1)) * step;
  const auto smooth = [](float f) { return ((f * f) * f) * ((f * ((f * 6.0f) - 15.0f)) + 10.0f); };
  const float sx = smooth(fx), sy = smooth(fy);
  const std::int64_t i = x >> log2, j = y >> log2;
  const auto corner = [&](int a, int b) {
    const std::uint64_t hash = lattice(key, i + a, j + b);
    return Gradient{signed_part(hash, 0), signed_part(hash, 16)};
  };
  // Along the lattice rows above and below, then between them.
  float row[2];
  for (int b = 0; b < 2; ++b) {
    const Gradient left = corner(0, b), right = corner(1, b);
    const float from = left.x * fx, to = right.x * (fx - 1.0f);
    const float along = from + (sx * (to - from));
    const float across = left.y + (sx * (right.y - left.y));
    row[b] = along + ((fy - static_cast<float>(b)) * across);
  }
  return row[0] + (sy * (row[1] - row[0]));
}

struct Octave {
  int log2;
  int shift;  ///< the lattice's offset, so that the lattices of octaves do not meet in lines
  float amplitude;
};

/// Sum over octaves; octave n of a field has its own key.
template <std::size_t N>
float field(std::uint64_t seed, std::uint64_t salt, const Octave (&octaves)[N], std::int64_t x,
            std::int64_t y) {
  float sum = 0;
  for (std::size_t n = 0; n < N; ++n)
    sum = sum + (octaves[n].amplitude * gradient_noise(key_of(seed, salt + n), octaves[n].log2,
                                                       x + octaves[n].shift, y + octaves[n].shift));
  return sum;
}

}  // namespace

float terrain_pixel(std::uint64_t seed, std::int64_t x, std::int64_t y) {
  static constexpr Octave kBase[] = {{11, 0, 1.3f}, {10, 304, 0.7f}, {9, 176, 0.35f}};
  static constexpr Octave kRidge[] = {{9, 336, 0.5f}, {8, 80, 0.36f}, {7, 48, 0.2f}, {6, 16, 0.1f}};
  static constexpr Octave kRough[] = {
      {6, 48, 0.1f}, {5, 0, 0.055f}, {4, 0, 0.028f}, {3, 0, 0.013f}, {2, 0, 0.006f}};
  const float base = std::max(field(seed, 0x100, kBase, x, y) + 0.33f, 0.0f);
  // Ridges are the creases of |noise|. Valleys are smooth and heights rugged: what is finer grows
  // with the height below it.
  float ridge = 0;
  for (std::size_t n = 0; n < 4; ++n)
    ridge = ridge + (kRidge[n].amplitude *
                     (0.2f - std::fabs(gradient_noise(key_of(seed, 0x110 + n), kRidge[n].log2,
                                                      x + kRidge[n].shift, y + kRidge[n].shift))));
  const float crest = base + ((base * 1.5f) * ridge);
  const float rough = field(seed, 0x120, kRough, x, y);
  const float height = crest + ((crest + 0.03f) * rough);
  // Monotone up to 2, so that high summits grow ever more slowly instead of ending flat.
  const float t = std::min(std::max(height, 0.0f), 2.0f);
  return (t * (1.0f - (t * 0.25f))) * 3000.0f;
}

namespace {

constexpr Octave kMask[] = {{12, 1008, 1.0f}, {11, 304, 0.6f}, {10, 176, 0.4f}, {9, 80, 0.22f},
                            {8, 48, 0.12f},   {7, 16, 0.07f},  {6, 32, 0.04f}};
constexpr Octave kGland[] = {{8, 0, 1.0f}, {7, 32, 0.4f}};
constexpr Octave kRegion[] = {{10, 0, 1.0f}};

struct Layer {
  int log2;           ///< size of a cell, which holds at most one nucleus
  int shift;          ///< the cells' offset
  float least, most;  ///< half axes, pixels
};
constexpr Layer kLayers[] = {{5, 0, 5.0f, 9.5f}, {5, 16, 4.5f, 8.5f}, {4, 8, 3.2f, 4.8f}};

/// Hematoxylin of the nuclei of one layer at a pixel, 0 to 1.
float nucleus(std::uint64_t seed, int n, std::int64_t x, std::int64_t y) {
  const Layer& layer = kLayers[n];
  const std::int64_t cell = std::int64_t{1} << layer.log2;
  const std::int64_t i = (x + layer.shift) >> layer.log2, j = (y + layer.shift) >> layer.log2;
  const std::uint64_t hash = lattice(key_of(seed, 0x240 + static_cast<unsigned>(n)), i, j);
  const std::int64_t middle_x = (i << layer.log2) - layer.shift + cell / 2;
  const std::int64_t middle_y = (j << layer.log2) - layer.shift + cell / 2;

  // Crowded along glands and where the region is inflamed, sparse in between.
  const float region = field(seed, 0x220, kRegion, middle_x, middle_y);
  float likely;
  if (n < 2) {
    const float gland = field(seed, 0x210, kGland, middle_x, middle_y);
    const float ring = clamp01((gland - 0.02f) * 12.0f);
    likely = std::min((0.28f + (0.5f * ring)) + (0.6f * region), 0.75f);
  } else {
    likely = std::min((region - 0.1f) * 2.5f, 0.55f);
  }
  if (unsigned_part(hash, 0) >= likely) return 0;

  const std::uint64_t shape = mix64(hash + 0x9e3779b97f4a7c15u);
  const float range = layer.most - layer.least;
  const float a = layer.least + (range * unsigned_part(hash, 16));
  const float b = layer.least + ((a - layer.least) * unsigned_part(hash, 32));
  const float half = static_cast<float>(cell / 2);
  const float room = half - a;
  const float cx = half + (room * signed_part(shape, 0));
  const float cy = half + (room * signed_part(shape, 16));
  float u = 0.5f + (0.5f * unsigned_part(shape, 32)), v = signed_part(shape, 48);
  if (hash & 1) std::swap(u, v);
  const float norm = std::sqrt((u * u) + (v * v));
  const float ua = u / (norm * a), va = v / (norm * a);
  const float ub = u / (norm * b), vb = v / (norm * b);
  const float dx = static_cast<float>((x + layer.shift) & (cell - 1)) - cx;
  const float dy = static_cast<float>((y + layer.shift) & (cell - 1)) - cy;
  const float p = (dx * ua) + (dy * va);
  const float q = (dy * ub) - (dx * vb);
  const float inside = 1.0f - ((p * p) + (q * q));
  const float depth = 0.7f + (0.3f * unsigned_part(hash, 48));
  return clamp01(inside * 2.5f) * depth;
}

}  // namespace

std::array<std::uint8_t, 3> tissue_pixel(std::uint64_t seed, std::int64_t x, std::int64_t y) {
  const float mask = clamp01((field(seed, 0x200, kMask, x, y) + 0.03f) * 60.0f);
  const float gland = field(seed, 0x210, kGland, x, y);
  const float region = field(seed, 0x220, kRegion, x, y);
  const float lumen = clamp01((gland - 0.24f) * 16.0f);
  const float wide = gradient_noise(key_of(seed, 0x230), 5, x, y);
  const float fine = gradient_noise(key_of(seed, 0x231), 4, x, y);
  const float grain = gradient_noise(key_of(seed, 0x232), 2, x, y);
  const float body = mask * (1.0f - lumen);

  // Eosin: fibres are the ridges of two octaves of noise, with slits between them.
  const float fibre = (1.0f - (2.4f * std::fabs(wide))) - (1.2f * std::fabs(fine));
  const float slit = clamp01((fibre - 0.05f) * 6.0f);
  const float pink = ((0.36f + (0.45f * fibre)) + (0.3f * grain)) + (0.25f * region);
  const float eosin = (body * slit) * std::max(pink, 0.0f);

  float stain = 0;
  for (int n = 0; n < 3; ++n)
    stain = std::max(stain, nucleus(seed, n, x, y));
  const float chromatin = 0.8f + (0.7f * grain);
  const float hematoxylin = body * ((stain * chromatin) + (0.05f * slit));

  // Beer and Lambert, with exp(-d) as (1 - d / 8)^8.
  static constexpr float kHematoxylin[] = {1.15f, 1.35f, 0.62f};
  static constexpr float kEosin[] = {0.09f, 0.78f, 0.36f};
  static constexpr float kLight[] = {243.0f, 242.0f, 245.0f};
  std::array<std::uint8_t, 3> pixel{};
  for (std::size_t c = 0; c < 3; ++c) {
    const float density = (hematoxylin * kHematoxylin[c]) + (eosin * kEosin[c]);
    float through = 1.0f - (density * 0.125f);
    through = through * through;
    through = through * through;
    through = through * through;
    pixel[c] = static_cast<std::uint8_t>(
        std::min(std::max(std::nearbyint(through * kLight[c]), 0.0f), 255.0f));
  }
  return pixel;
}

std::uint32_t noise_bits(std::uint64_t seed, int c, std::int64_t x, std::int64_t y) {
  // 64 bits make the key of a row (of 2^32 columns); 32 bits go on from there.
  const std::uint64_t key = lattice(key_of(seed, 0x300 + static_cast<unsigned>(c)), x >> 32, y);
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x9e3779b1u + static_cast<std::uint32_t>(key);
  h = (h ^ (h >> 15)) * 0x2c1b3c6du;
  h = (h ^ (h >> 13)) * 0x297a2d39u;
  return h ^ (h >> 16) ^ static_cast<std::uint32_t>(key >> 32);
}

}  // namespace sluice::test
