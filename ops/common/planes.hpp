// What operations do with whole planes of samples beside computing them.
#pragma once

#include "engine/simd/isa.hpp"
#include "engine/tile.hpp"

namespace sluice {

/// Copies plane `from` of `input` to plane `to` of `output`; both have the same rectangle and type.
void copy_plane(const TileView& input, int from, const TileView& output, int to);

/// Plane `from` of `input`, its alpha, as plane `to` of `output`: the same share of opacity over
/// the full range of both types (0 to 1 in floating types), of the input's over that of its `bits`
/// where these are not 0. The same rectangle. Nothing to do where both are the same.
void keep_alpha(const TileView& input, int from, const TileView& output, int to, int bits, Isa isa);

}  // namespace sluice
