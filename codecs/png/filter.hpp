// PNG's row filters: what is stored of a byte is its difference from a prediction.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::png {

/// As stored before each row.
enum class RowFilter : std::uint8_t { none = 0, sub = 1, up = 2, average = 3, paeth = 4 };

/// Filters `size` bytes of a row. `above` is the row before it; `pixel` the bytes from a sample to
/// the one on its left. `to` overlaps neither.
void apply_filter(RowFilter filter, const std::uint8_t* row, const std::uint8_t* above,
                  std::size_t size, std::size_t pixel, std::uint8_t* to);

/// The sum of the filtered bytes' absolute values, as signed ones: the smaller, the better the row
/// is likely to compress.
std::uint64_t filter_cost(const std::uint8_t* filtered, std::size_t size);

}  // namespace sluice::png
