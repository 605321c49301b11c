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

/// Adds the nodes, one for each level, each of which is always kept (Traits::always_kept). Where
/// one axis has fewer levels, the later ones leave it as it is. The image's validity is lost; there
/// must be none.
Image sum_cells(const char* step, Image image, const CellLevels& columns, const CellLevels& rows,
                CellSums sums);

/// Output samples along an axis of a tile that is always kept, so that it covers about `positions`.
std::int64_t kept_cells(const CellAxis& axis, std::int64_t positions);
/// Positions that a tile of the finest cells covers along an axis.
inline constexpr std::int64_t kKeptPositions = 512;

}  // namespace sluice
