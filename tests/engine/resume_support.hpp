// What tests of interrupted runs share: a picture's run whose sink fails when it is told to.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codecs/tiff/write_sink.hpp"
#include "engine/run.hpp"
#include "support/doubles.hpp"
#include "support/error_of.hpp"
#include "support/hooked_options.hpp"
#include "support/temporary_folder.hpp"

namespace sluice::test {

namespace fs = std::filesystem;

using Folder = TemporaryFolder;
using Names = std::vector<std::string>;

// A TIFF sink that fails after some blocks, and counts those it encodes.
class FailingSink final : public Sink {
 public:
  FailingSink(std::shared_ptr<Sink> sink, std::int64_t blocks)
      : sink_(std::move(sink)), blocks_(blocks) {}
  std::string name() const override { return sink_->name(); }
  std::string path() const override { return sink_->path(); }
  void check() const override { sink_->check(); }
  BlockGrid grid() const override { return sink_->grid(); }
  bool any_order() const override { return sink_->any_order(); }
  std::int64_t encoded_bound() const override { return sink_->encoded_bound(); }
  std::int64_t scratch_bytes() const override { return sink_->scratch_bytes(); }
  std::int64_t encoder_bytes() const override { return sink_->encoder_bytes(); }
  ResumableSink* resumable() override { return sink_->resumable(); }
  void begin() override { sink_->begin(); }
  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const override {
    ++encoded;
    return sink_->encode(index, pixels, to, context);
  }
  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    if (blocks_-- == 0) {
      if (before_failing) before_failing();
      throw Error(ErrorKind::system, "no space left on device");
    }
    sink_->store(index, bytes);
  }
  void finish() override {
    if (fail_in_finish) throw Error(ErrorKind::system, "no space left on device");
    sink_->finish();
  }
  void hold() override { sink_->hold(); }
  void commit() override {
    if (fail_in_commit) throw Error(ErrorKind::system, "no permission");
    sink_->commit();
  }
  void abandon() noexcept override { sink_->abandon(); }
  std::int64_t bytes_written() const override { return sink_->bytes_written(); }

  mutable std::atomic<std::int64_t> encoded{0};
  bool fail_in_finish = false, fail_in_commit = false;
  std::function<void()> before_failing;

 private:
  std::shared_ptr<Sink> sink_;
  std::int64_t blocks_;
};

constexpr std::int64_t kNever = -1;

inline HookedOptions resuming(int threads = 2, std::int64_t unit = 0) {
  HookedOptions options;
  options.threads = threads;
  options.resume.on = true;
  options.resume.pipeline = "a picture, written";
  options.forced.unit_width = options.forced.unit_height = unit;
  return options;
}

struct Run {
  std::shared_ptr<Graph> graph = Graph::make();
  std::shared_ptr<FailingSink> sink;
  Report run(const RunOptions& options) { return sluice::run(*graph, options); }
};

inline Run picture_run(const Picture& picture, const std::string& path,
                       const TiffWriteOptions& options, std::int64_t fails_at) {
  Run run;
  const Image read = add_source(run.graph, picture_source(picture, 64, 64));
  run.sink = std::make_shared<FailingSink>(make_tiff_sink(read.info(), path, options), fails_at);
  add_sink("write", read, run.sink);
  return run;
}

inline TiffWriteOptions tiff(TiffLayout layout, TiffCompression compression) {
  TiffWriteOptions options;
  options.layout = layout;
  options.compression = compression;
  if (layout == TiffLayout::tiled)
    options.tile = {64, 64};
  else
    options.rows_per_strip = 16;
  return options;
}

inline const TiffWriteOptions kDeflate = tiff(TiffLayout::tiled, TiffCompression::deflate);

}  // namespace sluice::test
