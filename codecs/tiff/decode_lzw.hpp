// LZW as TIFF has it (TIFF 6.0, section 13), and the bit-reversed kind of TIFF 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::tiff {

/// Decodes as many bytes as `to` has; what the stream has beyond them is ignored. Throws Error
/// (data), without a place, when the stream is corrupt or ends before. `to` is at most 4 GiB.
void decode_lzw(std::span<const std::byte> from, std::span<std::byte> to);

/// Whether a stream is of the kind written before TIFF 6: codes begin at a byte's lowest bit.
bool is_old_lzw(std::span<const std::byte> from);

inline constexpr int kLzwClear = 256;
inline constexpr int kLzwEnd = 257;
inline constexpr int kLzwFirst = 258;
inline constexpr int kLzwMaxBits = 12;

}  // namespace sluice::tiff
