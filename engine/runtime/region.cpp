// One region of an image into a caller's buffer: a graph of its own with a sink in memory.

#include <fmt/format.h>

#include <cstring>

#include "engine/checked_size.hpp"
#include "engine/run.hpp"
#include "engine/runtime/bind_late.hpp"

namespace sluice {

namespace {

// Takes the region's pixels, interleaved, straight into the buffer.
class BufferSink final : public Sink {
 public:
  BufferSink(const ImageInfo& info, std::span<std::byte> buffer, std::int64_t row_bytes)
      : info_(info),
        buffer_(buffer),
        row_bytes_(row_bytes),
        pixel_(info.channels() * static_cast<std::int64_t>(size_of(info.type))) {}
  std::string name() const override { return "memory"; }
  BlockGrid grid() const override { return {info_.width, info_.height, 256, 256}; }
  bool any_order() const override { return true; }
  std::int64_t encoded_bound() const override { return 256 * 256 * pixel_; }
  void begin() override {}
  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext&) const override {
    const Rect rect = grid().rect(index);
    const std::size_t bytes = size_of(info_.type);
    for (std::int64_t y = 0; y < rect.height; ++y)
      for (int c = 0; c < pixels.channels; ++c) {
        const std::byte* from = pixels.row(c, y);
        std::byte* out = to.data() + y * rect.width * pixel_ + c * static_cast<std::int64_t>(bytes);
        for (std::int64_t x = 0; x < rect.width; ++x, from += bytes, out += pixel_)
          std::memcpy(out, from, bytes);
      }
    return rect.width * rect.height * pixel_;
  }
  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    const Rect rect = grid().rect(index);
    for (std::int64_t y = 0; y < rect.height; ++y)
      std::memcpy(buffer_.data() + (rect.y + y) * row_bytes_ + rect.x * pixel_,
                  bytes.data() + y * rect.width * pixel_,
                  static_cast<std::size_t>(rect.width * pixel_));
  }
  void finish() override {}
  void abandon() noexcept override {}
  std::int64_t bytes_written() const override { return info_.height * info_.width * pixel_; }

 private:
  ImageInfo info_;
  std::span<std::byte> buffer_;
  std::int64_t row_bytes_;
  std::int64_t pixel_;
};

// The region as an image of its own.
class Cut final : public Operation {
 public:
  Cut(ImageInfo info, const Rect& region) : Operation(std::move(info)), region_(region) {
    info_.width = region.width;
    info_.height = region.height;
  }
  Rect needs(int, const Rect& out) const override {
    return {out.x + region_.x, out.y + region_.y, out.width, out.height};
  }
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    TileView moved = inputs[0];
    moved.rect = out.rect;
    copy_pixels(moved, out, out.rect);
  }
  Traits traits() const override { return {.reach = Reach::moved}; }

 private:
  Rect region_;
};

// A graph with the image's ancestors alone, their late numbers bound; all other nodes stay without
// a target and are not run.
std::shared_ptr<Graph> ancestors_of(const Image& image) {
  const Graph& from = image.graph();
  std::vector<bool> needed(static_cast<std::size_t>(image.node()) + 1, false);
  needed.back() = true;
  for (NodeId id = image.node(); id >= 0; --id)
    if (needed[static_cast<std::size_t>(id)])
      for (const NodeId input : from.node(id).inputs)
        needed[static_cast<std::size_t>(input)] = true;
  const auto graph = Graph::make();
  for (NodeId id = 0; id <= image.node(); ++id) {
    Node node = from.node(id);
    if (needed[static_cast<std::size_t>(id)] && !node.late.empty()) {
      node.operation = bind_late(
          from, node, [&](NodeId reduction) { return from.node(reduction).values->get(); });
      if (!node.operation)
        throw Error(ErrorKind::usage,
                    "a region of what waits for a whole image's result can be read when run() has "
                    "found that result")
            .at_step(node.place.text());
    }
    node.sink = nullptr;
    node.reduction = nullptr;
    node.values = nullptr;
    node.late.clear();
    node.factory = nullptr;
    node.reduction_factory = nullptr;
    graph->add(std::move(node));
  }
  return graph;
}

}  // namespace

void read_region(const Image& image, const Rect& region, std::span<std::byte> buffer,
                 std::int64_t row_bytes, const RunOptions& options) {
  const ImageInfo& info = image.info();
  if (region.empty() || !info.rect().contains(region))
    throw Error(
        ErrorKind::usage,
        fmt::format("region {} x {} at ({}, {}) does not lie inside the image of {} x {}",
                    region.width, region.height, region.x, region.y, info.width, info.height));
  const std::int64_t tight =
      region.width * info.channels() * static_cast<std::int64_t>(size_of(info.type));
  const CheckedSize needed = CheckedSize(region.height - 1) * row_bytes + tight;
  if (row_bytes < tight || !needed.at_most(static_cast<std::int64_t>(buffer.size())))
    throw Error(
        ErrorKind::usage,
        fmt::format("a buffer of {} bytes with rows of {} is too small for {} rows of {} bytes",
                    buffer.size(), row_bytes, region.height, tight));
  const auto graph = ancestors_of(image);
  const Image cut =
      add_operation("region", Image(graph, image.node()), std::make_shared<Cut>(info, region));
  add_sink("region", cut, std::make_shared<BufferSink>(cut.info(), buffer, row_bytes));
  run(*graph, options);
}

}  // namespace sluice
