// Vectors for engine/simd/math.hpp. For kernel sources alone, after engine/simd/kernel.hpp.
#pragma once

#include "engine/simd/kernel.hpp"
#include "engine/simd/math.hpp"

namespace sluice::math {

template <>
struct Lanes<SLUICE_KERNEL_ISA::batch<double>> {
  using V = SLUICE_KERNEL_ISA::batch<double>;
  using Bits = SLUICE_KERNEL_ISA::batch<std::uint64_t>;
  [[gnu::always_inline]] static V select(const SLUICE_KERNEL_ISA::mask<double>& m, const V& yes,
                                         const V& no) {
    return xsimd::select(m, yes, no);
  }
  [[gnu::always_inline]] static Bits bits(const V& v) {
    return SLUICE_KERNEL_ISA::cast_bits<std::uint64_t>(v);
  }
  [[gnu::always_inline]] static V from_bits(const Bits& b) {
    return SLUICE_KERNEL_ISA::cast_bits<double>(b);
  }
  [[gnu::always_inline]] static Bits splat(std::uint64_t b) { return Bits(b); }
  [[gnu::always_inline]] static V sqrt(const V& v) { return xsimd::sqrt(v); }
};

}  // namespace sluice::math
