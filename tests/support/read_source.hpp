// Reads a source as the engine does, without the engine.
#pragma once

#include <functional>

#include "engine/source.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// Visits the tiles of a source one after the other: see read_all.
void for_each_tile(const Source& source, Isa isa, int poison, std::int64_t band_rows,
                   const std::function<void(const TileView&)>& visit);

/// All pixels, block by block or row by row. Slack and scratch are poisoned, and it is checked that
/// blocks keep to what the source has announced. `band_rows`: rows per call of an in-order decoder
/// (0: its grid's).
Picture read_all(const Source& source, Isa isa = best_isa(), int poison = 0xA5,
                 std::int64_t band_rows = 0);

}  // namespace sluice::test
