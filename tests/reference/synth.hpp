// The obviously correct synth: one pixel at a time, straight from its definition.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::test {

/// Height in metres at pixel (x, y) of `synth kind=terrain`.
float terrain_pixel(std::uint64_t seed, std::int64_t x, std::int64_t y);

/// Red, green and blue at pixel (x, y) of `synth kind=tissue`.
std::array<std::uint8_t, 3> tissue_pixel(std::uint64_t seed, std::int64_t x, std::int64_t y);

/// The 32 random bits of channel c at pixel (x, y) of `synth kind=noise`.
std::uint32_t noise_bits(std::uint64_t seed, int c, std::int64_t x, std::int64_t y);

}  // namespace sluice::test
