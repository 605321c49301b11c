#include "codecs/interleave.hpp"

#include <bit>
#include <cstring>

#include "codecs/interleave.kernels.hpp"

namespace sluice {
namespace {

template <class T>
void split_any(const std::byte* pixels, int channels, const TileView& out, std::int64_t y) {
  for (int c = 0; c < channels; ++c) {
    std::byte* const to = out.row(c, y);
    const std::byte* from = pixels + static_cast<std::size_t>(c) * sizeof(T);
    for (std::int64_t x = 0; x < out.rect.width; ++x, from += channels * sizeof(T))
      std::memcpy(to + x * static_cast<std::int64_t>(sizeof(T)), from, sizeof(T));
  }
}

template <class T>
void join_any(const TileView& tile, std::int64_t y, std::byte* pixels) {
  for (int c = 0; c < tile.channels; ++c) {
    const std::byte* const from = tile.row(c, y);
    std::byte* to = pixels + static_cast<std::size_t>(c) * sizeof(T);
    for (std::int64_t x = 0; x < tile.rect.width; ++x, to += tile.channels * sizeof(T))
      std::memcpy(to, from + x * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  }
}

/// Calls f with an unsigned type of `size` bytes.
template <class F>
void with_size(std::size_t size, F&& f) {
  switch (size) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

}  // namespace

void deinterleave(const std::byte* pixels, std::int64_t row_bytes, const TileView& out, Isa isa) {
  const std::size_t size = size_of(out.type);
  const InterleaveKernels& kernels = interleave_kernels_for(isa);
  for (std::int64_t y = 0; y < out.rect.height; ++y, pixels += row_bytes) {
    if (out.channels == 1) {
      std::memcpy(out.row(0, y), pixels, static_cast<std::size_t>(out.rect.width) * size);
    } else if (out.channels <= kInterleaveChannels) {
      kernels.split[std::countr_zero(size)][out.channels - 2](
          reinterpret_cast<const std::uint8_t*>(pixels), out.row<std::uint8_t>(0, y),
          out.plane_stride, out.rect.width);
    } else {
      with_size(size, [&](auto type) { split_any<decltype(type)>(pixels, out.channels, out, y); });
    }
  }
}

void interleave(const TileView& tile, std::byte* to, std::int64_t row_bytes, Isa isa) {
  const std::size_t size = size_of(tile.type);
  const InterleaveKernels& kernels = interleave_kernels_for(isa);
  for (std::int64_t y = 0; y < tile.rect.height; ++y, to += row_bytes) {
    if (tile.channels == 1) {
      std::memcpy(to, tile.row(0, y), static_cast<std::size_t>(tile.rect.width) * size);
    } else if (tile.channels <= kInterleaveChannels) {
      kernels.join[std::countr_zero(size)][tile.channels - 2](
          tile.row<std::uint8_t>(0, y), tile.plane_stride, reinterpret_cast<std::uint8_t*>(to),
          tile.rect.width);
    } else {
      with_size(size, [&](auto type) { join_any<decltype(type)>(tile, y, to); });
    }
  }
}

void swap_bytes(std::byte* data, std::int64_t samples, int size, Isa isa) {
  const InterleaveKernels& kernels = interleave_kernels_for(isa);
  std::uint8_t* const bytes = reinterpret_cast<std::uint8_t*>(data);
  if (size == 2) kernels.swap2(bytes, samples);
  if (size == 4) kernels.swap4(bytes, samples);
  if (size == 8) kernels.swap8(bytes, samples);
}

}  // namespace sluice
