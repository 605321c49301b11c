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

/// The sums of a vector's lanes, by position in 64-bit pairs for the squares. Those in 32 bits hold
/// kMostSteps additions.
constexpr std::int64_t kMostSteps = 1 << 13;
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

  void add_to(PlaneSums& sums) const {
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

/// The same of u8 samples that are all valid, a whole vector of them at a time.
struct ByteLanes {
  batch<std::int32_t> sum = broadcast<std::int32_t>(0), squares = broadcast<std::int32_t>(0);
  batch<std::uint8_t> minimum = broadcast<std::uint8_t>(255), maximum = broadcast<std::uint8_t>(0);

  void add(const batch<std::uint8_t>& v) {
    const auto zero = broadcast<std::uint8_t>(0);
    const Words low = cast_bits<std::int16_t>(interleave_low(v, zero));
    const Words high = cast_bits<std::int16_t>(interleave_high(v, zero));
    sum = sum + madd(madd(v, broadcast<std::int8_t>(1)), broadcast<std::int16_t>(1));
    squares = squares + (madd(low, low) + madd(high, high));
    minimum = xsimd::min(minimum, v);
    maximum = xsimd::max(maximum, v);
  }

  void add_to(PlaneSums& sums) const {
    std::int32_t s[lanes<std::int32_t>()], q[lanes<std::int32_t>()];
    std::uint8_t low[lanes<std::uint8_t>()], high[lanes<std::uint8_t>()];
    store(s, sum);
    store(q, squares);
    store(low, minimum);
    store(high, maximum);
    for (int i = 0; i < lanes<std::int32_t>(); ++i) {
      sums.sum += s[i];
      sums.squares += static_cast<std::uint32_t>(q[i]);
    }
    for (int i = 0; i < lanes<std::uint8_t>(); ++i) {
      sums.minimum = smaller<std::int32_t>(sums.minimum, low[i]);
      sums.maximum = larger<std::int32_t>(sums.maximum, high[i]);
    }
  }
};

/// Sums that wait in lanes until there might be too many of them.
template <class L>
struct Waiting {
  PlaneSums& sums;
  L lanes{};
  std::int64_t steps = 0;

  /// To be called before `more` additions, at most kMostSteps.
  void make_room(std::int64_t more) {
    if (steps + more > kMostSteps) settle();
    steps += more;
  }
  void settle() {
    lanes.add_to(sums);
    lanes = L{};
    steps = 0;
  }
};

/// The samples of a row from `from` on, by masks where some do not count.
template <class T>
void add_row(const PlaneOfSamples& plane, std::int64_t y, std::int64_t from, Waiting<Lanes>& to) {
  constexpr int n = lanes<std::int16_t>();
  const T* samples = reinterpret_cast<const T*>(plane.samples + y * plane.stride);
  const std::uint8_t* validity =
      plane.validity ? plane.validity + y * plane.validity_stride : nullptr;
  const bool masked = validity || plane.skip;
  for (std::int64_t part = from; part < plane.width; part += kMostSteps * n) {
    const std::int64_t end = smaller(plane.width, part + kMostSteps * n);
    to.make_room((end - part + n - 1) / n);
    std::int64_t i = part;
    if (!masked) {
      for (; i + n <= end; i += n)
        to.lanes.template add<false>(words(samples + i), broadcast<std::int16_t>(-1));
      to.sums.count += i - part;
    }
    for (; i < end; i += n) {
      const Words v = words(samples + i);
      Words valid = first_lanes(end - i);
      if (validity) valid = valid & lanes_valid(validity + i);
      if (plane.skip)
        valid = xsimd::select(v == broadcast(plane.nodata), broadcast<std::int16_t>(0), valid);
      to.lanes.template add<true>(v, valid);
    }
  }
}

template <class T>
void sums(const PlaneOfSamples& plane, PlaneSums& sums) {
  Waiting<Lanes> waiting{sums};
  for (std::int64_t y = 0; y < plane.height; ++y)
    add_row<T>(plane, y, 0, waiting);
  waiting.settle();
}

void byte_sums(const PlaneOfSamples& plane, PlaneSums& sums) {
  if (plane.validity || plane.skip) return stats::sums<std::uint8_t>(plane, sums);
  constexpr int n = lanes<std::uint8_t>();
  const std::int64_t whole = plane.width / n * n;
  Waiting<Lanes> rest{sums};
  Waiting<ByteLanes> waiting{sums};
  for (std::int64_t y = 0; y < plane.height; ++y) {
    const std::uint8_t* row =
        reinterpret_cast<const std::uint8_t*>(plane.samples) + y * plane.stride;
    for (std::int64_t part = 0; part < whole; part += kMostSteps * n) {
      const std::int64_t end = smaller(whole, part + kMostSteps * n);
      waiting.make_room((end - part) / n);
      for (std::int64_t i = part; i < end; i += n)
        waiting.lanes.add(load(row + i));
    }
    sums.count += whole;
    if (whole < plane.width) add_row<std::uint8_t>(plane, y, whole, rest);
  }
  if (whole > 0) waiting.settle();
  rest.settle();
}

}  // namespace stats

extern const StatsKernels stats_kernels;
const StatsKernels stats_kernels = {{&stats::byte_sums, &stats::sums<std::int8_t>,
                                     &stats::sums<std::uint16_t>, &stats::sums<std::int16_t>}};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice
