// Contents of PNG's chunks that hold text or a compressed profile.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::png {

struct Text {
  std::string keyword;
  std::string text;  ///< UTF-8
};

/// The contents of tEXt, zTXt and iTXt. nullopt for broken content and for more than `limit` bytes
/// once inflated.
std::optional<Text> read_text(std::span<const std::byte> content);
std::optional<Text> read_compressed_text(std::span<const std::byte> content, std::size_t limit);
std::optional<Text> read_international_text(std::span<const std::byte> content, std::size_t limit);

/// The profile in an iCCP chunk; empty when broken or larger than `limit`.
std::vector<std::byte> read_profile(std::span<const std::byte> content, std::size_t limit);

/// A chunk's type and content.
struct Chunk {
  std::string_view type;
  std::vector<std::byte> content;
};
/// tEXt where Latin-1 has the characters, else iTXt. nullopt when the keyword is none (1 to 79
/// printable characters of Latin-1).
std::optional<Chunk> text_chunk(std::string_view keyword, std::string_view text);
/// An iCCP chunk.
Chunk profile_chunk(std::span<const std::byte> icc);

}  // namespace sluice::png
