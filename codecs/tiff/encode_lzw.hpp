// LZW as TIFF 6.0 defines it: codes of 9 to 12 bits, most significant bit first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::tiff {

/// Most bytes that lzw_encode makes of `size`.
std::int64_t lzw_bound(std::int64_t size);
/// Scratch memory it wants.
std::int64_t lzw_scratch_bytes();

/// Encodes `from` into `to` (lzw_bound() bytes long) and returns the bytes used. A table that is
/// full is cleared, so the result depends on `from` alone.
std::int64_t lzw_encode(std::span<const std::byte> from, std::span<std::byte> to,
                        std::byte* scratch);

}  // namespace sluice::tiff
