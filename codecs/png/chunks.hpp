// PNG's big-endian numbers and the frame around a chunk's content.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::png {

inline constexpr std::size_t kChunkHead = 8;  ///< length and type
inline constexpr std::size_t kChunkTail = 4;  ///< checksum

inline void put_u32(std::byte* to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i)
    to[i] = static_cast<std::byte>(value >> (24 - 8 * i) & 0xFF);
}

/// Puts the frame around a content of `size` bytes that lies at chunk + kChunkHead.
inline void frame_chunk(std::byte* chunk, std::string_view type, std::size_t size) {
  put_u32(chunk, static_cast<std::uint32_t>(size));
  std::memcpy(chunk + 4, type.data(), 4);
  // The checksum covers type and content.
  const uLong crc =
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(chunk + 4), size + 4);
  put_u32(chunk + kChunkHead + size, static_cast<std::uint32_t>(crc));
}

inline void append_chunk(std::vector<std::byte>& to, std::string_view type,
                         std::span<const std::byte> content) {
  const std::size_t at = to.size();
  to.resize(at + kChunkHead + content.size() + kChunkTail);
  if (!content.empty()) std::memcpy(to.data() + at + kChunkHead, content.data(), content.size());
  frame_chunk(to.data() + at, type, content.size());
}

}  // namespace sluice::png
