#include "codecs/png/header.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "codecs/byte_stream.hpp"
#include "codecs/png/text.hpp"
#include "engine/error.hpp"

namespace sluice::png {
namespace {

// Bounds on what a header may make us hold. Real files stay far below them.
constexpr int kMaxChunks = 4096;
constexpr std::size_t kMaxProfile = std::size_t{16} << 20;   ///< also of EXIF data
constexpr std::size_t kMaxText = std::size_t{1} << 20;       ///< of all texts together
constexpr std::size_t kMaxInflated = std::size_t{16} << 20;  ///< to get at compressed texts
constexpr std::size_t kBufferBytes = 4096;

using Bytes = std::span<const std::byte>;

int u8(Bytes bytes, std::size_t at) {
  return std::to_integer<int>(bytes[at]);
}
int u16(Bytes bytes, std::size_t at) {
  return u8(bytes, at) << 8 | u8(bytes, at + 1);
}
std::uint32_t u32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(u16(bytes, at)) << 16 |
         static_cast<std::uint32_t>(u16(bytes, at + 2));
}
constexpr std::uint32_t name(const char (&text)[5]) {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(text[0])) << 24 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(text[1])) << 16 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(text[2])) << 8 |
         static_cast<std::uint32_t>(static_cast<unsigned char>(text[3]));
}
std::string name_text(std::uint32_t type) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(type >> shift & 0xFF);
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    text += letter ? c : '?';
  }
  return text;
}
bool ancillary(std::uint32_t type) {
  return (type >> 24 & 0x20) != 0;
}

/// Most bytes of a chunk that is of use; 0 for one that is passed over.
std::size_t useful_bytes(std::uint32_t type) {
  switch (type) {
    case name("IHDR"):
      return 13;
    case name("PLTE"):
      return 3 * 256;
    case name("tRNS"):
      return 256;
    case name("gAMA"):
      return 4;
    case name("sRGB"):
      return 1;
    case name("pHYs"):
      return 9;
    case name("iCCP"):
    case name("eXIf"):
      return kMaxProfile;
    case name("tEXt"):
    case name("zTXt"):
    case name("iTXt"):
      return kMaxText;
    default:
      return 0;
  }
}

class HeaderReader {
 public:
  explicit HeaderReader(const std::shared_ptr<const ByteSource>& bytes)
      : stream_(bytes, kBufferBytes) {}

  Header read() {
    std::array<std::byte, sizeof kSignature> signature{};
    if (stream_.read(signature) != signature.size() ||
        std::memcmp(signature.data(), kSignature, sizeof kSignature) != 0)
      fail("no PNG file: it does not begin with PNG's signature");
    for (int chunks = 0;; ++chunks) {
      if (chunks == kMaxChunks)
        fail(fmt::format("more than {} chunks before the image data", kMaxChunks));
      at_ = stream_.position();
      std::array<std::byte, 8> head{};
      if (stream_.read(head) != head.size()) fail_short();
      const std::uint32_t length = u32(head, 0), type = u32(head, 4);
      if (length > kMaxChunk)
        fail(fmt::format("chunk {} with the impossible length {}", name_text(type), length));
      if (chunks == 0 && type != name("IHDR"))
        fail(fmt::format("the first chunk is {}, not IHDR", name_text(type)));
      if (type == name("IDAT")) break;
      take(type, length);
    }
    if (header_.colour == ColourType::palette && header_.palette.empty())
      fail("a palette image without a palette (PLTE)");
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorKind::data, reason)
        .at_file(stream_.source().name())
        .at_place(fmt::format("byte {}", at_));
  }
  [[noreturn]] void fail_short() const {
    throw Error(ErrorKind::data, "the file ends before its image data")
        .at_file(stream_.source().name())
        .at_place(fmt::format("byte {}", stream_.size()));
  }

  void take(std::uint32_t type, std::uint32_t length) {
    const bool known = type == name("IHDR") || type == name("PLTE");
    if (type == name("IEND")) fail("the file has no image data");
    if (!known && !ancillary(type)) fail(fmt::format("chunk {} is not supported", name_text(type)));
    if (length > useful_bytes(type)) {
      if (known)
        fail(fmt::format("chunk {} with the impossible length {}", name_text(type), length));
      if (useful_bytes(type) > 0) leave_out(type, fmt::format("it has {} bytes, too many", length));
      skip(length);
      return;
    }
    if (std::int64_t{length} + 4 > stream_.size() - stream_.position()) fail_short();
    std::vector<std::byte> content(length);
    std::array<std::byte, 4> crc{};
    if (stream_.read(content) != content.size() || stream_.read(crc) != crc.size()) fail_short();
    if (checksum(type, content) != u32(crc, 0)) {
      if (!ancillary(type))
        fail(fmt::format("chunk {} is damaged: its checksum is wrong", name_text(type)));
      leave_out(type, "its checksum is wrong");
      return;
    }
    take(type, content);
  }

  void leave_out(std::uint32_t type, std::string_view reason) {
    header_.faults.push_back(
        fmt::format("chunk {} at byte {} is left out: {}", name_text(type), at_, reason));
  }

  void skip(std::uint32_t length) {
    stream_.skip(std::int64_t{length} + 4);
    if (stream_.position() > stream_.size()) fail_short();
  }

  static std::uint32_t checksum(std::uint32_t type, Bytes content) {
    const unsigned char head[4] = {
        static_cast<unsigned char>(type >> 24), static_cast<unsigned char>(type >> 16 & 0xFF),
        static_cast<unsigned char>(type >> 8 & 0xFF), static_cast<unsigned char>(type & 0xFF)};
    uLong crc = crc32(crc32(0, nullptr, 0), head, sizeof head);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(content.data()),
                static_cast<uInt>(content.size()));
    return static_cast<std::uint32_t>(crc);
  }

  void take(std::uint32_t type, Bytes bytes) {
    switch (type) {
      case name("IHDR"):
        take_image_header(bytes);
        break;
      case name("PLTE"):
        take_palette(bytes);
        break;
      case name("tRNS"):
        take_transparency(bytes);
        break;
      case name("gAMA"):
        if (bytes.size() == 4) header_.gamma = u32(bytes, 0);
        break;
      case name("sRGB"):
        if (bytes.size() == 1) header_.srgb_intent = u8(bytes, 0);
        break;
      case name("pHYs"):
        if (bytes.size() == 9 && u8(bytes, 8) == 1) {
          header_.pixels_per_metre_x = u32(bytes, 0);
          header_.pixels_per_metre_y = u32(bytes, 4);
        }
        break;
      case name("iCCP"):
        if (std::exchange(has_profile_, true)) return leave_out(type, "there is one already");
        header_.icc = read_profile(bytes, kMaxProfile);
        if (header_.icc.empty()) leave_out(type, "its profile is broken or too large");
        break;
      case name("eXIf"):
        header_.exif.assign(bytes.begin(), bytes.end());
        break;
      case name("tEXt"):
        take_text(type, read_text(bytes));
        break;
      case name("zTXt"):
        take_inflated(type, bytes, read_compressed_text);
        break;
      case name("iTXt"):
        take_inflated(type, bytes, read_international_text);
        break;
      default:
        break;
    }
  }

  void take_image_header(Bytes bytes) {
    if (header_.width != 0) fail("a second image header (IHDR)");
    if (bytes.size() != 13) fail("the image header (IHDR) has the wrong length");
    const std::uint32_t width = u32(bytes, 0), height = u32(bytes, 4);
    if (width == 0 || height == 0 || width > kMaxDimension || height > kMaxDimension)
      fail(fmt::format("an image of {} x {} pixels", width, height));
    header_.width = width;
    header_.height = height;
    header_.depth = u8(bytes, 8);
    const int colour = u8(bytes, 9);
    const auto depth_is = [this](std::initializer_list<int> depths) {
      return std::find(depths.begin(), depths.end(), header_.depth) != depths.end();
    };
    const bool known = (colour == 0 && depth_is({1, 2, 4, 8, 16})) ||
                       (colour == 3 && depth_is({1, 2, 4, 8})) ||
                       ((colour == 2 || colour == 4 || colour == 6) && depth_is({8, 16}));
    if (!known)
      fail(fmt::format("colour type {} with {} bits per sample does not exist in PNG", colour,
                       header_.depth));
    header_.colour = static_cast<ColourType>(colour);
    if (u8(bytes, 10) != 0) fail(fmt::format("compression method {}", u8(bytes, 10)));
    if (u8(bytes, 11) != 0) fail(fmt::format("filter method {}", u8(bytes, 11)));
    if (u8(bytes, 12) > 1) fail(fmt::format("interlace method {}", u8(bytes, 12)));
    header_.interlaced = u8(bytes, 12) == 1;
  }

  void take_palette(Bytes bytes) {
    if (bytes.size() % 3 != 0 || bytes.empty()) fail("the palette (PLTE) has the wrong length");
    for (const std::byte b : bytes)
      header_.palette.push_back(std::to_integer<std::uint8_t>(b));
  }

  void take_transparency(Bytes bytes) {
    if (header_.colour == ColourType::palette) {
      if (bytes.size() * 3 > header_.palette.size()) return;
      for (const std::byte b : bytes)
        header_.palette_alpha.push_back(std::to_integer<std::uint8_t>(b));
    } else if (header_.colour == ColourType::grey && bytes.size() == 2) {
      header_.transparent_grey = u16(bytes, 0) & ((1 << header_.depth) - 1);
    } else if (header_.colour == ColourType::rgb && bytes.size() == 6) {
      const int mask = (1 << header_.depth) - 1;
      header_.transparent_rgb = {u16(bytes, 0) & mask, u16(bytes, 2) & mask, u16(bytes, 4) & mask};
    }
  }

  /// Few bytes inflate to many, and of a chunk that fails all of them are lost: all chunks together
  /// may do so only so often.
  void take_inflated(std::uint32_t type, Bytes bytes,
                     std::optional<Text> (*read)(Bytes, std::size_t)) {
    const std::size_t most = std::min(kMaxText, kMaxInflated - inflated_);
    auto text = read(bytes, most);
    inflated_ += text ? std::min(most, text->text.size()) : most;
    take_text(type, std::move(text));
  }

  void take_text(std::uint32_t type, std::optional<Text> text) {
    if (!text || text_bytes_ + text->text.size() > kMaxText) {
      leave_out(type, text ? "there is too much text" : "it is broken or too large");
      return;
    }
    text_bytes_ += text->text.size();
    header_.texts.try_emplace(std::move(text->keyword), std::move(text->text));
  }

  ByteStream stream_;
  std::int64_t at_ = 0;  ///< offset of the chunk that is being read
  std::size_t text_bytes_ = 0;
  std::size_t inflated_ = 0;
  bool has_profile_ = false;
  Header header_;
};

}  // namespace

int Header::channels() const {
  switch (colour) {
    case ColourType::grey_alpha:
      return 2;
    case ColourType::rgb:
      return 3;
    case ColourType::rgba:
      return 4;
    default:
      return 1;
  }
}

Header read_header(const std::shared_ptr<const ByteSource>& bytes) {
  return HeaderReader(bytes).read();
}

}  // namespace sluice::png
