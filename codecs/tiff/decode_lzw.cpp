#include "codecs/tiff/decode_lzw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/error.hpp"

namespace sluice::tiff {
namespace {

/// Codes of 9 to 12 bits out of a byte string, from the highest bit on (from the lowest when Old).
template <bool Old>
class Codes {
 public:
  explicit Codes(std::span<const std::byte> from)
      : at_(reinterpret_cast<const std::uint8_t*>(from.data())), end_(at_ + from.size()) {}

  /// The next code, or -1 when fewer than `bits` bits are left.
  int next(int bits) {
    if (held_ < bits) {
      refill();
      if (held_ < bits) return -1;
    }
    held_ -= bits;
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    if constexpr (Old) {
      const int code = static_cast<int>(buffer_ & mask);
      buffer_ >>= bits;
      return code;
    }
    return static_cast<int>(buffer_ >> held_ & mask);
  }

 private:
  void refill() {
    if (!Old && end_ - at_ >= 8) {
      // Six bytes at once: held_ is below 12 here, so 60 bits are never passed.
      std::uint64_t word;
      std::memcpy(&word, at_, 8);
      if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
      buffer_ = buffer_ << 48 | word >> 16;
      held_ += 48;
      at_ += 6;
      return;
    }
    while (held_ <= 48 && at_ != end_) {
      if constexpr (Old)
        buffer_ |= std::uint64_t{*at_++} << held_;
      else
        buffer_ = buffer_ << 8 | *at_++;
      held_ += 8;
    }
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::uint64_t buffer_ = 0;
  int held_ = 0;
};

/// A code stands for a string that is already in the output.
struct Entry {
  std::uint32_t at;
  std::uint32_t length;
};

/// Copies a string forward inside the output; `room` bytes may be overwritten from `to` on.
inline void copy_string(std::uint8_t* to, const std::uint8_t* from, std::size_t length,
                        std::size_t room) {
  if (to - from >= 8 && room >= length + 8) {
    for (std::size_t i = 0; i < length; i += 8)
      std::memcpy(to + i, from + i, 8);
    return;
  }
  for (std::size_t i = 0; i < length; ++i)
    to[i] = from[i];
}

[[noreturn]] void corrupt(std::size_t at, int code) {
  throw Error(ErrorKind::data,
              fmt::format("corrupt LZW data: code {} after {} bytes has no string yet", code, at));
}

template <bool Old>
void decode(std::span<const std::byte> from, std::span<std::byte> to) {
  // TIFF 6 widens its codes one code early.
  constexpr int kEarly = Old ? 0 : 1;
  Codes<Old> codes(from);
  Entry table[1 << kLzwMaxBits];
  std::uint8_t* const out = reinterpret_cast<std::uint8_t*>(to.data());
  const std::size_t size = to.size();
  std::size_t at = 0;
  std::size_t last = 0;  // length of the string before; 0 after a clear code
  int bits = 9, free = kLzwFirst;

  while (at < size) {
    const int code = codes.next(bits);
    if (code < 0 || code == kLzwEnd)
      throw Error(ErrorKind::data, fmt::format("LZW data ends after {} of {} bytes", at, size));
    if (code == kLzwClear) {
      bits = 9;
      free = kLzwFirst;
      last = 0;
      continue;
    }
    // The string before and the first byte of this one, which follows it in the output.
    if (last != 0 && free < (1 << kLzwMaxBits)) {
      table[free] = {static_cast<std::uint32_t>(at - last), static_cast<std::uint32_t>(last + 1)};
      ++free;
      if (free >= (1 << bits) - kEarly && bits < kLzwMaxBits) ++bits;
    }
    if (code < 256) {
      out[at++] = static_cast<std::uint8_t>(code);
      last = 1;
      continue;
    }
    if (last == 0 || code >= free) corrupt(at, code);
    const Entry entry = table[code];
    const std::size_t room = size - at;
    const std::size_t length = std::min<std::size_t>(entry.length, room);
    copy_string(out + at, out + entry.at, length, room);
    at += length;
    last = entry.length;
  }
}

}  // namespace

bool is_old_lzw(std::span<const std::byte> from) {
  // A stream begins with the clear code, 256 in 9 bits.
  return from.size() >= 2 && from[0] == std::byte{0} && (from[1] & std::byte{1}) != std::byte{0};
}

void decode_lzw(std::span<const std::byte> from, std::span<std::byte> to) {
  if (is_old_lzw(from))
    decode<true>(from, to);
  else
    decode<false>(from, to);
}

}  // namespace sluice::tiff
