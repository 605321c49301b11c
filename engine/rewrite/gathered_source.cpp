#include "engine/rewrite/gathered_source.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/checked_size.hpp"
#include "engine/error.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kTinyPixels = 64 * 64;
constexpr std::int64_t kManyBlocks = 4096;
constexpr std::int64_t kEdge = 256;

class GatheredSource final : public Source {
 public:
  explicit GatheredSource(std::shared_ptr<const Source> inner)
      : Source(inner->info()), inner_(std::move(inner)), blocks_(inner_->grid()) {
    const auto several = [](std::int64_t block, std::int64_t size) {
      return std::min(std::max<std::int64_t>(kEdge / block, 1), ceil_div(size, block));
    };
    columns_ = several(blocks_.block_width, blocks_.image_width);
    rows_ = several(blocks_.block_height, blocks_.image_height);
    grid_ = blocks_;
    grid_.block_width = columns_ * blocks_.block_width;
    grid_.block_height = rows_ * blocks_.block_height;
    info_.block_width = grid_.block_width;
    info_.block_height = grid_.block_height;
  }

  std::string name() const override { return inner_->name(); }
  BlockGrid grid() const override { return grid_; }
  void locate(std::int64_t index, std::vector<ByteRange>& ranges) const override {
    const std::size_t first = ranges.size();
    for_each_inner(index, [&](std::int64_t inner) { inner_->locate(inner, ranges); });
    merge(ranges, first);
  }
  std::int64_t encoded_bytes() const override {
    return (CheckedSize(inner_->encoded_bytes()) * columns_ * rows_)
        .get()
        .value_or(std::numeric_limits<std::int64_t>::max());
  }
  // What one inner block needs, and its ranges one after the other.
  std::int64_t scratch_bytes() const override {
    return round_up(inner_->scratch_bytes(), kAlignment) + inner_->encoded_bytes();
  }
  void decode(std::int64_t index, std::span<const ByteRange> ranges,
              std::span<const std::byte> bytes, const TileView& out,
              const CodecContext& context) const override {
    std::vector<std::size_t> begins;  // of each merged range, in `bytes`
    std::size_t at = 0;
    for (const ByteRange& range : ranges) {
      begins.push_back(at);
      at += static_cast<std::size_t>(range.size);
    }
    std::byte* const together = context.scratch + round_up(inner_->scratch_bytes(), kAlignment);
    std::vector<ByteRange> own;
    for_each_inner(index, [&](std::int64_t inner) {
      own.clear();
      inner_->locate(inner, own);
      std::span<const std::byte> encoded;
      if (own.size() == 1) {
        encoded = find(own.front(), ranges, begins, bytes);
      } else {
        std::size_t size = 0;
        for (const ByteRange& range : own) {
          const std::span<const std::byte> piece = find(range, ranges, begins, bytes);
          std::memcpy(together + size, piece.data(), piece.size());
          size += piece.size();
        }
        encoded = {together, size};
      }
      inner_->decode(inner, own, encoded, out.part(blocks_.rect(inner)), context);
    });
  }
  const ByteSource* bytes() const override { return inner_->bytes(); }
  double decode_cost() const override { return inner_->decode_cost(); }
  std::shared_ptr<const Source> with_channels(const std::vector<bool>& wanted) const override {
    auto narrowed = inner_->with_channels(wanted);
    return narrowed ? std::make_shared<GatheredSource>(std::move(narrowed)) : nullptr;
  }
  std::int64_t index_bytes() const override { return inner_->index_bytes(); }
  std::int64_t decoder_bytes() const override { return inner_->decoder_bytes(); }
  std::vector<std::string> warnings() const override { return inner_->warnings(); }

 private:
  template <class F>
  void for_each_inner(std::int64_t index, F&& f) const {
    const std::int64_t x = index % grid_.columns() * columns_;
    const std::int64_t y = index / grid_.columns() * rows_;
    for (std::int64_t j = y; j < std::min(y + rows_, blocks_.rows()); ++j)
      for (std::int64_t i = x; i < std::min(x + columns_, blocks_.columns()); ++i)
        f(j * blocks_.columns() + i);
  }

  // Ranges from `first` on in the order of the file, those that touch or overlap as one.
  static void merge(std::vector<ByteRange>& ranges, std::size_t first) {
    const auto begin = ranges.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, ranges.end(),
              [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
    std::size_t kept = first;
    for (std::size_t i = first; i < ranges.size(); ++i) {
      if (ranges[i].size == 0) continue;
      if (kept > first && ranges[i].offset <= ranges[kept - 1].offset + ranges[kept - 1].size) {
        ByteRange& last = ranges[kept - 1];
        last.size = std::max(last.size, ranges[i].offset + ranges[i].size - last.offset);
      } else {
        ranges[kept++] = ranges[i];
      }
    }
    ranges.resize(kept);
  }

  static std::span<const std::byte> find(const ByteRange& range, std::span<const ByteRange> merged,
                                         const std::vector<std::size_t>& begins,
                                         std::span<const std::byte> bytes) {
    if (range.size == 0) return {};
    const auto next =
        std::upper_bound(merged.begin(), merged.end(), range.offset,
                         [](std::int64_t offset, const ByteRange& r) { return offset < r.offset; });
    if (next == merged.begin())
      throw Error(ErrorKind::internal, "bytes of a gathered block were not located");
    const auto i = static_cast<std::size_t>(next - merged.begin()) - 1;
    return bytes.subspan(begins[i] + static_cast<std::size_t>(range.offset - merged[i].offset),
                         static_cast<std::size_t>(range.size));
  }

  std::shared_ptr<const Source> inner_;
  BlockGrid blocks_, grid_;
  std::int64_t columns_ = 1, rows_ = 1;  // of inner blocks in a block
};

}  // namespace

bool has_tiny_blocks(const Source& source) {
  const BlockGrid grid = source.grid();
  return !source.in_order() && grid.count() > kManyBlocks &&
         grid.block_width * grid.block_height <= kTinyPixels &&
         (grid.block_width < kEdge || grid.block_height < kEdge);
}

std::shared_ptr<const Source> gather_blocks(std::shared_ptr<const Source> source) {
  return std::make_shared<GatheredSource>(std::move(source));
}

}  // namespace sluice
