#include "codecs/jpeg/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "codecs/byte_stream.hpp"
#include "engine/error.hpp"

namespace sluice::jpeg {
namespace {

enum Marker : int {
  kSof0 = 0xC0,
  kSof15 = 0xCF,
  kDht = 0xC4,
  kJpg = 0xC8,
  kDac = 0xCC,
  kRst0 = 0xD0,
  kRst7 = 0xD7,
  kSoi = 0xD8,
  kEoi = 0xD9,
  kSos = 0xDA,
  kDhp = 0xDE,
  kApp0 = 0xE0,
  kApp1 = 0xE1,
  kApp2 = 0xE2,
  kApp14 = 0xEE,
  kCom = 0xFE,
  kTem = 0x01
};

// A real header has some dozens of segments, at most a few hundred (255 parts of a profile). What
// stands between segments does not belong there; libjpeg skips it, and so does this, up to a point.
constexpr int kMaxSegments = 4096;
constexpr int kMaxSegmentsOfBlock = 256;  ///< of a TIFF block, which has its tables elsewhere
constexpr std::size_t kMaxIccParts = 255;
constexpr std::int64_t kMaxGarbage = 65536;
constexpr std::size_t kBufferBytes = 4096;

constexpr std::string_view kIccMark{"ICC_PROFILE\0", 12};
constexpr std::string_view kJfifMark{"JFIF\0", 5};
constexpr std::string_view kAdobeMark{"Adobe", 5};

bool starts_with(std::span<const std::byte> bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}
int u8(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<int>(bytes[at]);
}
int u16(std::span<const std::byte> bytes, std::size_t at) {
  return u8(bytes, at) << 8 | u8(bytes, at + 1);
}

class HeaderReader {
 public:
  /// `frame_only`: nothing else is of use.
  HeaderReader(const std::shared_ptr<const ByteSource>& bytes, bool frame_only)
      : stream_(bytes, kBufferBytes), frame_only_(frame_only) {}

  Header read() {
    start();
    const int most = frame_only_ ? kMaxSegmentsOfBlock : kMaxSegments;
    for (int segments = 0;; ++segments) {
      if (segments == most) fail(fmt::format("more than {} segments before the image", most));
      const int marker = next_marker();
      if (marker == kEoi) fail("the file ends before an image begins");
      if (marker == kTem || (marker >= kRst0 && marker <= kRst7)) continue;
      if (marker == kSoi) fail("a second start of image within the header");
      read_segment(marker);
      if (take(marker)) break;
    }
    join_icc();
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorKind::data, reason)
        .at_file(stream_.source().name())
        .at_place(fmt::format("byte {}", at_));
  }
  [[noreturn]] void fail_short() const {
    at_ = stream_.size();
    fail("the file ends within its header");
  }

  void start() {
    std::array<std::byte, 2> first{};
    if (stream_.read(first) != first.size()) fail("the file is too short for a JPEG image");
    if (u16(first, 0) != (0xFF00 | kSoi))
      fail(fmt::format("no JPEG file: it begins with {:04x}, not ffd8", u16(first, 0)));
  }

  int next_marker() {
    std::int64_t garbage = 0;
    for (;;) {
      int byte = stream_.get();
      for (; byte >= 0 && byte != 0xFF; byte = stream_.get())
        if (++garbage > kMaxGarbage) fail(fmt::format("no marker within {} bytes", kMaxGarbage));
      while (byte == 0xFF) {
        at_ = stream_.position() - 1;
        byte = stream_.get();
      }
      if (byte < 0) fail_short();
      if (byte != 0) return byte;
      if ((garbage += 2) > kMaxGarbage) fail(fmt::format("no marker within {} bytes", kMaxGarbage));
    }
  }

  /// Reads the segment's content where it is of use, else skips it.
  void read_segment(int marker) {
    std::array<std::byte, 2> field{};
    if (stream_.read(field) != field.size()) fail_short();
    const int length = u16(field, 0);
    if (length < 2)
      fail(fmt::format("marker ff{:02x} with the impossible length {}", marker, length));
    const std::size_t size = static_cast<std::size_t>(length - 2);
    content_.clear();
    const bool frame =
        marker >= kSof0 && marker <= kSof15 && marker != kDht && marker != kJpg && marker != kDac;
    const bool metadata =
        marker == kApp0 || marker == kApp1 || marker == kApp2 || marker == kApp14 || marker == kCom;
    if (!frame && marker != kSos && marker != kDhp && (!metadata || frame_only_)) {
      stream_.skip(static_cast<std::int64_t>(size));
      if (stream_.position() > stream_.size()) fail_short();
      return;
    }
    content_.resize(size);
    if (stream_.read(content_) != size) fail_short();
  }

  /// Takes what a segment says; true at the first scan.
  bool take(int marker) {
    const std::span<const std::byte> bytes(content_);
    switch (marker) {
      case kDht:
      case kDac:
      case kJpg:
        break;
      case kSos:
        take_scan(bytes);
        return true;
      case kDhp:
        fail("hierarchical JPEG (DHP) is not supported");
      case kApp0:
        if (starts_with(bytes, kJfifMark) && bytes.size() >= 12) {
          header_.density_unit = u8(bytes, 7);
          header_.density_x = u16(bytes, 8);
          header_.density_y = u16(bytes, 10);
        }
        break;
      case kApp1:
        if (header_.exif.empty() && starts_with(bytes, kExifMark))
          header_.exif.assign(bytes.begin() + kExifMark.size(), bytes.end());
        else if (header_.xmp.empty() && starts_with(bytes, kXmpMark))
          header_.xmp.assign(bytes.begin() + kXmpMark.size(), bytes.end());
        break;
      case kApp2:
        if (!starts_with(bytes, kIccMark)) break;
        // They are numbered in one byte: what is beyond is not held.
        if (icc_parts_.size() < kMaxIccParts)
          icc_parts_.push_back(content_);
        else
          header_.icc_fault = "it has more parts than can be numbered";
        break;
      case kApp14:
        if (starts_with(bytes, kAdobeMark) && bytes.size() >= 12) header_.adobe = true;
        break;
      case kCom:
        if (header_.comment.empty())
          header_.comment.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        break;
      default:
        if (marker >= kSof0 && marker <= kSof15) take_frame(marker, bytes);
    }
    return false;
  }

  void take_frame(int marker, std::span<const std::byte> bytes) {
    if (const char* name = refused_process(marker)) fail(fmt::format("{} is not supported", name));
    if (!header_.components.empty()) fail("a second frame header (SOF)");
    if (bytes.size() < 6) fail("the frame header (SOF) is too short");
    const int precision = u8(bytes, 0), count = u8(bytes, 5);
    if (precision != 8)
      fail(fmt::format("JPEG with {} bits per sample is not supported, only 8", precision));
    header_.height = u16(bytes, 1);
    header_.width = u16(bytes, 3);
    if (header_.height == 0) fail("a height given after the image (DNL marker) is not supported");
    if (header_.width == 0) fail("the image is 0 pixels wide");
    if (header_.width > kMaxDimension || header_.height > kMaxDimension)
      fail(fmt::format("{} x {} pixels; JPEG is supported up to {} x {}", header_.width,
                       header_.height, kMaxDimension, kMaxDimension));
    if (count < 1 || count > 4)
      fail(fmt::format("{} components; JPEG is supported with 1 to 4", count));
    if (bytes.size() != static_cast<std::size_t>(6 + 3 * count))
      fail("the frame header (SOF) has the wrong length");
    for (int i = 0; i < count; ++i) {
      const std::size_t at = static_cast<std::size_t>(6 + 3 * i);
      const Component c{u8(bytes, at), u8(bytes, at + 1) >> 4, u8(bytes, at + 1) & 15};
      if (c.horizontal < 1 || c.horizontal > 4 || c.vertical < 1 || c.vertical > 4)
        fail(fmt::format("component {} has the impossible sampling {} x {}", i, c.horizontal,
                         c.vertical));
      header_.components.push_back(c);
    }
    header_.progressive = marker == 0xC2 || marker == 0xCA;
    header_.arithmetic = marker >= 0xC9;
  }

  void take_scan(std::span<const std::byte> bytes) {
    if (header_.components.empty()) fail("a scan before the frame header (SOF)");
    if (bytes.empty()) fail("an empty scan header (SOS)");
    header_.several_scans =
        header_.progressive || u8(bytes, 0) < static_cast<int>(header_.components.size());
  }

  /// Puts the profile's parts in order: each says its number (from 1) and how many there are.
  void join_icc() {
    if (icc_parts_.empty() || !header_.icc_fault.empty()) return;
    constexpr std::size_t kPartHeader = kIccMark.size() + 2;
    std::vector<const std::vector<std::byte>*> order;
    std::size_t bytes = 0;
    for (const auto& part : icc_parts_) {
      if (part.size() < kPartHeader) {
        header_.icc_fault = "a part of the profile is too short";
        return;
      }
      const std::size_t number = std::to_integer<std::size_t>(part[kIccMark.size()]);
      const std::size_t count = std::to_integer<std::size_t>(part[kIccMark.size() + 1]);
      if (order.empty()) order.resize(count);
      if (count != order.size() || number < 1 || number > count || order[number - 1]) {
        header_.icc_fault =
            fmt::format("part {} of {} of the profile contradicts the others", number, count);
        return;
      }
      order[number - 1] = &part;
      bytes += part.size() - kPartHeader;
    }
    if (icc_parts_.size() != order.size()) {
      header_.icc_fault = fmt::format("only {} of {} parts of the profile are there",
                                      icc_parts_.size(), order.size());
      return;
    }
    header_.icc.reserve(bytes);
    for (const auto* part : order)
      header_.icc.insert(header_.icc.end(), part->begin() + kPartHeader, part->end());
  }

  ByteStream stream_;
  bool frame_only_;
  mutable std::int64_t at_ = 0;  ///< offset of the marker that is being read
  std::vector<std::byte> content_;
  std::vector<std::vector<std::byte>> icc_parts_;
  Header header_;
};

}  // namespace

const char* refused_process(int marker) {
  switch (marker) {
    case 0xC3:
      return "lossless JPEG (SOF3)";
    case 0xC5:
      return "hierarchical JPEG (SOF5)";
    case 0xC6:
      return "hierarchical progressive JPEG (SOF6)";
    case 0xC7:
      return "hierarchical lossless JPEG (SOF7)";
    case 0xCB:
      return "lossless JPEG with arithmetic coding (SOF11)";
    case 0xCD:
      return "hierarchical JPEG with arithmetic coding (SOF13)";
    case 0xCE:
      return "hierarchical progressive JPEG with arithmetic coding (SOF14)";
    case 0xCF:
      return "hierarchical lossless JPEG with arithmetic coding (SOF15)";
    default:
      return nullptr;
  }
}

Header read_header(const std::shared_ptr<const ByteSource>& bytes) {
  return HeaderReader(bytes, false).read();
}

Frame read_frame(const std::shared_ptr<const ByteSource>& bytes) {
  return HeaderReader(bytes, true).read();
}

}  // namespace sluice::jpeg
