// The contracts of a sink and of the bytes behind it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "geometry.hpp"
#include "image_info.hpp"
#include "source.hpp"
#include "tile.hpp"

namespace sluice {

/// Bytes that are written under a temporary name and get their final name when whole: a file, or
/// what a host makes of it (memory, an object store). A run calls begin(), then write() in any
/// order and perhaps several times for one offset, one call at a time but on any thread; then
/// commit(), or abandon() when the run ends early, or nothing more. Destroyed without commit(), it
/// removes what it wrote. What these functions throw ends the run.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual std::string name() const = 0;  ///< for messages: the path
  /// Another run begins to write: what is there of an earlier one is not part of the output.
  virtual void begin() {}
  /// Writes at `offset`, extending as needed. Throws Error (system).
  virtual void write(std::int64_t offset, std::span<const std::byte> bytes) = 0;
  /// All is written: the bytes stay under partial_name() of the final name until commit(), whatever
  /// becomes of this object and the process. Called for files alone.
  virtual void hold() {}
  /// All is written, by every output of the run: gives the bytes their final name; with `sync`,
  /// after they have reached the disk.
  virtual void commit() = 0;
  /// The run has failed: drops what was written.
  virtual void abandon() noexcept {}
};

/// Bytes written to memory, which is the host's: it is in no plan and no budget.
class MemorySink final : public ByteSink {
 public:
  /// `name` is for messages; its ending chooses the format where nothing else does.
  explicit MemorySink(std::string name = "memory") : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  void begin() override { abandon(); }
  void write(std::int64_t offset, std::span<const std::byte> bytes) override;
  void commit() override { whole_ = true; }
  void abandon() noexcept override {
    bytes_ = {};
    whole_ = false;
  }
  /// What the run wrote, once it has ended well; empty before, and after another take().
  std::vector<std::byte> take() {
    return whole_ ? std::exchange(bytes_, {}) : std::vector<std::byte>();
  }

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
  bool whole_ = false;
};

struct FileSinkOptions {
  bool overwrite = false;  ///< replace an existing file; otherwise it is an Error (usage)
  bool sync = false;       ///< fsync file and directory before and after the rename
};
/// A file: made with O_TMPFILE where the file system has it, so that even kill -9 leaves nothing,
/// else as a hidden file beside `path`. Throws Error (system) where the folder cannot be written.
std::unique_ptr<ByteSink> create_file(const std::string& path, const FileSinkOptions& options = {});
/// Checks, without creating anything, what create_file would refuse: folder missing or not
/// writable, `path` a folder, a file that exists and may not be overwritten.
void check_creatable(const std::string& path, const FileSinkOptions& options);

/// A file that stays when its writer is interrupted: a hidden file beside the final name.
class PartialFile : public ByteSink {
 public:
  virtual std::int64_t size() const = 0;
  /// Drops what lies behind `size` bytes.
  virtual void cut(std::int64_t size) = 0;
  /// Returns when all that was written has reached the disk.
  virtual void sync() = 0;
  /// From now on the file stays under its hidden name when this object ends without commit().
  virtual void keep() noexcept = 0;
};
/// The hidden file `partial_name(path)`: a new one in place of any old one, or, with `go_on`, the
/// one that is there, as after keep(). Throws as create_file does.
std::unique_ptr<PartialFile> open_partial_file(const std::string& path, bool go_on,
                                               const FileSinkOptions& options = {});
/// Names beside `path`: of the partial output of a run that can go on, and of its journal.
std::string partial_name(const std::string& path);
std::string journal_name(const std::string& path);
/// True when both names exist and mean the same file (device and inode).
bool same_file(const std::string& a, const std::string& b);

/// What lets an interrupted run go on: the part of a Sink that keeps its output under a hidden name
/// and takes it up again. Blocks must lie where their indexes and the sizes of the blocks before
/// them say, and the same pixels must give the same bytes.
class ResumableSink {
 public:
  /// What the bytes depend on beside the pixels, as text: the layout, the codec and its version.
  virtual std::string layout() const = 0;

  using StoredVisitor = std::function<void(std::int64_t index, std::int64_t bytes)>;
  using StoredList = std::function<void(const StoredVisitor&)>;
  /// In place of Sink::begin(). Without `stored` it begins anew; else it goes on behind the blocks
  /// that stored(visit) lists in the order in which earlier runs stored them. Throws Error (data)
  /// when the partial output does not hold them.
  virtual void begin_resumable(const StoredList& stored) = 0;
  /// The output is to survive a loss of power: the engine calls sync() before it counts on blocks.
  virtual bool synced() const = 0;
  /// Returns when all stored blocks have reached the disk.
  virtual void sync() = 0;
  /// In place of Sink::abandon(): leaves the partial output to a later run.
  virtual void keep() noexcept = 0;

 protected:
  ~ResumableSink() = default;
};

/// An image being written block by block. Bound to its options and input by its constructor,
/// which throws Error (usage) for what the format cannot hold, before any file exists.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::string name() const = 0;
  /// Blocks and their order: row-major, always. Fixed by options and image size.
  virtual BlockGrid grid() const = 0;
  /// True when blocks may be stored in another order than the grid's: offsets are known before
  /// writing. Units may then span several rows of blocks.
  virtual bool any_order() const { return false; }
  /// Most bytes `encode` gives for one block, and the scratch memory it wants.
  virtual std::int64_t encoded_bound() const = 0;
  virtual std::int64_t scratch_bytes() const { return 0; }
  /// Memory the sink holds for itself while it is written (codec state, index).
  virtual std::int64_t held_bytes() const { return 0; }
  /// Memory that each thread's encoder holds beside its scratch (a compressor's tables).
  virtual std::int64_t encoder_bytes() const { return 0; }

  /// The file that it writes; "" when it writes none.
  virtual std::string path() const { return {}; }
  /// nullptr when an interrupted run has to write this output from the start.
  virtual ResumableSink* resumable() { return nullptr; }

  /// Throws what begin() would refuse, and creates nothing: called before a run computes anything.
  virtual void check() const {}
  /// Creates the temporary output. Called once, before any encode.
  virtual void begin() = 0;
  /// Encodes block `index`; pixels.rect == grid().rect(index). Any thread. Returns the bytes used
  /// in `to`.
  virtual std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                              const CodecContext& context) const = 0;
  /// Takes the encoded block. One call at a time: a file system lets one writer into a file anyway,
  /// and workers that queue for it burn time. In the grid's order, or by units when any_order().
  virtual void store(std::int64_t index, std::span<const std::byte> bytes) = 0;
  /// Writes what closes the file.
  virtual void finish() = 0;
  /// After finish(), in a run that can go on: the file stays as partial_name(path()) until
  /// commit(), whatever ends the run.
  virtual void hold() {}
  /// Gives the file its final name: called when all sinks of the run have finished. A sink that was
  /// not begun takes the file that an earlier run held.
  virtual void commit() {}
  /// The run has failed: drops what was written (the ByteSink, where there is one). The sink may be
  /// begun again.
  virtual void abandon() noexcept = 0;
  /// Bytes written so far.
  virtual std::int64_t bytes_written() const = 0;
  /// What is known of the image and the format does not hold, to be told once a run is over.
  /// Sentences that name the file.
  virtual std::vector<std::string> warnings() const { return {}; }

  /// For run(): true when no other run has the sink; it is then this run's until release().
  bool acquire() { return !taken_.exchange(true); }
  void release() { taken_ = false; }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace sluice
