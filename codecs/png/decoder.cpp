#include "codecs/png/decoder.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <exception>
#include <new>

#include "codecs/byte_stream.hpp"
#include "codecs/interleave.hpp"
#include "engine/error.hpp"

namespace sluice::png {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::int64_t kBatchBytes = 64 * 1024;  ///< of rows taken before they are split, about
constexpr png_alloc_size_t kMaxChunkMemory = 1 << 20;

/// Rows in the batch; an interlaced image is all one batch.
std::int64_t batch_rows(const Header& header) {
  if (header.interlaced) return header.height;
  return std::min(header.height, std::max<std::int64_t>(1, kBatchBytes / header.row_bytes()));
}

// --- libpng's side: plain structures and functions that a longjmp may leave ---

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ByteStream* stream = nullptr;
  bool ended = false;          ///< the stream ended before libpng was content
  std::exception_ptr failure;  ///< what the stream threw
  std::int64_t row = 0;        ///< the row that libpng decodes
  char message[160] = {};
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
  std::snprintf(reader->message, sizeof reader->message, "%s", message);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

/// Number of bytes read, or nothing at all when the stream threw.
std::size_t read_stream(Reader& reader, std::span<std::byte> to) noexcept {
  try {
    return reader.stream->read(to);
  } catch (...) {
    reader.failure = std::current_exception();
    return 0;
  }
}

void read_bytes(png_structp png, png_bytep to, std::size_t size) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (read_stream(*reader, {reinterpret_cast<std::byte*>(to), size}) == size) return;
  reader->ended = true;
  png_error(png, "end of file");
}

/// Begins to decode; false on an error.
bool open(Reader& r) {
  // Our own parser has taken what is of use from these chunks, under its own bounds.
  static constexpr png_byte kIgnored[] =
      "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
      "tEXt\0tIME\0tRNS\0zTXt";
  r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, &on_error, &on_warning);
  if (!r.png) return false;
  if (setjmp(png_jmpbuf(r.png))) return false;
  r.info = png_create_info_struct(r.png);
  if (!r.info) png_error(r.png, "out of memory");
  png_set_read_fn(r.png, &r, &read_bytes);
  png_set_user_limits(r.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(r.png, kMaxChunkMemory);
  png_set_keep_unknown_chunks(r.png, PNG_HANDLE_CHUNK_NEVER, kIgnored, sizeof kIgnored / 5);
  png_read_info(r.png, r.info);
  png_set_packing(r.png);
  if constexpr (std::endian::native == std::endian::little) png_set_swap(r.png);
  png_set_interlace_handling(r.png);
  png_read_update_info(r.png, r.info);
  return true;
}

bool read_rows(Reader& r, png_bytep first, std::size_t row_bytes, std::int64_t count) {
  if (setjmp(png_jmpbuf(r.png))) return false;
  for (std::int64_t y = 0; y < count; ++y, ++r.row)
    png_read_row(r.png, first + static_cast<std::size_t>(y) * row_bytes, nullptr);
  return true;
}

bool read_interlaced(Reader& r, png_bytep image, std::size_t row_bytes, std::int64_t height) {
  if (setjmp(png_jmpbuf(r.png))) return false;
  for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; ++pass)
    for (r.row = 0; r.row < height; ++r.row)
      png_read_row(r.png, image + static_cast<std::size_t>(r.row) * row_bytes, nullptr);
  return true;
}

// --- the decoder ---

class PngRows final : public RowDecoder {
 public:
  PngRows(std::shared_ptr<const ByteSource> bytes, std::shared_ptr<const Header> header, Isa isa)
      : header_(std::move(header)),
        isa_(isa),
        stream_(std::move(bytes), kBufferBytes),
        row_bytes_(static_cast<std::size_t>(header_->row_bytes())) {
    reader_.stream = &stream_;
  }
  ~PngRows() override {
    if (reader_.png) png_destroy_read_struct(&reader_.png, &reader_.info, nullptr);
  }
  PngRows(const PngRows&) = delete;
  PngRows& operator=(const PngRows&) = delete;

  void decode(const TileView& out) override {
    if (out.rect.x != 0 || out.rect.width != header_->width || out.rect.y != row_ ||
        out.rect.bottom() > header_->height)
      throw Error(ErrorKind::internal, "rows of a PNG image asked for out of order");
    if (!reader_.png) begin();
    for (std::int64_t done = 0; done < out.rect.height;) {
      const std::int64_t rows = std::min(batch_rows(*header_), out.rect.height - done);
      const std::byte* from = header_->interlaced
                                  ? batch_.get() + static_cast<std::size_t>(row_) * row_bytes_
                                  : read_batch(rows);
      deinterleave(from, static_cast<std::int64_t>(row_bytes_),
                   out.part({0, out.rect.y + done, out.rect.width, rows}), isa_);
      done += rows;
      row_ += rows;
    }
  }

 private:
  void begin() {
    const auto batch = static_cast<std::size_t>(batch_rows(*header_)) * row_bytes_;
    // Not value-initialised: pages of a large interlaced image are touched when they get pixels.
    batch_ = std::unique_ptr<std::byte[]>(new (std::nothrow) std::byte[batch]);
    if (!batch_)
      throw Error(ErrorKind::memory,
                  fmt::format("no memory for the {} bytes that decoding takes", batch))
          .at_file(stream_.source().name());
    if (!open(reader_)) fail();
    if (png_get_image_width(reader_.png, reader_.info) != header_->width ||
        png_get_image_height(reader_.png, reader_.info) != header_->height ||
        png_get_rowbytes(reader_.png, reader_.info) != row_bytes_)
      fail("the file has changed since it was opened");
    if (header_->interlaced && !read_interlaced(reader_, pixels(), row_bytes_, header_->height))
      fail();
  }

  const std::byte* read_batch(std::int64_t rows) {
    if (!read_rows(reader_, pixels(), row_bytes_, rows)) fail();
    return batch_.get();
  }
  png_bytep pixels() const { return reinterpret_cast<png_bytep>(batch_.get()); }

  [[noreturn]] void fail() {
    if (reader_.failure) std::rethrow_exception(reader_.failure);
    if (!reader_.png) throw Error(ErrorKind::memory, "no memory for libpng");
    if (reader_.ended) fail("the file ends within the image");
    fail(fmt::format("damaged PNG data (libpng: {})", reader_.message));
  }
  [[noreturn]] void fail(const std::string& reason) {
    throw Error(ErrorKind::data, reason)
        .at_file(stream_.source().name())
        .at_place(fmt::format("row {}, byte {}", reader_.row, stream_.position()));
  }

  std::shared_ptr<const Header> header_;
  Isa isa_;
  ByteStream stream_;
  std::size_t row_bytes_;
  std::unique_ptr<std::byte[]> batch_;
  std::int64_t row_ = 0;
  Reader reader_;
};

}  // namespace

std::int64_t decoder_bytes(const Header& header) {
  // libpng: its structures, zlib's window and state, a buffer of compressed data; two rows of whole
  // groups of 8 pixels.
  constexpr std::int64_t kLibrary = 96 * 1024, kRowExtra = 128;
  const std::int64_t row =
      (header.width + 8) * header.channels() * header.sample_bytes() + kRowExtra;
  return static_cast<std::int64_t>(sizeof(PngRows) + kBufferBytes) + kLibrary + 2 * row +
         batch_rows(header) * header.row_bytes();
}

std::unique_ptr<RowDecoder> make_decoder(std::shared_ptr<const ByteSource> bytes,
                                         std::shared_ptr<const Header> header, Isa isa) {
  return std::make_unique<PngRows>(std::move(bytes), std::move(header), isa);
}

}  // namespace sluice::png
