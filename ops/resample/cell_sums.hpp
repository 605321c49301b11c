// Sums over cells, the first step of strong reductions. Private to resize and shrink.
//
// Normative arithmetic. The sums of integers are exact; those of f32 and f64 run in f64: the
// samples of each column of a cell from the first row to the last, then the columns' sums from the
// first to the last, every addition rounded. A larger cell adds up the sums of smaller ones in the
// same order as if they were its samples.
// - CellSums::for_filters: 8- and 16-bit samples have sums in i32, all others, and all larger
// cells,
//   in f64. Integers are exact below 2^53, which is 2^45 samples of 8 bits, 2^37 of 16 and 2^21 of
//   32; beyond that every addition is rounded, in the order above.
// - CellSums::exact: 8- and 16-bit samples in i32, 32-bit ones and all larger cells of integers in
//   i64, exact for 2^31 samples of 32 bits. u64 and i64 have two channels of sums for each: of
//   their lower 32 bits, then of their upper ones (with the sign); floats are summed in f64.
#pragma once

#include "engine/graph.hpp"
#include "ops/resample/cells.hpp"

namespace sluice {

enum class CellSums : std::uint8_t { for_filters, exact };

/// The type of the last sums' samples, over `levels` levels of cells (at least 1).
SampleType type_of_sums(SampleType type, CellSums sums, std::size_t levels);

/// Adds the nodes, one for each level. Where one axis has fewer levels, the later ones leave it as
/// it is. `kept`: each is always kept (Traits::always_kept). Without that there is one level at
/// most, and a node behind it is kept. The image has no validity.
Image sum_cells(const char* step, Image image, const CellLevels& columns, const CellLevels& rows,
                CellSums sums, bool kept = true);

/// What a tile of kept sums covers of the node's input, about. Wide and low: rows of tiles, and the
/// decoded blocks under them, stay in memory at once.
struct Covered {
  std::int64_t columns = 0, rows = 0;
};
inline constexpr Covered kCoveredByFinest{1024, 128};

/// Cells of an axis that cover about so many positions; at least one.
std::int64_t cells_over(const CellAxis& axis, std::int64_t positions);

}  // namespace sluice
