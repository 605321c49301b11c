// The fixed-point formats of 8-bit filters, for kernels and operations alike.
#pragma once

namespace sluice {

/// Bits behind the point of 8-bit images' weights and of the i16 samples between two passes.
inline constexpr int kWeightBits = 14;
inline constexpr int kFixedBits = 6;

}  // namespace sluice
