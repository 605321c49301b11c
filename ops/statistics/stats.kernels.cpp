#include "ops/statistics/stats.kernels.hpp"

#include "engine/simd/kernel.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace stats {

using Words = batch<std::int16_t>;

/// Samples as i16.
inline Words words(const std::uint8_t* p) {
  return load_as<std::int16_t>(p);
}
inline Words words(const std::int8_t* p) {
  return load_as<std::int16_t>(p);
}
inline Words words(const std::uint16_t* p) {
  return cast_bits<std::int16_t>(load(p) ^ broadcast<std::uint16_t>(0x8000));
}
inline Words words(const std::int16_t* p) {
  return load(p);
}

/// All ones in the first lanes<i16>() - offset lanes when loaded at `offset`.
alignas(64) constexpr std::int16_t kFirst[64] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
inline Words first_lanes(std::int64_t count) {
  return count >= lanes<std::int16_t>() ? broadcast<std::int16_t>(-1) : load(kFirst + 32 - count);
}

/// All ones where the byte is at least 128.
inline Words lanes_valid(const std::uint8_t* validity) {
  return ~((load_as<std::int16_t>(validity) - broadcast<std::int16_t>(128)) >> 15);
}

/// The sums of a vector's lanes, by position in 64-bit pairs for the squares.
struct Lanes {
  batch<std::int32_t> sum = broadcast<std::int32_t>(0), count = broadcast<std::int32_t>(0);
  batch<std::uint64_t> squares = broadcast<std::uint64_t>(0);
  Words minimum = broadcast<std::int16_t>(32767), maximum = broadcast<std::int16_t>(-32768);

  template <bool masked>
  void add(const Words& v, const Words& valid) {
    const Words one = broadcast<std::int16_t>(1);
    const Words counted = masked ? v & valid : v;
    sum = sum + madd(counted, one);
    // Twice 32768^2 does not fit an i32, but as u32 it does.
    const auto pairs = cast_bits<std::uint64_t>(madd(counted, counted));
    squares = squares + (pairs & broadcast<std::uint64_t>(0xffffffffu)) + (pairs >> 32);
    if constexpr (masked) {
      count = count - madd(valid, one);
      minimum = xsimd::min(minimum, counted | and_not(broadcast<std::int16_t>(32767), valid));
      maximum = xsimd::max(maximum, counted | and_not(broadcast<std::int16_t>(-32768), valid));
    } else {
      minimum = xsimd::min(minimum, v);
      maximum = xsimd::max(maximum, v);
    }
  }

  void add_to(RowSums& sums) const {
    std::int32_t s[lanes<std::int32_t>()], n[lanes<std::int32_t>()];
    std::uint64_t q[lanes<std::uint64_t>()];
    std::int16_t low[lanes<std::int16_t>()], high[lanes<std::int16_t>()];
    store(s, sum);
    store(n, count);
    store(q, squares);
    store(low, minimum);
    store(high, maximum);
    for (int i = 0; i < lanes<std::int32_t>(); ++i) {
      sums.sum += s[i];
      sums.count += n[i];
    }
    for (int i = 0; i < lanes<std::uint64_t>(); ++i)
      sums.squares += q[i];
    for (int i = 0; i < lanes<std::int16_t>(); ++i) {
      sums.minimum = smaller<std::int32_t>(sums.minimum, low[i]);
      sums.maximum = larger<std::int32_t>(sums.maximum, high[i]);
    }
  }
};

template <class T>
void sums(const RowOfSamples& row, RowSums& sums) {
  constexpr int n = lanes<std::int16_t>();
  constexpr std::int64_t kBlock = std::int64_t{n} << 13;  // before a lane's i32 overflows
  const T* samples = reinterpret_cast<const T*>(row.samples);
  const bool masked = row.validity || row.skip;
  for (std::int64_t from = 0; from < row.width; from += kBlock) {
    const std::int64_t end = smaller(row.width, from + kBlock);
    Lanes lanes_sums;
    std::int64_t i = from;
    if (!masked) {
      for (; i + n <= end; i += n)
        lanes_sums.add<false>(words(samples + i), broadcast<std::int16_t>(-1));
      sums.count += i - from;
    }
    for (; i < end; i += n) {
      const Words v = words(samples + i);
      Words valid = first_lanes(end - i);
      if (row.validity) valid = valid & lanes_valid(row.validity + i);
      if (row.skip)
        valid = xsimd::select(v == broadcast(row.nodata), broadcast<std::int16_t>(0), valid);
      lanes_sums.add<true>(v, valid);
    }
    lanes_sums.add_to(sums);
  }
}

}  // namespace stats

extern const StatsKernels stats_kernels;
const StatsKernels stats_kernels = {{&stats::sums<std::uint8_t>, &stats::sums<std::int8_t>,
                                     &stats::sums<std::uint16_t>, &stats::sums<std::int16_t>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
