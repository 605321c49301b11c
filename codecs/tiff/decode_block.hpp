// Decompression of one stored block, all of it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::tiff {

/// Decodes as many bytes as `to` has, by compression none, LZW, deflate, zstd or PackBits; what the
/// stream has beyond them is ignored. Throws Error (data), without a place, when the stream is
/// corrupt or gives fewer.
void decode_block(int compression, std::span<const std::byte> from, std::span<std::byte> to);

/// What decoding takes a byte of pixels, in bytes copied (Source::decode_cost): measured on a
/// photograph of 8 bits, one thread.
double decode_cost(int compression);

/// Reverses the bits of each byte (FillOrder 2).
void reverse_bits(std::span<const std::byte> from, std::byte* to);

/// PackBits over one buffer, for decode_block and the row decoder's tests.
void decode_packbits(std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace sluice::tiff
