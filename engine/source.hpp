// The contracts of a source and of the bytes behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "file_identity.hpp"
#include "image_info.hpp"
#include "simd/isa.hpp"
#include "tile.hpp"

namespace sluice {

/// Random-access bytes: a file, memory, a caller's functions. Thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::string name() const = 0;  ///< for messages: the path
  virtual std::int64_t size() const = 0;
  /// Fills `to` from `offset`. Throws Error (data) naming the offset when the bytes are not all
  /// there, Error (system) when the system refuses.
  virtual void read(std::int64_t offset, std::span<std::byte> to) const = 0;
  /// The path on the local file system, "" where there is none.
  virtual std::string path() const { return {}; }
  /// Of an ordinary file: which one it is, as it was opened.
  virtual std::optional<FileIdentity> identity() const { return std::nullopt; }
  /// What has happened to the bytes since they were opened: "it has been written to since it was
  /// opened"; "" while they are as they were. run() asks before outputs get their names.
  virtual std::string change() const { return {}; }
};
/// A file, which stays open. A change is another size or time of the last write, or another file
/// under its name; that the name is gone is none. Throws Error (system).
std::shared_ptr<ByteSource> open_file(const std::string& path);
std::shared_ptr<ByteSource> bytes_in_memory(std::vector<std::byte> bytes, std::string name);
/// Fills `to` from `offset`; any thread, several calls at once. What it throws ends the run with an
/// Error that names the bytes and the offset.
using ReadFunction = std::function<void(std::int64_t offset, std::span<std::byte> to)>;
std::shared_ptr<ByteSource> bytes_by_callback(std::string name, std::int64_t size,
                                              ReadFunction read);

struct ByteRange {
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

/// What decode and encode get beside their data.
struct CodecContext {
  Isa isa = Isa::sse4;
  std::byte* scratch = nullptr;  ///< 64-byte aligned, as many bytes as asked for
};

/// Decodes an in-order source from its first row on. Used by one thread at a time, on any thread.
class RowDecoder {
 public:
  virtual ~RowDecoder() = default;
  /// The next rows; `out` spans the image's width and follows what was decoded before.
  virtual void decode(const TileView& out) = 0;
};

/// An image that can be read region by region. Opening read its header only. Immutable and
/// thread-safe. Errors name the file (Error::file) and the place in it.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::string name() const = 0;
  const ImageInfo& info() const { return info_; }

  /// The blocks that are decoded one by one. For an in-order source: bands of the full width.
  virtual BlockGrid grid() const = 0;
  /// True when blocks can only be decoded from the first on, by rows().
  virtual bool in_order() const { return false; }

  /// Random access. Where block `index` lies: one range, several (planes kept apart), or none for a
  /// block the file leaves out, whose pixels `decode` fills with the file's background.
  virtual void locate(std::int64_t index, std::vector<ByteRange>& ranges) const {
    (void)index, (void)ranges;
  }
  /// Sum of the sizes that `locate` gives for blocks [blocks.begin, blocks.end).
  virtual std::int64_t encoded_bytes_of(Interval blocks) const;
  /// Largest number of bytes that `locate` gives for one block.
  virtual std::int64_t encoded_bytes() const { return 0; }
  virtual std::int64_t scratch_bytes() const { return 0; }
  /// Decodes block `index` into out (out.rect == grid().rect(index)). `bytes` holds what locate
  /// gave, one range after the other.
  virtual void decode(std::int64_t index, std::span<const ByteRange> ranges,
                      std::span<const std::byte> bytes, const TileView& out,
                      const CodecContext& context) const {
    (void)index, (void)ranges, (void)bytes, (void)out, (void)context;
  }
  virtual const ByteSource* bytes() const { return nullptr; }
  /// Declared cost of decoding, per byte of pixels; copying one is 1.
  virtual double decode_cost() const { return 2; }
  /// The same blocks, of which only the channels in `wanted` are read and decoded; the samples of
  /// others are undefined. Null where that saves nothing: channels are stored together.
  virtual std::shared_ptr<const Source> with_channels(const std::vector<bool>& wanted) const {
    (void)wanted;
    return nullptr;
  }

  /// In order only: a decoder at the first row (context.scratch is null). What a decoder holds for
  /// itself: the one of an in-order source beside the rows, else each thread's beside its scratch.
  virtual std::unique_ptr<RowDecoder> rows(const CodecContext& context) const {
    (void)context;
    return nullptr;
  }
  virtual std::int64_t decoder_bytes() const { return 0; }
  /// Bytes of index the source keeps in memory once a block is located (16 a block in a TIFF).
  virtual std::int64_t index_bytes() const { return 0; }
  /// What is to be told once a run is over: metadata that was left out and pixels that could not be
  /// read, where damage is put up with. Sentences that name the file.
  virtual std::vector<std::string> warnings() const { return {}; }

 protected:
  explicit Source(ImageInfo info) : info_(std::move(info)) {}
  ImageInfo info_;
};

}  // namespace sluice
