#include "codecs/tiff/decode_block.hpp"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>

#include "codecs/tiff/decode_lzw.hpp"
#include "codecs/tiff/tags.hpp"
#include "engine/error.hpp"

namespace sluice::tiff {
namespace {

[[noreturn]] void fail(std::string reason) {
  throw Error(ErrorKind::data, std::move(reason));
}

[[noreturn]] void too_short(const char* what, std::size_t got, std::size_t wanted) {
  fail(fmt::format("{} data ends after {} of {} bytes", what, got, wanted));
}

struct Freed {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};

/// The first to.size() bytes of a zlib stream that goes on behind them: some writers fill up their
/// last strip. libdeflate only takes a stream as a whole. Damage can make a stream longer too, so
/// what follows is decoded as far as the checksum at the end, or a strip's length.
void inflate_beginning(std::span<const std::byte> from, std::span<std::byte> to) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) fail("zlib could not begin");
  const auto chunk = [](std::size_t left) {
    return static_cast<uInt>(std::min<std::size_t>(left, std::numeric_limits<uInt>::max()));
  };
  std::array<std::byte, 16 << 10> rest;
  const std::size_t most = 2 * to.size() + rest.size();
  std::size_t in = 0, out = 0;
  int status = Z_OK;
  while (status == Z_OK && out < most) {
    const std::span<std::byte> part = out < to.size() ? to.subspan(out) : std::span(rest);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data() + in));
    stream.avail_in = chunk(from.size() - in);
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = chunk(part.size());
    const uInt in_before = stream.avail_in, out_before = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    in += in_before - stream.avail_in;
    out += out_before - stream.avail_out;
  }
  inflateEnd(&stream);
  if (out < to.size() || status == Z_DATA_ERROR) fail("corrupt deflate data");
}

void decode_deflate(std::span<const std::byte> from, std::span<std::byte> to) {
  const std::unique_ptr<libdeflate_decompressor, Freed> decoder(libdeflate_alloc_decompressor());
  if (!decoder) throw std::bad_alloc();
  std::size_t got = 0;
  switch (libdeflate_zlib_decompress(decoder.get(), from.data(), from.size(), to.data(), to.size(),
                                     &got)) {
    case LIBDEFLATE_SUCCESS:
      if (got < to.size()) too_short("deflate", got, to.size());
      return;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return inflate_beginning(from, to);
    default:
      fail("corrupt deflate data");
  }
}

void decode_zstd(std::span<const std::byte> from, std::span<std::byte> to) {
  const std::unique_ptr<ZSTD_DCtx, Freed> decoder(ZSTD_createDCtx());
  if (!decoder) throw std::bad_alloc();
  const std::size_t got =
      ZSTD_decompressDCtx(decoder.get(), to.data(), to.size(), from.data(), from.size());
  if (!ZSTD_isError(got)) {
    if (got < to.size()) too_short("zstd", got, to.size());
    return;
  }
  // Streaming decodes the beginning of a frame that holds more, and says how far a broken one goes.
  // It keeps a window; block data needs none beyond 8 MiB.
  ZSTD_DCtx_reset(decoder.get(), ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_setParameter(decoder.get(), ZSTD_d_windowLogMax, 23);
  ZSTD_inBuffer in{from.data(), from.size(), 0};
  ZSTD_outBuffer out{to.data(), to.size(), 0};
  while (out.pos < out.size) {
    const std::size_t in_before = in.pos, out_before = out.pos;
    const std::size_t status = ZSTD_decompressStream(decoder.get(), &out, &in);
    if (ZSTD_isError(status))
      fail(fmt::format("corrupt zstd data after {} bytes: {}", out.pos, ZSTD_getErrorName(status)));
    if (in.pos == in_before && out.pos == out_before) too_short("zstd", out.pos, out.size);
  }
}

}  // namespace

void decode_packbits(std::span<const std::byte> from, std::span<std::byte> to) {
  std::size_t in = 0, out = 0;
  while (out < to.size()) {
    if (in == from.size()) too_short("PackBits", out, to.size());
    const int code = static_cast<std::int8_t>(std::to_integer<int>(from[in++]));
    if (code == -128) continue;
    const std::size_t count = static_cast<std::size_t>(code < 0 ? 1 - code : code + 1);
    const std::size_t taken = std::min(count, to.size() - out);
    if (code < 0) {
      if (in == from.size()) too_short("PackBits", out, to.size());
      std::memset(to.data() + out, std::to_integer<int>(from[in++]), taken);
    } else {
      if (from.size() - in < taken) too_short("PackBits", out, to.size());
      std::memcpy(to.data() + out, from.data() + in, taken);
      in += taken;
    }
    out += taken;
  }
}

void decode_block(int compression, std::span<const std::byte> from, std::span<std::byte> to) {
  switch (compression) {
    case compression::kNone:
      if (from.size() < to.size()) too_short("uncompressed", from.size(), to.size());
      std::memcpy(to.data(), from.data(), to.size());
      return;
    case compression::kLzw:
      return decode_lzw(from, to);
    case compression::kDeflate:
    case compression::kOldDeflate:
      return decode_deflate(from, to);
    case compression::kZstd:
      return decode_zstd(from, to);
    case compression::kPackBits:
      return decode_packbits(from, to);
    default:
      throw Error(ErrorKind::internal, "a compression that read_layout() lets pass");
  }
}

double decode_cost(int compression) {
  switch (compression) {
    case compression::kNone:
      return 2;
    case compression::kPackBits:
      return 5;
    case compression::kZstd:
      return 7;
    case compression::kJpeg:
      return 12;
    case compression::kLzw:
      return 17;
    default:
      return 13;
  }
}

void reverse_bits(std::span<const std::byte> from, std::byte* to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    unsigned v = std::to_integer<unsigned>(from[i]);
    v = (v & 0x0F) << 4 | v >> 4;
    v = (v & 0x33) << 2 | (v >> 2 & 0x33);
    v = (v & 0x55) << 1 | (v >> 1 & 0x55);
    to[i] = static_cast<std::byte>(v);
  }
}

}  // namespace sluice::tiff
