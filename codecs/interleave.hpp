// Between interleaved pixels, as files store them, and planar tiles; and byte swapping.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../engine/simd/isa.hpp"
#include "../engine/tile.hpp"

namespace sluice {

/// Splits interleaved pixels into planes. Row y of out.rect begins at pixels + y * row_bytes and
/// holds out.rect.width pixels of out.channels samples of out.type, in the machine's byte order,
/// without gaps. Needs no alignment, and reads and writes no byte beyond the rows. The validity
/// plane is left alone.
void deinterleave(const std::byte* pixels, std::int64_t row_bytes, const TileView& out, Isa isa);

/// The inverse: writes the rectangle's pixels to rows at `to`, row_bytes apart. Writes nothing
/// behind the last sample of a row.
void interleave(const TileView& tile, std::byte* to, std::int64_t row_bytes, Isa isa);

/// Reverses the bytes of each of `samples` samples of `size` bytes (1, 2, 4 or 8) in place.
void swap_bytes(std::byte* data, std::int64_t samples, int size, Isa isa);

}  // namespace sluice
