#include "codecs/tiff/decode_stream.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "codecs/tiff/decode_block.hpp"
#include "codecs/tiff/decode_lzw.hpp"
#include "codecs/tiff/tags.hpp"

namespace sluice::tiff {
namespace {

/// zstd's windows grow with its level up to this, 2^27, at level 22.
constexpr int kZstdWindowLog = 27;

[[noreturn]] void fail(std::string reason) {
  throw Error(ErrorKind::data, std::move(reason));
}

class InflateStream final : public ByteStream {
 public:
  explicit InflateStream(ByteWindow window) : window_(std::move(window)) {
    if (inflateInit(&zlib_) != Z_OK) throw std::bad_alloc();
  }
  ~InflateStream() override { inflateEnd(&zlib_); }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  void read(std::span<std::byte> to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      if (zlib_.avail_in == 0) {
        const std::span<const std::byte> more = window_.next();
        zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(more.data()));
        zlib_.avail_in = static_cast<uInt>(more.size());
      }
      const std::size_t piece =
          std::min<std::size_t>(to.size() - done, std::numeric_limits<uInt>::max());
      zlib_.next_out = reinterpret_cast<Bytef*>(to.data() + done);
      zlib_.avail_out = static_cast<uInt>(piece);
      const int status = inflate(&zlib_, Z_NO_FLUSH);
      done += piece - zlib_.avail_out;
      if (status == Z_OK || done == to.size()) continue;
      if (status == Z_STREAM_END || status == Z_BUF_ERROR) fail("deflate data ends too early");
      fail(fmt::format("corrupt deflate data: {}", zlib_.msg ? zlib_.msg : "no reason given"));
    }
  }

 private:
  ByteWindow window_;
  z_stream zlib_{};
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(ByteWindow window) : window_(std::move(window)), zstd_(ZSTD_createDStream()) {
    if (!zstd_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(zstd_.get(), ZSTD_d_windowLogMax, kZstdWindowLog);
  }

  void read(std::span<std::byte> to) override {
    ZSTD_outBuffer out{to.data(), to.size(), 0};
    while (out.pos < out.size) {
      if (in_.pos == in_.size) {
        const std::span<const std::byte> more = window_.next();
        if (more.empty()) fail("zstd data ends too early");
        in_ = {more.data(), more.size(), 0};
      }
      const std::size_t status = ZSTD_decompressStream(zstd_.get(), &out, &in_);
      if (ZSTD_isError(status))
        fail(fmt::format("corrupt zstd data: {}", ZSTD_getErrorName(status)));
    }
  }

 private:
  struct Freed {
    void operator()(ZSTD_DStream* d) const { ZSTD_freeDStream(d); }
  };
  ByteWindow window_;
  std::unique_ptr<ZSTD_DStream, Freed> zstd_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
};

/// One byte after the other.
class SingleBytes {
 public:
  explicit SingleBytes(ByteWindow window) : window_(std::move(window)) {}
  /// The next byte, -1 at the end.
  int next() {
    if (at_ == bytes_.size()) {
      bytes_ = window_.next();
      at_ = 0;
      if (bytes_.empty()) return -1;
    }
    return std::to_integer<int>(bytes_[at_++]);
  }

 private:
  ByteWindow window_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

class PackBitsStream final : public ByteStream {
 public:
  explicit PackBitsStream(ByteWindow window) : bytes_(std::move(window)) {}

  void read(std::span<std::byte> to) override {
    for (std::size_t i = 0; i < to.size();) {
      if (left_ == 0) begin_run();
      const std::size_t count = std::min<std::size_t>(left_, to.size() - i);
      for (std::size_t k = 0; k < count; ++k)
        to[i + k] = static_cast<std::byte>(repeated_ >= 0 ? repeated_ : take());
      left_ -= count;
      i += count;
    }
  }

 private:
  int take() {
    const int byte = bytes_.next();
    if (byte < 0) fail("PackBits data ends too early");
    return byte;
  }
  void begin_run() {
    int code = -128;
    while (code == -128)
      code = static_cast<std::int8_t>(take());
    left_ = static_cast<std::size_t>(code < 0 ? 1 - code : code + 1);
    repeated_ = code < 0 ? take() : -1;
  }

  SingleBytes bytes_;
  std::size_t left_ = 0;  ///< bytes of the run
  int repeated_ = -1;     ///< the byte of a repeating run
};

/// LZW with strings kept as chains, since the output is not at hand any more.
class LzwStream final : public ByteStream {
 public:
  explicit LzwStream(ByteWindow window) : bytes_(std::move(window)) {
    // The kind shows in the first two bytes.
    head_[0] = bytes_.next();
    head_[1] = bytes_.next();
    const std::byte begin[2] = {static_cast<std::byte>(head_[0]), static_cast<std::byte>(head_[1])};
    old_ = head_[1] >= 0 && is_old_lzw(begin);
    for (int i = 0; i < 256; ++i)
      table_[static_cast<std::size_t>(i)] = {0, 1, byte_of(i), byte_of(i)};
  }

  void read(std::span<std::byte> to) override {
    for (std::size_t i = 0; i < to.size();) {
      if (ready_ == 0) next_string();
      const std::size_t count = std::min(ready_, to.size() - i);
      std::memcpy(to.data() + i, string_.data() + string_.size() - ready_, count);
      ready_ -= count;
      i += count;
    }
  }

 private:
  struct Entry {
    std::uint16_t before;  ///< code of the string without its last byte
    std::uint16_t length;
    std::uint8_t last;
    std::uint8_t first;
  };
  static std::uint8_t byte_of(int v) { return static_cast<std::uint8_t>(v); }

  int next_byte() {
    for (int& byte : head_)
      if (byte != kTaken) return std::exchange(byte, kTaken);
    return bytes_.next();
  }

  int next_code() {
    while (held_ < bits_) {
      const int byte = next_byte();
      if (byte < 0) fail("LZW data ends too early");
      if (old_)
        buffer_ |= static_cast<std::uint32_t>(byte) << held_;
      else
        buffer_ = buffer_ << 8 | static_cast<std::uint32_t>(byte);
      held_ += 8;
    }
    held_ -= bits_;
    const std::uint32_t mask = (1u << bits_) - 1;
    const int code = static_cast<int>((old_ ? buffer_ : buffer_ >> held_) & mask);
    if (old_) buffer_ >>= bits_;
    return code;
  }

  void next_string() {
    int code = next_code();
    while (code == kLzwClear) {
      bits_ = 9;
      free_ = kLzwFirst;
      last_ = -1;
      code = next_code();
    }
    if (code == kLzwEnd) fail("LZW data ends too early");
    // The new string may be the one that this very code stands for.
    const bool adds = last_ >= 0 && free_ < (1 << kLzwMaxBits);
    if (code >= free_ + (adds ? 1 : 0) || (last_ < 0 && code > 255))
      fail(fmt::format("corrupt LZW data: code {} has no string yet", code));
    if (adds) {
      const Entry& before = table_[static_cast<std::size_t>(last_)];
      const std::uint8_t last =
          code == free_ ? before.first : table_[static_cast<std::size_t>(code)].first;
      table_[static_cast<std::size_t>(free_)] = {static_cast<std::uint16_t>(last_),
                                                 static_cast<std::uint16_t>(before.length + 1),
                                                 last, before.first};
      ++free_;
      if (free_ >= (1 << bits_) - (old_ ? 0 : 1) && bits_ < kLzwMaxBits) ++bits_;
    }
    unroll(code);
    last_ = code;
  }

  void unroll(int code) {
    ready_ = table_[static_cast<std::size_t>(code)].length;
    for (std::size_t i = 1; i <= ready_; ++i) {
      const Entry& entry = table_[static_cast<std::size_t>(code)];
      string_[string_.size() - i] = static_cast<std::byte>(entry.last);
      code = entry.before;
    }
  }

  static constexpr int kTaken = -2;

  SingleBytes bytes_;
  std::array<int, 2> head_{};
  bool old_ = false;
  std::array<Entry, 1 << kLzwMaxBits> table_{};
  std::array<std::byte, 1 << kLzwMaxBits> string_{};  ///< the current string, at the end
  std::size_t ready_ = 0;                             ///< bytes of it that are left
  std::uint32_t buffer_ = 0;
  int held_ = 0;
  int bits_ = 9;
  int free_ = kLzwFirst;
  int last_ = -1;  ///< the code before; -1 after a clear code
};

}  // namespace

ByteWindow::ByteWindow(const ByteSource& source, std::int64_t offset, std::int64_t size,
                       bool lsb_first)
    : source_(source), offset_(offset), left_(size), lsb_first_(lsb_first) {}

std::span<const std::byte> ByteWindow::next() {
  buffer_.resize(static_cast<std::size_t>(std::min(left_, kBytes)));
  if (buffer_.empty()) return {};
  source_.read(offset_, buffer_);
  if (lsb_first_) reverse_bits(buffer_, buffer_.data());
  offset_ += static_cast<std::int64_t>(buffer_.size());
  left_ -= static_cast<std::int64_t>(buffer_.size());
  return buffer_;
}

std::unique_ptr<ByteStream> make_stream(int compression, ByteWindow window) {
  switch (compression) {
    case compression::kLzw:
      return std::make_unique<LzwStream>(std::move(window));
    case compression::kDeflate:
    case compression::kOldDeflate:
      return std::make_unique<InflateStream>(std::move(window));
    case compression::kZstd:
      return std::make_unique<ZstdStream>(std::move(window));
    case compression::kPackBits:
      return std::make_unique<PackBitsStream>(std::move(window));
    default:
      throw Error(ErrorKind::internal, "a compression that has no stream");
  }
}

std::int64_t stream_bytes(int compression, std::int64_t decoded) {
  std::int64_t bytes = ByteWindow::kBytes + (64 << 10);
  if (compression == compression::kZstd)
    bytes += std::min(decoded, std::int64_t{1} << kZstdWindowLog) + (1 << 20);
  return bytes;
}

}  // namespace sluice::tiff
