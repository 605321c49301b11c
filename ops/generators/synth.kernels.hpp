// The kernels of synth.
//
// Normative arithmetic. Hashes are 64-bit integers (noise: 32-bit lanes under a 64-bit key). All
// else is f32 with plain multiplications and additions in the order of tests/reference/synth.cpp,
// which is the definition; square root and division are the exact ones of IEEE 754. Tissue's
// samples are rounded to nearest, ties to even.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// Where to put which pixels: `width` x `height` from (x, y) on. Whole vectors are written: up to
/// 64 bytes behind each row.
struct SynthArea {
  std::uint64_t seed;
  std::int64_t x, y, width, height;
  std::byte* data;
  std::ptrdiff_t row_stride, plane_stride;
  std::byte* scratch;
};

/// Scratch memory of a terrain or tissue kernel, whatever the area.
inline constexpr std::int64_t kSynthScratch = 128 << 10;

/// What noise makes of its 32 random bits: the upper ones, or as many as a float holds.
enum class NoiseSamples : std::uint8_t { u8, i8, u16, i16, u32, u64, f32, f64 };

struct SynthTerrainKernels {
  void (*run)(const SynthArea&);
};
struct SynthTissueKernels {
  void (*run)(const SynthArea&);
};
struct SynthNoiseKernels {
  /// One plane, channel `channel`.
  void (*run)(const SynthArea&, int channel, NoiseSamples samples);
};

SLUICE_KERNEL_TABLE(SynthTerrainKernels, synth_terrain_kernels)
SLUICE_KERNEL_TABLE(SynthTissueKernels, synth_tissue_kernels)
SLUICE_KERNEL_TABLE(SynthNoiseKernels, synth_noise_kernels)

}  // namespace sluice
