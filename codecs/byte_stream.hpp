// Bytes from front to back, out of a ByteSource and through a buffer of fixed size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/source.hpp"

namespace sluice {

/// One reader's position in a ByteSource. Everything it holds is the buffer.
class ByteStream {
 public:
  ByteStream(std::shared_ptr<const ByteSource> source, std::size_t buffer_bytes)
      : source_(std::move(source)), buffer_(buffer_bytes) {}

  /// Offset in the source of the byte that comes next.
  std::int64_t position() const { return buffer_offset_ + static_cast<std::int64_t>(used_); }
  std::int64_t size() const { return source_->size(); }
  const ByteSource& source() const { return *source_; }

  /// Copies the next bytes; fewer than asked for only at the end of the source.
  std::size_t read(std::span<std::byte> to);
  /// The next byte, or -1 at the end.
  int get();
  /// Hands out all that is left in the buffer, or else the next buffer full; empty at the end. The
  /// bytes stay until the next call.
  std::span<const std::byte> next();
  /// Passes over `count` bytes without reading them; may go beyond the end.
  void skip(std::int64_t count);

 private:
  bool refill();

  std::shared_ptr<const ByteSource> source_;
  std::vector<std::byte> buffer_;
  std::int64_t buffer_offset_ = 0;
  std::size_t filled_ = 0;
  std::size_t used_ = 0;
};

}  // namespace sluice
