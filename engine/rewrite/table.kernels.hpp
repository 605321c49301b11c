// Kernels of a table: 8-bit samples replaced by what a table of 256 holds for them.
#pragma once

#include <cstdint>

#include "engine/simd/kernel_table.hpp"

namespace sluice {

/// The table of one channel.
struct Table {
  /// 256 results, for those of 4 and 8 bytes.
  const void* values = nullptr;
  /// For results of 1 and 2 bytes: 256 bytes for each byte of a result, the low one's first. In
  /// each, 16 runs of 16; runs 1 to 7 and 9 to 15 hold the difference (exclusive or) to the run
  /// before them.
  const std::uint8_t* differences = nullptr;
};

struct TableKernels {
  using Row = void (*)(const Table& table, const void* in, void* out, std::int64_t n);
  /// By the size of a result: 1, 2, 4 and 8 bytes. With 1, `in` and `out` may be the same memory.
  Row row[4];
};
SLUICE_KERNEL_TABLE(TableKernels, table_kernels)

}  // namespace sluice
