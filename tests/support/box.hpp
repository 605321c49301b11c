// Operations for tests of the engine that are plain enough to be their own reference: box sums
// under every edge mode, sums over cells, sums of two images, transposition.
#pragma once

#include "engine/run.hpp"
#include "reference/edge.hpp"
#include "support/doubles.hpp"
#include "support/picture.hpp"

namespace sluice::test {

// A box sum over (2r+1)^2 pixels in u32: plain enough to be its own reference.
class BoxSum final : public Operation {
 public:
  BoxSum(ImageInfo info, std::int64_t radius, Edge edge)
      : Operation(std::move(info)), radius_(radius), edge_(edge) {}
  Rect needs(int, const Rect& out) const override {
    return out.grown(radius_, radius_, radius_, radius_);
  }
  Traits traits() const override {
    Traits t;
    t.edge = edge_;
    t.edge_value = 7;
    t.cost = 9;
    return t;
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x) {
          std::uint32_t sum = 0;
          for (std::int64_t j = 0; j <= 2 * radius_; ++j)
            for (std::int64_t i = 0; i <= 2 * radius_; ++i)
              sum += in[0].row<std::uint32_t>(c, y + j)[x + i];
          out.row<std::uint32_t>(c, y)[x] = sum;
        }
  }

 private:
  std::int64_t radius_;
  Edge edge_;
};

// Sums over cells of `cell` x `cell` pixels, those at the edges cut off; always kept.
class CellSums final : public Operation {
 public:
  CellSums(ImageInfo info, std::int64_t cell) : Operation(std::move(info)), cell_(cell) {
    image_ = info_.rect();
    info_.width = ceil_div(info_.width, cell);
    info_.height = ceil_div(info_.height, cell);
  }
  Rect needs(int, const Rect& out) const override {
    return intersect({out.x * cell_, out.y * cell_, out.width * cell_, out.height * cell_}, image_);
  }
  Traits traits() const override {
    Traits t;
    t.always_kept = true;
    t.kept_width = 3;
    t.kept_height = 2;
    return t;
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x) {
          std::uint32_t sum = 0;
          for (std::int64_t j = y * cell_; j < std::min((y + 1) * cell_, in[0].rect.height); ++j)
            for (std::int64_t i = x * cell_; i < std::min((x + 1) * cell_, in[0].rect.width); ++i)
              sum += in[0].row<std::uint32_t>(c, j)[i];
          out.row<std::uint32_t>(c, y)[x] = sum;
        }
  }

 private:
  std::int64_t cell_;
  Rect image_;
};

class Added final : public Operation {
 public:
  explicit Added(ImageInfo info) : Operation(std::move(info)) {}
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x)
          out.row<std::uint32_t>(c, y)[x] =
              in[0].row<std::uint32_t>(c, y)[x] + in[1].row<std::uint32_t>(c, y)[x];
  }
};

inline Picture plain_box(const Picture& in, std::int64_t r, Edge edge) {
  Picture out(in.info);
  for (int c = 0; c < in.channels(); ++c)
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x) {
        std::uint32_t sum = 0;
        for (std::int64_t j = -r; j <= r; ++j)
          for (std::int64_t i = -r; i <= r; ++i) {
            const auto mx = inside(x + i, in.width(), edge);
            const auto my = inside(y + j, in.height(), edge);
            sum += mx && my ? in.at<std::uint32_t>(c, *mx, *my) : 7;
          }
        out.at<std::uint32_t>(c, x, y) = sum;
      }
  return out;
}

inline Picture plain_cell_sums(const Picture& in, std::int64_t cell) {
  ImageInfo info = in.info;
  info.width = ceil_div(info.width, cell);
  info.height = ceil_div(info.height, cell);
  Picture out(info);
  for (int c = 0; c < in.channels(); ++c)
    for (std::int64_t y = 0; y < in.height(); ++y)
      for (std::int64_t x = 0; x < in.width(); ++x)
        out.at<std::uint32_t>(c, x / cell, y / cell) += in.at<std::uint32_t>(c, x, y);
  return out;
}

inline Picture plain_transposed(const Picture& in) {
  ImageInfo info = in.info;
  std::swap(info.width, info.height);
  Picture out(info);
  for (int c = 0; c < in.channels(); ++c)
    for (std::int64_t y = 0; y < out.height(); ++y)
      for (std::int64_t x = 0; x < out.width(); ++x)
        out.at<std::uint32_t>(c, x, y) = in.at<std::uint32_t>(c, y, x);
  return out;
}

inline Image box(const Image& image, std::int64_t radius, Edge edge) {
  return add_operation("box", image, std::make_shared<BoxSum>(image.info(), radius, edge));
}

inline Image cell_sums(const Image& image, std::int64_t cell) {
  return add_operation("sums", image, std::make_shared<CellSums>(image.info(), cell));
}

inline Image turn(const Image& image) {
  return add_operation("turn", image, std::make_shared<TransposedOperation>(image.info()));
}

}  // namespace sluice::test
