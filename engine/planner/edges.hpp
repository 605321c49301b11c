// Extending an image at its edges: which pixels to fetch, and where they and their copies go.
#pragma once

#include <array>
#include <cstdint>

#include "engine/operation.hpp"
#include "engine/tile.hpp"

namespace sluice {

/// A run of columns (or rows) to fetch from inside the image.
struct EdgePiece {
  std::int64_t at = 0;      ///< first coordinate it fills, in the extended image
  std::int64_t source = 0;  ///< first coordinate to fetch, inside [0, size)
  std::int64_t length = 0;
  bool reversed = false;  ///< filled from its last source coordinate to its first
};

/// How the interval `need` of an extended axis is filled: fetch the pieces, then copy what remains
/// from coordinates already filled (or set it to the constant).
struct EdgeAxis {
  Interval need;
  std::array<EdgePiece, 3> pieces{};
  int count = 0;
  std::int64_t size = 0;  ///< of the image
  /// Wrap, mirror: one piece holds all that is needed, and the rest is copied from it. Otherwise
  /// coordinates past the pieces equal those a period before.
  bool folded = false;
  std::int64_t period = 0;

  bool plain() const {
    return count == 1 && pieces[0].length == need.size() && pieces[0].at == pieces[0].source &&
           !pieces[0].reversed;
  }
};

/// Pixels of an axis of `size` that `need` (not empty) wants under `edge`. Mirror repeats the edge
/// pixel
/// (... 1 0 | 0 1 2 ...), as libvips does.
EdgeAxis edge_axis(Interval need, std::int64_t size, Edge edge);

/// Reverses the columns or rows of `tile` in place.
void reverse_columns(const TileView& tile);
void reverse_rows(const TileView& tile);

/// Fills what the pieces have left of `tile` (whose rectangle is columns.need x rows.need).
/// The validity of replicated pixels is that of their originals; of constant ones 255.
void fill_edges(const TileView& tile, const EdgeAxis& columns, const EdgeAxis& rows, Edge edge,
                double value);

}  // namespace sluice
