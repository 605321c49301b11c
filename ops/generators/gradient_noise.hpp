// Gradient noise for kernels: rows of it, one octave and one strip of columns at a time.
//
// The noise of a pixel is a blend of two lattice rows, each linear in the pixel's height above it:
// along + dy * across. Both are functions of the column that hold for all pixel rows of a lattice
// cell, so they are worked out once per lattice row, and a pixel costs seven operations.
#pragma once

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {

/// Columns of a strip: the lattice rows of all octaves of a picture stay in the first-level cache.
inline constexpr int kStrip = 128;
inline constexpr int kStripSlack = 16;  ///< a vector may be stored across the strip's end

inline std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
inline std::uint64_t synth_key(std::uint64_t seed, std::uint64_t salt) {
  return mix64(mix64(seed + 0x9e3779b97f4a7c15u) + salt * 0xd1342543de82ef95u);
}
inline std::uint64_t lattice_row(std::uint64_t key, std::int64_t j) {
  return mix64(key + static_cast<std::uint64_t>(j) * 0x9e3779b97f4a7c15u);
}
inline std::uint64_t lattice_point(std::uint64_t row, std::int64_t i) {
  return mix64(row + static_cast<std::uint64_t>(i) * 0xd1342543de82ef95u);
}

/// Sixteen bits of a hash as a number in [-1, 1), or in [0, 1).
inline float signed_part(std::uint64_t hash, int shift) {
  return static_cast<float>(static_cast<int>((hash >> shift) & 0xffff) - 32768) * (1.0f / 32768.0f);
}
inline float unsigned_part(std::uint64_t hash, int shift) {
  return static_cast<float>((hash >> shift) & 0xffff) * (1.0f / 65536.0f);
}

/// 6 f^5 - 15 f^4 + 10 f^3, of a float or a batch.
template <class F>
inline F smooth_step(const F& f) {
  return ((f * f) * f) * ((f * ((f * F(6.0f)) - F(15.0f))) + F(10.0f));
}

alignas(64) inline constexpr std::int32_t kIota[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                       8, 9, 10, 11, 12, 13, 14, 15};

struct Octave {
  int log2;   ///< of the lattice's step in pixels
  int shift;  ///< of the lattice against the pixels, so that octaves do not meet in lines
  float amplitude;
};

/// One octave over one strip.
struct OctaveStrip {
  std::uint64_t key;
  std::int64_t x;    ///< first column, shifted
  std::int64_t row;  ///< lattice row in along[0] and across[0]; -1: none yet
  int log2, shift;
  float *fraction, *blend;  ///< of each column: place in its cell, and its smooth step
  float *along[2], *across[2];

  static constexpr int kFloats = 6 * (kStrip + kStripSlack);

  float* start(std::uint64_t octave_key, const Octave& octave, std::int64_t first_column,
               float* memory) {
    key = octave_key;
    log2 = octave.log2;
    shift = octave.shift;
    x = first_column + shift;
    row = -1;
    for (float** part : {&fraction, &blend, &along[0], &along[1], &across[0], &across[1]}) {
      *part = memory;
      memory += kStrip + kStripSlack;
    }
    const auto low_bits = broadcast<std::int32_t>((1 << log2) - 1);
    const auto step = broadcast(1.0f / static_cast<float>(1 << log2));
    for (int i = 0; i < kStrip; i += lanes<float>()) {
      const auto column =
          broadcast(static_cast<std::int32_t>(x & ((1 << log2) - 1)) + i) + load(kIota);
      const auto f = xsimd::batch_cast<float>(column & low_bits) * step;
      store(fraction + i, f);
      store(blend + i, smooth_step(f));
    }
    return memory;
  }

  void fill_row(int which, std::int64_t j) {
    // The gradients left and right of each column, spread over the columns of their cell; a spread
    // may run over into the next cell, which comes after it.
    float gx[2][kStrip + kStripSlack], gy[2][kStrip + kStripSlack];
    const std::uint64_t lattice = lattice_row(key, j);
    std::int64_t i = x >> log2;
    std::uint64_t left = lattice_point(lattice, i);
    for (std::int64_t from = 0; from < kStrip; ++i) {
      const std::uint64_t right = lattice_point(lattice, i + 1);
      const std::int64_t end = smaller<std::int64_t>(((i + 1) << log2) - x, kStrip);
      const auto x0 = broadcast(signed_part(left, 0)), x1 = broadcast(signed_part(right, 0));
      const auto y0 = broadcast(signed_part(left, 16)), y1 = broadcast(signed_part(right, 16));
      for (; from < end; from += lanes<float>()) {
        store(gx[0] + from, x0);
        store(gx[1] + from, x1);
        store(gy[0] + from, y0);
        store(gy[1] + from, y1);
      }
      from = end;
      left = right;
    }
    for (int c = 0; c < kStrip; c += lanes<float>()) {
      const auto f = load(fraction + c), s = load(blend + c);
      const auto a = load(gx[0] + c) * f, b = load(gx[1] + c) * (f - broadcast(1.0f));
      store(along[which] + c, a + (s * (b - a)));
      const auto y0 = load(gy[0] + c), y1 = load(gy[1] + c);
      store(across[which] + c, y0 + (s * (y1 - y0)));
    }
  }

  void go_to(std::int64_t j) {
    if (j == row) return;
    if (row >= 0 && j == row + 1) {
      float* t = along[0];
      along[0] = along[1];
      along[1] = t;
      t = across[0];
      across[0] = across[1];
      across[1] = t;
    } else {
      fill_row(0, j);
    }
    fill_row(1, j + 1);
    row = j;
  }

  /// Calls use(column, batch of noise) over row y of the strip.
  template <class Use>
  void each(std::int64_t y, const Use& use) {
    const std::int64_t cell = std::int64_t{1} << log2;
    go_to((y + shift) >> log2);
    const float fy =
        static_cast<float>((y + shift) & (cell - 1)) * (1.0f / static_cast<float>(cell));
    const auto above = broadcast(fy), below = broadcast(fy - 1.0f), s = broadcast(smooth_step(fy));
    const float *a0 = along[0], *a1 = along[1], *c0 = across[0], *c1 = across[1];
    for (int i = 0; i < kStrip; i += lanes<float>()) {
      const auto p = load(a0 + i) + (above * load(c0 + i));
      const auto q = load(a1 + i) + (below * load(c1 + i));
      use(i, p + (s * (q - p)));
    }
  }
};

/// A sum of octaves.
template <int n>
struct FieldStrip {
  OctaveStrip octaves[n];
  float amplitudes[n];

  float* start(std::uint64_t seed, std::uint64_t salt, const Octave (&table)[n],
               std::int64_t first_column, float* memory) {
    for (int k = 0; k < n; ++k) {
      memory = octaves[k].start(synth_key(seed, salt + static_cast<unsigned>(k)), table[k],
                                first_column, memory);
      amplitudes[k] = table[k].amplitude;
    }
    return memory;
  }
  void row(std::int64_t y, float* to) {
    for (int k = 0; k < n; ++k) {
      const auto amplitude = broadcast(amplitudes[k]);
      if (k == 0)
        octaves[k].each(y, [&](int i, const batch<float>& v) { store(to + i, amplitude * v); });
      else
        octaves[k].each(y, [&](int i, const batch<float>& v) {
          store(to + i, load(to + i) + (amplitude * v));
        });
    }
  }
};

/// The noise of a single point, the same bits as in a strip.
inline float noise_at(std::uint64_t key, const Octave& octave, std::int64_t x, std::int64_t y) {
  const std::int64_t cell = std::int64_t{1} << octave.log2;
  const float step = 1.0f / static_cast<float>(cell);
  x += octave.shift, y += octave.shift;
  const float fx = static_cast<float>(x & (cell - 1)) * step, sx = smooth_step(fx);
  const float fy = static_cast<float>(y & (cell - 1)) * step, sy = smooth_step(fy);
  float row[2];
  for (int b = 0; b < 2; ++b) {
    const std::uint64_t lattice = lattice_row(key, (y >> octave.log2) + b);
    const std::uint64_t left = lattice_point(lattice, x >> octave.log2);
    const std::uint64_t right = lattice_point(lattice, (x >> octave.log2) + 1);
    const float from = signed_part(left, 0) * fx, to = signed_part(right, 0) * (fx - 1.0f);
    const float along = from + (sx * (to - from));
    const float y0 = signed_part(left, 16);
    const float across = y0 + (sx * (signed_part(right, 16) - y0));
    row[b] = along + ((fy - static_cast<float>(b)) * across);
  }
  return row[0] + (sy * (row[1] - row[0]));
}
template <int n>
inline float field_at(std::uint64_t seed, std::uint64_t salt, const Octave (&table)[n],
                      std::int64_t x, std::int64_t y) {
  float sum = 0;
  for (int k = 0; k < n; ++k)
    sum = sum + (table[k].amplitude *
                 noise_at(synth_key(seed, salt + static_cast<unsigned>(k)), table[k], x, y));
  return sum;
}

inline batch<float> clamp01(const batch<float>& v) {
  return xsimd::min(xsimd::max(v, broadcast(0.0f)), broadcast(1.0f));
}
inline float clamp01(float v) {
  return v < 0.0f ? 0.0f : v > 1.0f ? 1.0f : v;
}

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
