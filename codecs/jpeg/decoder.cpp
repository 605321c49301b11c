#include "codecs/jpeg/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "codecs/byte_stream.hpp"
#include "codecs/interleave.hpp"
#include "codecs/jpeg/decompressor.hpp"
#include "engine/error.hpp"

namespace sluice::jpeg {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr int kBatchRows = 16;  ///< rows taken from libjpeg before they are split into planes

std::int64_t batch_bytes(const Header& header) {
  return std::int64_t{header.width} * static_cast<std::int64_t>(header.components.size()) *
         kBatchRows;
}

class JpegRows final : public RowDecoder {
 public:
  JpegRows(std::shared_ptr<const ByteSource> bytes, std::shared_ptr<const Header> header,
           bool damaged, Isa isa)
      : header_(std::move(header)),
        isa_(isa),
        damaged_(damaged),
        stream_(std::move(bytes), kBufferBytes),
        row_bytes_(std::int64_t{header_->width} *
                   static_cast<std::int64_t>(header_->components.size())) {}

  void decode(const TileView& out) override {
    if (out.rect.x != 0 || out.rect.width != header_->width || out.rect.y != row_ ||
        out.rect.bottom() > header_->height)
      throw Error(ErrorKind::internal, "rows of a JPEG image asked for out of order");
    try {
      if (!libjpeg_) begin();
      decode_rows(out);
    } catch (Error& error) {
      // libjpeg's counter is ahead of row_ when the batch broke off in its middle.
      const std::int64_t row = libjpeg_ ? std::max(row_, libjpeg_->row()) : row_;
      const std::int64_t byte = libjpeg_ ? libjpeg_->place() : 0;
      error.at_file(stream_.source().name()).at_place(fmt::format("row {}, byte {}", row, byte));
      throw;
    }
  }

 private:
  void begin() {
    batch_.resize(static_cast<std::size_t>(row_bytes_ * kBatchRows));
    libjpeg_.emplace([this] { return stream_.next(); }, damaged_);
    const Frame& frame = libjpeg_->read_header();
    // Memory is planned by what the header said when the file was opened.
    if (frame.width != header_->width || frame.height != header_->height ||
        frame.components.size() != header_->components.size() ||
        frame.decoder_bytes() > header_->decoder_bytes())
      throw Error(ErrorKind::data, "the file has changed since it was opened");
    libjpeg_->start(StoredColours::by_marks);
  }

  void decode_rows(const TileView& out) {
    for (std::int64_t done = 0; done < out.rect.height;) {
      const std::int64_t rows = std::min<std::int64_t>(kBatchRows, out.rect.height - done);
      libjpeg_->read(batch_.data(), rows);
      if (header_->components.size() == 4 && header_->adobe)
        for (std::byte& sample :
             std::span(batch_).first(static_cast<std::size_t>(row_bytes_ * rows)))
          sample = ~sample;
      deinterleave(batch_.data(), row_bytes_,
                   out.part({0, out.rect.y + done, out.rect.width, rows}), isa_);
      done += rows;
      row_ += rows;
    }
  }

  std::shared_ptr<const Header> header_;
  Isa isa_;
  bool damaged_;
  ByteStream stream_;
  std::int64_t row_bytes_;
  std::vector<std::byte> batch_;
  std::int64_t row_ = 0;
  std::optional<Decompressor> libjpeg_;
};

}  // namespace

std::int64_t decoder_bytes(const Header& header) {
  // The decompressor's own objects are among what Frame::decoder_bytes() allows for tables.
  return static_cast<std::int64_t>(sizeof(JpegRows) + kBufferBytes) + batch_bytes(header) +
         header.decoder_bytes();
}

std::unique_ptr<RowDecoder> make_decoder(std::shared_ptr<const ByteSource> bytes,
                                         std::shared_ptr<const Header> header, bool damaged,
                                         Isa isa) {
  return std::make_unique<JpegRows>(std::move(bytes), std::move(header), damaged, isa);
}

}  // namespace sluice::jpeg
