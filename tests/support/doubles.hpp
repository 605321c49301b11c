// Sources and sinks that check how the engine uses them.
#pragma once

#include <atomic>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "engine/run.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// A picture that can only be read from its first row on, in bands of `band` rows.
class InOrderPicture final : public Source {
 public:
  InOrderPicture(Picture picture, std::int64_t band)
      : Source(picture.info), picture_(std::move(picture)), band_(band) {}
  std::string name() const override { return "in-order picture"; }
  BlockGrid grid() const override { return {info_.width, info_.height, info_.width, band_}; }
  bool in_order() const override { return true; }
  std::unique_ptr<RowDecoder> rows(const CodecContext&) const override {
    return std::make_unique<Rows>(*this);
  }

 private:
  struct Rows final : RowDecoder {
    explicit Rows(const InOrderPicture& s) : source(s) {}
    void decode(const TileView& out) override {
      if (busy.exchange(true)) throw std::logic_error("two threads in one row decoder");
      if (out.rect.y != next || out.rect.x != 0 || out.rect.width != source.info_.width)
        throw std::logic_error("rows asked for out of order");
      const std::size_t bytes = size_of(out.type);
      for (int c = 0; c < out.channels; ++c)
        for (std::int64_t y = 0; y < out.rect.height; ++y)
          std::memcpy(
              out.row(c, y),
              source.picture_.samples.data() + source.picture_.index(c, 0, out.rect.y + y) * bytes,
              static_cast<std::size_t>(out.rect.width) * bytes);
      next += out.rect.height;
      busy = false;
    }
    const InOrderPicture& source;
    std::int64_t next = 0;
    std::atomic<bool> busy{false};
  };

  Picture picture_;
  std::int64_t band_;
};

/// Keeps what it is given, and checks the order of store().
class PictureSink final : public Sink {
 public:
  PictureSink(const ImageInfo& info, std::int64_t block_width, std::int64_t block_height,
              bool any_order)
      : result(info), block_width_(block_width), block_height_(block_height), any_(any_order) {}

  std::string name() const override { return "picture sink"; }
  BlockGrid grid() const override {
    return {result.width(), result.height(), block_width_, block_height_};
  }
  bool any_order() const override { return any_; }
  std::int64_t encoded_bound() const override {
    const auto sample = static_cast<std::int64_t>(size_of(result.info.type));
    return std::min(block_width_, result.width()) * std::min(block_height_, result.height()) *
           (result.channels() * sample + result.info.validity_planes());
  }
  void begin() override { next_ = 0, finished = false; }
  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext&) const override {
    if (!(pixels.rect == grid().rect(index))) throw std::logic_error("wrong rectangle");
    const std::size_t row = static_cast<std::size_t>(pixels.rect.width) * size_of(pixels.type);
    std::size_t at = 0;
    for (int c = 0; c < pixels.channels; ++c)
      for (std::int64_t y = 0; y < pixels.rect.height; ++y, at += row)
        std::memcpy(to.data() + at, pixels.row(c, y), row);
    const auto width = static_cast<std::size_t>(pixels.rect.width);
    for (int p = 0; p < pixels.validity_planes(); ++p)
      for (std::int64_t y = 0; y < pixels.rect.height; ++y, at += width)
        std::memcpy(to.data() + at, pixels.validity_row(p, y), width);
    return static_cast<std::int64_t>(at);
  }
  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(mutex_);
    if (!any_ && index != next_) throw std::logic_error("blocks stored out of order");
    ++next_;
    const Rect rect = grid().rect(index);
    const std::size_t sample = size_of(result.info.type);
    const std::size_t row = static_cast<std::size_t>(rect.width) * sample;
    std::size_t at = 0;
    for (int c = 0; c < result.channels(); ++c)
      for (std::int64_t y = 0; y < rect.height; ++y, at += row)
        std::memcpy(result.samples.data() + result.index(c, rect.x, rect.y + y) * sample,
                    bytes.data() + at, row);
    const auto width = static_cast<std::size_t>(rect.width);
    for (int p = 0; p < result.info.validity_planes(); ++p)
      for (std::int64_t y = 0; y < rect.height; ++y, at += width)
        std::memcpy(result.validity.data() + result.index(p, rect.x, rect.y + y), bytes.data() + at,
                    width);
  }
  void finish() override {
    if (next_ != grid().count()) throw std::logic_error("blocks are missing");
    finished = true;
  }
  void abandon() noexcept override { abandoned = true; }
  std::int64_t bytes_written() const override { return 0; }

  Picture result;
  bool finished = false;
  bool abandoned = false;

 private:
  std::int64_t block_width_, block_height_;
  bool any_;
  std::mutex mutex_;
  std::int64_t next_ = 0;
};

/// The image turned by exchanging x and y, plainly.
class TransposedOperation final : public Operation {
 public:
  explicit TransposedOperation(ImageInfo info) : Operation(std::move(info)) {
    std::swap(info_.width, info_.height);
  }
  Rect needs(int, const Rect& out) const override { return {out.y, out.x, out.height, out.width}; }
  Traits traits() const override {
    Traits t;
    t.transposes = true;
    return t;
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    const std::size_t bytes = size_of(out.type);
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x)
          std::memcpy(out.row(c, y) + x * static_cast<std::int64_t>(bytes),
                      in[0].row(c, x) + y * static_cast<std::int64_t>(bytes), bytes);
  }
};

}  // namespace sluice::test
