#include "codecs/tiff/write_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "codecs/output_bytes.hpp"
#include "codecs/tiff/encode_block.hpp"
#include "codecs/tiff/write_directory.hpp"
#include "codecs/tiff/write_plan.hpp"
#include "codecs/tiff/write_tags.hpp"
#include "codecs/unheld.hpp"
#include "engine/error.hpp"
#include "engine/with_place.hpp"

namespace sluice {
namespace tiff {
namespace {

/// Header, then the blocks, then offsets, sizes, values and the directory; the header's pointer to
/// the directory comes last.
class WriteSink final : public Sink, private ResumableSink {
 public:
  WriteSink(WritePlan plan, OutputBytes to)
      : plan_(std::move(plan)), to_(std::move(to)), encoder_(plan_) {}

  std::string name() const override { return to_.name(); }
  std::string path() const override { return to_.path(); }
  BlockGrid grid() const override { return plan_.grid; }
  bool any_order() const override { return plan_.compression == TiffCompression::none; }
  std::int64_t encoded_bound() const override { return plan_.encoded_bound; }
  std::int64_t scratch_bytes() const override { return encoder_.scratch_bytes(); }
  std::int64_t encoder_bytes() const override { return encoder_.encoder_bytes(); }
  std::int64_t held_bytes() const override {
    // Of blocks in any order one bit, in a run that can go on.
    const std::int64_t count = plan_.grid.count();
    return (any_order() ? ceil_div(count, 8)
                        : count * static_cast<std::int64_t>(sizeof(std::uint32_t))) +
           kChunkBytes + 2 * tag_bytes_;  // the tags, and the directory that is made of them
  }

  void check() const override { to_.check(); }
  void begin() override;
  ResumableSink* resumable() override { return to_.is_file() ? this : nullptr; }
  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const override {
    return encoder_.encode(index, pixels, to, context);
  }
  void store(std::int64_t index, std::span<const std::byte> bytes) override;
  void finish() override;
  void hold() override { to_.hold(); }
  void commit() override { to_.commit(); }
  void abandon() noexcept override { close(); }
  std::int64_t bytes_written() const override { return written_; }
  std::vector<std::string> warnings() const override {
    // The size of a pixel is its resolution; a magnification without a slide's description says
    // nothing beyond that.
    const HeldFacts held{.place = true,
                         .nodata = true,
                         .physical = true,
                         .band_texts = true,
                         .domain_items = true,
                         .slide = true};
    return unheld_facts(plan_.info, held, name(), "TIFF as it is written here");
  }

 private:
  static constexpr std::int64_t kDataStart = 16;  ///< behind the larger of the two headers
  static constexpr std::int64_t kChunkBytes = std::int64_t{1} << 16;

  std::string layout() const override { return layout_text(plan_); }
  void begin_resumable(const StoredList& stored) override;
  bool synced() const override { return to_.synced(); }
  void sync() override { partial_->sync(); }
  void keep() noexcept override {
    partial_->keep();
    close();
  }
  void start();
  void close() noexcept {
    partial_ = nullptr;
    to_.abandon();
  }
  std::int64_t place(std::int64_t index, std::int64_t size);

  /// Of an uncompressed block.
  std::int64_t block_offset(std::int64_t index) const {
    return kDataStart + index * plan_.block_stride();
  }
  /// Where the last block ends: known beforehand, or the end of what is stored.
  std::int64_t data_end() const {
    const std::int64_t last = plan_.grid.count() - 1;
    return any_order() ? block_offset(last) + block_bytes(last) : end_;
  }
  std::int64_t block_bytes(std::int64_t index) const {
    return any_order() ? plan_.rows(index) * plan_.row_bytes()
                       : sizes_[static_cast<std::size_t>(index)];
  }
  DirectoryBuilder::External write_offsets(std::int64_t& at);
  DirectoryBuilder::External write_sizes(std::int64_t& at);
  template <class Value>
  DirectoryBuilder::External write_array(std::uint16_t tag, FieldType type, std::int64_t& at,
                                         Value value);
  void write(std::int64_t offset, std::span<const std::byte> bytes, const char* what);

  const WritePlan plan_;
  OutputBytes to_;
  const BlockEncoder encoder_;
  const std::int64_t tag_bytes_ = tags_of(plan_, {}).bytes();
  PartialFile* partial_ = nullptr;    ///< behind to_, where it stays when a run is interrupted
  std::vector<std::uint32_t> sizes_;  ///< of compressed blocks; their offsets follow from them
  std::int64_t next_ = 0;             ///< compressed: the block that comes next
  std::int64_t end_ = kDataStart;     ///< compressed: where it goes
  std::atomic<std::int64_t> stored_ = 0;
  std::atomic<std::int64_t> written_ = 0;
};

void WriteSink::write(std::int64_t offset, std::span<const std::byte> bytes, const char* what) {
  with_place([&] { to_.write(offset, bytes); }, [&](Error& error) { error.at_place(what); });
  written_ += static_cast<std::int64_t>(bytes.size());
}

void WriteSink::start() {
  next_ = 0;
  stored_ = 0;
  written_ = 0;
  end_ = kDataStart;
  if (!any_order()) sizes_.resize(static_cast<std::size_t>(plan_.grid.count()));
}

void WriteSink::begin() {
  start();
  to_.begin();
}

void WriteSink::begin_resumable(const StoredList& stored) {
  start();
  PartialFile& file = to_.begin_partial(stored != nullptr);
  if (stored) {
    std::int64_t needed = 0;
    stored([&](std::int64_t index, std::int64_t bytes) {
      if (any_order() ? bytes != block_bytes(index) : index != next_)
        throw Error(ErrorKind::data,
                    fmt::format("block {} of {} bytes cannot lie in this file", index, bytes));
      needed = std::max(needed, place(index, bytes) + bytes);
      written_ += bytes;
      ++stored_;
    });
    if (file.size() < needed)
      throw Error(ErrorKind::data,
                  fmt::format("the partial file '{}' has {} bytes; {} are said to be written",
                              partial_name(to_.path()), file.size(), needed));
    // In order nothing that counts lies behind the last block.
    if (!any_order()) file.cut(needed);
  }
  partial_ = &file;
}

/// Where the block lies; takes note of a compressed one, which comes behind those before it.
std::int64_t WriteSink::place(std::int64_t index, std::int64_t size) {
  if (any_order()) return block_offset(index);
  sizes_[static_cast<std::size_t>(index)] = static_cast<std::uint32_t>(size);
  ++next_;
  return std::exchange(end_, round_up(end_ + size, 2));
}

void WriteSink::store(std::int64_t index, std::span<const std::byte> bytes) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (!any_order() && index != next_)
    throw Error(ErrorKind::internal,
                fmt::format("block {} was stored when block {} was due", index, next_))
        .at_file(name());
  const std::int64_t offset = place(index, size);
  try {
    to_.write(offset, bytes);
  } catch (...) {
    const Error error = current_error();
    const Rect r = plan_.grid.rect(index);
    const std::string needed =
        any_order() ? fmt::format("; the whole file takes about {} bytes", data_end()) : "";
    throw Error(error.kind(), error.reason() + needed)
        .caused_by(error.cause())
        .at_file(name())
        .at_place(fmt::format("{} {} of {} at ({}, {})", plan_.tiled ? "tile" : "strip", index,
                              plan_.grid.count(), r.x, r.y));
  }
  written_ += size;
  ++stored_;
}

/// Writes one number per block, `value(index)`, in pieces, unless they fit into the directory.
template <class Value>
DirectoryBuilder::External WriteSink::write_array(std::uint16_t tag, FieldType type,
                                                  std::int64_t& at, Value value) {
  const std::int64_t count = plan_.grid.count(), size = size_of(type);
  DirectoryBuilder::External array{tag, type, count, at, {}};
  std::vector<std::byte> chunk;
  const auto append = [&](std::int64_t index) {
    if (size == 8)
      append_number(chunk, static_cast<std::uint64_t>(value(index)));
    else
      append_number(chunk, static_cast<std::uint32_t>(value(index)));
  };
  if (count * size <= (plan_.big ? 8 : 4)) {
    for (std::int64_t i = 0; i < count; ++i)
      append(i);
    array.inlined = std::move(chunk);
    return array;
  }
  chunk.reserve(static_cast<std::size_t>(std::min(kChunkBytes, count * size)));
  for (std::int64_t i = 0; i < count; ++i) {
    append(i);
    if (static_cast<std::int64_t>(chunk.size()) < kChunkBytes && i + 1 < count) continue;
    write(at, chunk, "the index of blocks");
    at += static_cast<std::int64_t>(chunk.size());
    chunk.clear();
  }
  at = round_up(at, 8);
  return array;
}

DirectoryBuilder::External WriteSink::write_offsets(std::int64_t& at) {
  const FieldType type = plan_.big ? FieldType::u64 : FieldType::u32;
  const std::uint16_t tag = plan_.tiled ? tag::kTileOffsets : tag::kStripOffsets;
  std::int64_t offset = kDataStart;
  return write_array(tag, type, at, [&](std::int64_t index) {
    if (any_order()) return block_offset(index);
    return std::exchange(offset, round_up(offset + block_bytes(index), 2));
  });
}

DirectoryBuilder::External WriteSink::write_sizes(std::int64_t& at) {
  const std::uint16_t tag = plan_.tiled ? tag::kTileByteCounts : tag::kStripByteCounts;
  return write_array(tag, FieldType::u32, at,
                     [&](std::int64_t index) { return block_bytes(index); });
}

void WriteSink::finish() {
  const std::int64_t count = plan_.grid.count();
  if (stored_ != count)
    throw Error(ErrorKind::internal,
                fmt::format("{} of {} blocks were stored", stored_.load(), count))
        .at_file(name());
  std::int64_t at = round_up(data_end(), 8);
  const std::array arrays{write_offsets(at), write_sizes(at)};
  const DirectoryBuilder::Encoded directory =
      tags_of(plan_, encoder_.jpeg_tables()).encode(plan_.big, at, arrays);
  write(at, directory.bytes, "the directory");

  std::vector<std::byte> header;
  const auto first = static_cast<std::uint64_t>(directory.offset);
  append_number(header, std::uint16_t{0x4949});
  if (plan_.big) {
    append_number(header, std::uint16_t{43});
    append_number(header, std::uint16_t{8});
    append_number(header, std::uint16_t{0});
    append_number(header, first);
  } else {
    append_number(header, std::uint16_t{42});
    append_number(header, static_cast<std::uint32_t>(first));
  }
  write(0, header, "the header");
}

}  // namespace
}  // namespace tiff

namespace {

std::shared_ptr<Sink> sink_to(const ImageInfo& info, OutputBytes to,
                              const TiffWriteOptions& options) {
  const std::string name = to.name();
  try {
    return std::make_shared<tiff::WriteSink>(tiff::plan_write(info, options), std::move(to));
  } catch (Error& error) {
    throw error.at_file(name);
  }
}

}  // namespace

std::shared_ptr<Sink> make_tiff_sink(const ImageInfo& info, const std::string& path,
                                     const TiffWriteOptions& options) {
  return sink_to(info, OutputBytes(path, options.file), options);
}

std::shared_ptr<Sink> make_tiff_sink(const ImageInfo& info, std::shared_ptr<ByteSink> to,
                                     const TiffWriteOptions& options) {
  return sink_to(info, OutputBytes(std::move(to)), options);
}

}  // namespace sluice
