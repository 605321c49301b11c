#include "engine/rewrite/table.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

/// Looks vectors of samples up in kBytes tables of 256 bytes. A sample below 128 meets the runs
/// from the first on until, 16 taken off each time, it has become negative: the differences seen so
/// far are the wanted entry, and nothing is added from there on. Samples from 128 on do so with the
/// upper eight runs.
template <int kBytes>
inline void lookup(const u8* differences, const batch<u8>& samples, batch<u8>* results) {
  const batch<std::int8_t> run(static_cast<std::int8_t>(16));
  for (int b = 0; b < kBytes; ++b)
    results[b] = batch<u8>(static_cast<u8>(0));
  for (int half = 0; half < 2; ++half) {
    const u8* from = differences + 128 * half;
    batch<u8> at = half == 0 ? samples : samples ^ batch<u8>(static_cast<u8>(128));
    for (int i = 0; i < 8; ++i) {
      for (int b = 0; b < kBytes; ++b)
        results[b] = results[b] ^ lookup_16(from + 256 * b + 16 * i, at);
      at = cast_bits<u8>(subtract_clamped(cast_bits<std::int8_t>(at), run));
    }
  }
}

void row_1(const Table& table, const void* in, void* out, std::int64_t n) {
  const u8* from = static_cast<const u8*>(in);
  u8* to = static_cast<u8*>(out);
  for (std::int64_t i = 0; i < n; i += lanes<u8>()) {
    batch<u8> result[1];
    lookup<1>(table.differences, load(from + i), result);
    store(to + i, result[0]);
  }
}

void row_2(const Table& table, const void* in, void* out, std::int64_t n) {
  const u8* from = static_cast<const u8*>(in);
  u8* to = static_cast<u8*>(out);
  for (std::int64_t i = 0; i < n; i += lanes<u8>()) {
    batch<u8> result[2];
    lookup<2>(table.differences, load(from + i), result);
    batch<u8> first = interleave_low(result[0], result[1]);
    batch<u8> second = interleave_high(result[0], result[1]);
    join_lanes(first, second);
    // The second half may lie beyond the slack behind a row.
    store(to + 2 * i, first);
    if (i + lanes<u8>() / 2 < n) store(to + 2 * i + lanes<u8>(), second);
  }
}

// Entries of 4 and 8 bytes: a load for each sample is as fast as any gathering.
template <class T>
void row_of(const Table& table, const void* in, void* out, std::int64_t n) {
  const T* values = static_cast<const T*>(table.values);
  const u8* from = static_cast<const u8*>(in);
  T* to = static_cast<T*>(out);
  for (std::int64_t i = 0; i < n; ++i)
    to[i] = values[from[i]];
}

}  // namespace

extern const TableKernels table_kernels;
const TableKernels table_kernels = {
    {&row_1, &row_2, &row_of<std::uint32_t>, &row_of<std::uint64_t>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
