#include "codecs/byte_stream.hpp"

#include <algorithm>
#include <cstring>

namespace sluice {

bool ByteStream::refill() {
  buffer_offset_ += static_cast<std::int64_t>(used_);
  filled_ = used_ = 0;
  const std::int64_t left = source_->size() - buffer_offset_;
  if (left <= 0) return false;
  const std::size_t count = static_cast<std::size_t>(
      std::min<std::int64_t>(left, static_cast<std::int64_t>(buffer_.size())));
  source_->read(buffer_offset_, std::span(buffer_).first(count));
  filled_ = count;
  return true;
}

std::size_t ByteStream::read(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    if (used_ == filled_ && !refill()) break;
    const std::size_t count = std::min(to.size() - done, filled_ - used_);
    std::memcpy(to.data() + done, buffer_.data() + used_, count);
    used_ += count;
    done += count;
  }
  return done;
}

int ByteStream::get() {
  if (used_ == filled_ && !refill()) return -1;
  return static_cast<int>(buffer_[used_++]);
}

std::span<const std::byte> ByteStream::next() {
  if (used_ == filled_ && !refill()) return {};
  const std::span<const std::byte> bytes(buffer_.data() + used_, filled_ - used_);
  used_ = filled_;
  return bytes;
}

void ByteStream::skip(std::int64_t count) {
  const std::int64_t here = std::min(count, static_cast<std::int64_t>(filled_ - used_));
  used_ += static_cast<std::size_t>(here);
  if (count == here) return;
  buffer_offset_ += static_cast<std::int64_t>(used_) + (count - here);
  filled_ = used_ = 0;
}

}  // namespace sluice
