#include "codecs/tiff/encode_lzw.hpp"

#include <cstring>

namespace sluice::tiff {
namespace {

constexpr std::uint32_t kClear = 256, kEnd = 257, kFirst = 258;
// The code before the last that 12 bits can hold ends a table: readers count one behind.
constexpr std::uint32_t kFull = 4094;
constexpr int kLeastBits = 9;

/// Codes, most significant bit first.
class BitWriter {
 public:
  explicit BitWriter(std::byte* to) : start_(to), to_(to) {}
  void put(std::uint32_t code, int bits) {
    pending_ = pending_ << bits | code;
    count_ += bits;
    while (count_ >= 8) {
      count_ -= 8;
      *to_++ = static_cast<std::byte>(pending_ >> count_);
    }
  }
  std::int64_t finish() {
    if (count_ > 0) *to_++ = static_cast<std::byte>(pending_ << (8 - count_));
    return to_ - start_;
  }

 private:
  std::byte* start_;
  std::byte* to_;
  std::uint64_t pending_ = 0;
  int count_ = 0;
};

/// From (code of a string, next byte) to the code of the longer string: open addressing, each slot
/// 20 bits of key above 12 bits of code. No code is 0 beyond the single bytes, so 0 is empty.
class StringTable {
 public:
  static constexpr std::uint32_t kSlots = 16384;
  explicit StringTable(std::byte* memory) : slots_(reinterpret_cast<std::uint32_t*>(memory)) {}
  void clear() { std::memset(slots_, 0, kSlots * sizeof(std::uint32_t)); }
  /// The slot of the key, or the empty one where it would go.
  std::uint32_t& find(std::uint32_t key) {
    std::uint32_t at = (key * 2654435761u) >> 18;
    while (slots_[at] != 0 && slots_[at] >> 12 != key)
      at = (at + 1) % kSlots;
    return slots_[at];
  }

 private:
  std::uint32_t* slots_;
};

}  // namespace

std::int64_t lzw_bound(std::int64_t size) {
  // At most one code of 12 bits a byte, a clear code every 3836 codes, and the frame.
  return size + size / 2 + size / 1024 + 64;
}

std::int64_t lzw_scratch_bytes() {
  return StringTable::kSlots * sizeof(std::uint32_t);
}

std::int64_t lzw_encode(std::span<const std::byte> from, std::span<std::byte> to,
                        std::byte* scratch) {
  StringTable table(scratch);
  BitWriter out(to.data());
  table.clear();
  int bits = kLeastBits;
  std::uint32_t next = kFirst;
  out.put(kClear, bits);

  const auto count_code = [&] {
    ++next;
    if (next == kFull) {
      out.put(kClear, bits);
      table.clear();
      bits = kLeastBits;
      next = kFirst;
    } else if (next == std::uint32_t{1} << bits) {
      ++bits;
    }
  };

  if (!from.empty()) {
    std::uint32_t prefix = static_cast<std::uint32_t>(from[0]);
    for (const std::byte b : from.subspan(1)) {
      const std::uint32_t byte = static_cast<std::uint32_t>(b);
      const std::uint32_t key = prefix << 8 | byte;
      std::uint32_t& slot = table.find(key);
      if (slot != 0) {
        prefix = slot & 0xfff;
        continue;
      }
      slot = key << 12 | next;
      out.put(prefix, bits);
      prefix = byte;
      count_code();
    }
    out.put(prefix, bits);
    count_code();
  }
  out.put(kEnd, bits);
  return out.finish();
}

}  // namespace sluice::tiff
