#include "codecs/png/text.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/error.hpp"

namespace sluice::png {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMaxKeyword = 79;

/// Inflates a zlib stream; nullopt when it is broken or gives more than `limit` bytes.
std::optional<std::vector<std::byte>> inflate_bounded(Bytes from, std::size_t limit) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw Error(ErrorKind::system, "zlib has no memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
  stream.avail_in = static_cast<uInt>(from.size());
  std::vector<std::byte> out;
  int state = Z_OK;
  while (state == Z_OK && out.size() < limit) {
    constexpr std::size_t kStep = 16384;
    const std::size_t done = out.size();
    out.resize(std::min(limit, std::max(kStep, done * 2)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = static_cast<uInt>(out.size() - done);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) return std::nullopt;
  out.shrink_to_fit();
  return out;
}

std::string latin1_to_utf8(std::string_view from) {
  std::string to;
  for (const char c : from) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x80) {
      to += c;
    } else {
      to += static_cast<char>(0xC0 | u >> 6);
      to += static_cast<char>(0x80 | (u & 0x3F));
    }
  }
  return to;
}

/// nullopt where a character is not in Latin-1, or the text is no UTF-8.
std::optional<std::string> utf8_to_latin1(std::string_view from) {
  std::string to;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto u = static_cast<unsigned char>(from[i]);
    if (u < 0x80) {
      to += from[i];
      continue;
    }
    const bool two = (u == 0xC2 || u == 0xC3) && i + 1 < from.size();
    const auto next = two ? static_cast<unsigned char>(from[i + 1]) : 0u;
    if ((next & 0xC0) != 0x80) return std::nullopt;
    to += static_cast<char>((u & 3) << 6 | (next & 0x3F));
    ++i;
  }
  return to;
}

std::string_view characters(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string_view characters(const std::vector<std::byte>& bytes) {
  return characters(Bytes(bytes));
}

/// Cuts off the string that ends with a 0 byte; nullopt when there is none.
std::optional<std::string_view> take_string(Bytes& bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::byte{0});
  if (end == bytes.end()) return std::nullopt;
  const auto length = static_cast<std::size_t>(end - bytes.begin());
  const std::string_view text = characters(bytes.first(length));
  bytes = bytes.subspan(length + 1);
  return text;
}

std::optional<std::string> take_keyword(Bytes& bytes) {
  const auto keyword = take_string(bytes);
  if (!keyword || keyword->empty() || keyword->size() > kMaxKeyword) return std::nullopt;
  return latin1_to_utf8(*keyword);
}

void append(std::vector<std::byte>& to, std::string_view text) {
  const std::size_t at = to.size();
  to.resize(at + text.size());
  if (!text.empty()) std::memcpy(to.data() + at, text.data(), text.size());
}

}  // namespace

std::optional<Text> read_text(Bytes content) {
  auto keyword = take_keyword(content);
  if (!keyword) return std::nullopt;
  return Text{std::move(*keyword), latin1_to_utf8(characters(content))};
}

std::optional<Text> read_compressed_text(Bytes content, std::size_t limit) {
  auto keyword = take_keyword(content);
  if (!keyword || content.empty() || content[0] != std::byte{0}) return std::nullopt;
  const auto text = inflate_bounded(content.subspan(1), limit);
  if (!text) return std::nullopt;
  return Text{std::move(*keyword), latin1_to_utf8(characters(*text))};
}

std::optional<Text> read_international_text(Bytes content, std::size_t limit) {
  auto keyword = take_keyword(content);
  if (!keyword || content.size() < 2) return std::nullopt;
  const bool compressed = content[0] != std::byte{0};
  content = content.subspan(2);
  const auto language = take_string(content);
  const auto translated_keyword = language ? take_string(content) : std::nullopt;
  if (!translated_keyword) return std::nullopt;
  if (!compressed) return Text{std::move(*keyword), std::string(characters(content))};
  const auto text = inflate_bounded(content, limit);
  if (!text) return std::nullopt;
  return Text{std::move(*keyword), std::string(characters(*text))};
}

std::vector<std::byte> read_profile(Bytes content, std::size_t limit) {
  if (!take_keyword(content) || content.empty() || content[0] != std::byte{0}) return {};
  return inflate_bounded(content.subspan(1), limit).value_or(std::vector<std::byte>{});
}

std::optional<Chunk> text_chunk(std::string_view keyword, std::string_view text) {
  const auto name = utf8_to_latin1(keyword);
  const auto printable = [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= 32 && u <= 126) || u >= 161;
  };
  if (!name || name->empty() || name->size() > kMaxKeyword ||
      !std::all_of(name->begin(), name->end(), printable))
    return std::nullopt;
  const auto latin1 = utf8_to_latin1(text);
  Chunk chunk{latin1 ? "tEXt" : "iTXt", {}};
  append(chunk.content, *name);
  // Behind the keyword's end, iTXt has: not compressed, method 0, no language, no translation.
  chunk.content.resize(chunk.content.size() + (latin1 ? 1 : 5));
  // A text must not contain 0.
  const std::string_view body = latin1 ? std::string_view(*latin1) : text;
  append(chunk.content, body.substr(0, body.find('\0')));
  return chunk;
}

Chunk profile_chunk(Bytes icc) {
  Chunk chunk{"iCCP", {}};
  append(chunk.content, "ICC profile");
  chunk.content.resize(chunk.content.size() + 2);  // end of the name; method 0
  const std::size_t head = chunk.content.size();
  uLongf size = compressBound(static_cast<uLong>(icc.size()));
  chunk.content.resize(head + size);
  if (compress2(reinterpret_cast<Bytef*>(chunk.content.data() + head), &size,
                reinterpret_cast<const Bytef*>(icc.data()), static_cast<uLong>(icc.size()),
                Z_DEFAULT_COMPRESSION) != Z_OK)
    throw Error(ErrorKind::internal, "zlib cannot compress an ICC profile");
  chunk.content.resize(head + size);
  return chunk;
}

}  // namespace sluice::png
