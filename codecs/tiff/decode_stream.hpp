// Decompression of a strip that is too large to be decoded at once: bytes come in the order they
// are stored, through small buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/source.hpp"

namespace sluice::tiff {

/// Reads a range of a ByteSource piece by piece.
class ByteWindow {
 public:
  ByteWindow(const ByteSource& source, std::int64_t offset, std::int64_t size, bool lsb_first);
  /// The next bytes, empty at the end of the range. Valid until the next call.
  std::span<const std::byte> next();
  /// Where next() will read.
  std::int64_t offset() const { return offset_; }
  std::int64_t left() const { return left_; }

  static constexpr std::int64_t kBytes = 128 << 10;

 private:
  const ByteSource& source_;
  std::int64_t offset_;
  std::int64_t left_;
  bool lsb_first_;
  std::vector<std::byte> buffer_;
};

/// Decoded bytes in order. Not thread-safe; any thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills `to`. Throws Error (data), without a place, when the data is corrupt or ends before.
  virtual void read(std::span<std::byte> to) = 0;
};

/// A decoder for LZW, deflate, zstd or PackBits.
std::unique_ptr<ByteStream> make_stream(int compression, ByteWindow window);

/// Most bytes that such a decoder holds, its window included, for a strip of `decoded` bytes.
std::int64_t stream_bytes(int compression, std::int64_t decoded);

}  // namespace sluice::tiff
