// Large compressed strips as an in-order source: one decoder per plane goes down the strips.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codecs/tiff/decode_block.hpp"
#include "codecs/tiff/decode_jpeg.hpp"
#include "codecs/tiff/decode_stream.hpp"
#include "codecs/tiff/read_source.hpp"

namespace sluice::tiff {
namespace {

std::int64_t aligned(std::int64_t bytes) {
  return round_up(bytes, kAlignment);
}

/// What the source and its decoders share; decoders keep it alive.
struct Shared {
  Shared(ImageInfo i, Picture p)
      : info(std::move(i)),
        picture(std::move(p)),
        layout(picture.layout),
        index(*picture.file, layout, 1, picture.damaged),
        converter(layout) {
    index.check();
  }

  /// Rows that are decoded at a time.
  std::int64_t chunk_rows() const {
    return std::max<std::int64_t>(1, (64 << 10) / std::max<std::int64_t>(1, layout.row_bytes()));
  }

  /// Memory of one strip's JPEG decoder.
  std::int64_t jpeg_bytes() const {
    jpeg_once.run([this] { jpeg = jpeg_decoder_bytes(*picture.file, layout, index); });
    return jpeg;
  }

  ImageInfo info;
  Picture picture;
  const ImageLayout& layout;
  BlockIndex index;
  RowConverter converter;
  mutable Once jpeg_once;
  mutable std::int64_t jpeg = 0;
  mutable Damage damage;
};

/// Goes down the strips of one plane.
class PlaneReader {
 public:
  PlaneReader(const Shared& shared, int plane) : shared_(shared), plane_(plane) {}

  /// Rows left in the current strip; begins the next one when there are none.
  std::int64_t rows_left() {
    if (left_ == 0) begin();
    return left_;
  }
  bool gap() const { return !stream_ && !jpeg_; }

  /// False when the rows, and all below them in the strip, are damaged and that is put up with:
  /// then there is a gap.
  bool read(std::byte* to, std::int64_t rows) {
    try {
      if (stream_)
        stream_->read({to, static_cast<std::size_t>(shared_.layout.stored_bytes(rows))});
      else
        jpeg_->read(to, rows);
    } catch (Error& error) {
      put_up_with(error);
      return false;
    }
    left_ -= rows;
    return true;
  }
  /// Passes rows of a strip that is not there.
  void skip(std::int64_t rows) { left_ -= rows; }

 private:
  std::int64_t stored() const { return plane_ * shared_.layout.blocks_down() + strip_; }

  /// Called while the error is handled: throws it on, or notes it and leaves a gap.
  void put_up_with(Error& error) {
    error.at_file(shared_.picture.file->bytes().name())
        .at_place(fmt::format("{}, byte {}", block_name(shared_.layout, stored()),
                              shared_.index.at(stored()).offset));
    if (!shared_.picture.damaged || error.kind() != ErrorKind::data) throw;
    shared_.damage.note(stored(), error.place() + ": " + error.reason());
    stream_.reset();
    jpeg_.reset();
  }

  void begin() {
    const ImageLayout& layout = shared_.layout;
    ++strip_;
    left_ = std::min(layout.block_height, layout.height - strip_ * layout.block_height);
    stream_.reset();
    jpeg_.reset();
    const StoredBlock block = shared_.index.at(stored());
    if (block.size == 0) return;
    try {
      if (std::string why = shared_.index.problem(block, 0, left_); !why.empty())
        throw Error(ErrorKind::data, std::move(why));
      ByteWindow window(shared_.picture.file->bytes(), static_cast<std::int64_t>(block.offset),
                        static_cast<std::int64_t>(block.size), layout.lsb_first);
      if (!layout.jpeg()) {
        stream_ = make_stream(layout.compression, std::move(window));
        return;
      }
      const JpegExpectation expected{layout.block_width, left_,         layout.row_samples(),
                                     layout.photometric, window.left(), shared_.jpeg_bytes()};
      auto bytes = std::make_shared<ByteWindow>(std::move(window));
      jpeg_ = std::make_unique<JpegStream>(
          shared_.picture.jpeg_tables, [bytes] { return bytes->next(); }, expected);
    } catch (Error& error) {
      put_up_with(error);
    }
  }

  const Shared& shared_;
  int plane_;
  std::int64_t strip_ = -1;
  std::int64_t left_ = 0;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<JpegStream> jpeg_;
};

class StripDecoder final : public RowDecoder {
 public:
  StripDecoder(std::shared_ptr<const Shared> shared, Isa isa)
      : shared_(std::move(shared)),
        isa_(isa),
        raw_(static_cast<std::size_t>(shared_->layout.stored_bytes(shared_->chunk_rows()))),
        scratch_(static_cast<std::size_t>(shared_->converter.scratch_bytes())) {
    for (int plane = 0; plane < shared_->layout.planes(); ++plane)
      planes_.emplace_back(*shared_, plane);
  }

  void decode(const TileView& out) override {
    for (int plane = 0; plane < shared_->layout.planes(); ++plane) {
      TileView view = out;
      if (shared_->layout.separate) {
        view.data = out.row(plane, 0);
        view.channels = 1;
      }
      decode_plane(plane, view);
    }
    if (out.validity) fill_validity(shared_->info, out);
  }

 private:
  void decode_plane(int plane, const TileView& out) {
    PlaneReader& reader = planes_[static_cast<std::size_t>(plane)];
    for (std::int64_t y = 0; y < out.rect.height;) {
      const std::int64_t rows =
          std::min({reader.rows_left(), shared_->chunk_rows(), out.rect.height - y});
      const TileView part = out.part({out.rect.x, out.rect.y + y, out.rect.width, rows});
      if (reader.gap()) {
        fill_gap(shared_->info, shared_->picture.white_gaps, part, plane);
        reader.skip(rows);
      } else if (!reader.read(raw_.data(), rows)) {
        continue;
      } else {
        shared_->converter.convert(raw_.data(), part, scratch_.data(), isa_);
      }
      y += rows;
    }
  }

  std::shared_ptr<const Shared> shared_;
  Isa isa_;
  std::vector<std::byte> raw_, scratch_;
  std::vector<PlaneReader> planes_;
};

class RowSource final : public Source {
 public:
  RowSource(ImageInfo info, Picture picture)
      : Source(info), shared_(std::make_shared<Shared>(std::move(info), std::move(picture))) {}

  std::string name() const override { return shared_->picture.file->bytes().name(); }
  BlockGrid grid() const override { return virtual_grid(shared_->layout); }
  bool in_order() const override { return true; }
  const ByteSource* bytes() const override { return &shared_->picture.file->bytes(); }
  std::int64_t index_bytes() const override { return shared_->index.bytes(); }
  std::vector<std::string> warnings() const override {
    return warnings_of(shared_->picture, shared_->damage);
  }
  double decode_cost() const override { return tiff::decode_cost(shared_->layout.compression); }

  std::unique_ptr<RowDecoder> rows(const CodecContext& context) const override {
    return std::make_unique<StripDecoder>(shared_, context.isa);
  }

  std::int64_t decoder_bytes() const override {
    const ImageLayout& layout = shared_->layout;
    const std::int64_t strip = layout.stored_bytes(layout.block_height);
    const std::int64_t plane = layout.jpeg() ? ByteWindow::kBytes + shared_->jpeg_bytes()
                                             : stream_bytes(layout.compression, strip);
    return plane * layout.planes() + aligned(layout.stored_bytes(shared_->chunk_rows())) +
           shared_->converter.scratch_bytes();
  }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::shared_ptr<const Source> make_row_source(ImageInfo info, Picture picture) {
  return std::make_shared<RowSource>(std::move(info), std::move(picture));
}

}  // namespace sluice::tiff
