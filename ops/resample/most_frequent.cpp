#include "ops/resample/most_frequent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <type_traits>

#include "ops/common/checks.hpp"
#include "ops/resample/boxes.hpp"
#include "ops/resample/cell_sums.hpp"
#include "ops/resample/separable.hpp"

namespace sluice {

namespace {

// --- small boxes: sorted -------------------------------------------------------------------------

constexpr std::int64_t kMostSortedPixels = 65536;

/// An integer that orders like the sample.
template <class T>
std::uint64_t order_key(T v) {
  constexpr std::uint64_t top = std::uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(static_cast<double>(v));
    return bits & top ? ~bits : bits | top;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(v)) ^ top;
  } else {
    return v;
  }
}
template <class T>
T from_order_key(std::uint64_t key) {
  constexpr std::uint64_t top = std::uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(std::bit_cast<double>(key & top ? key ^ top : ~key));
  else if constexpr (std::is_signed_v<T>)
    return static_cast<T>(static_cast<std::int64_t>(key ^ top));
  else
    return static_cast<T>(key);
}

/// The most frequent of keys[0..n), n >= 1, the smallest of equals. Sorts them.
std::uint64_t most_frequent(std::uint64_t* keys, std::int64_t n) {
  std::sort(keys, keys + n);
  std::uint64_t best = keys[0];
  std::int64_t most = 0;
  for (std::int64_t i = 0, start = 0; i < n; ++i) {
    if (keys[i] != keys[start]) start = i;
    if (i - start + 1 > most) most = i - start + 1, best = keys[i];
  }
  return best;
}

class SortedBoxes : public BoxOperation {
 public:
  SortedBoxes(const ImageInfo& image, std::int64_t x, std::int64_t y) : BoxOperation(image, x, y) {}

  std::int64_t scratch(std::int64_t, std::int64_t) const override {
    return round_up(x_ * y_ * 8, kAlignment);
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override {
    auto* keys = reinterpret_cast<std::uint64_t*>(context.scratch);
    with_type(info_.type, [&]<class T>() {
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x)
          box<T>(inputs[0], out, x, y, keys);
    });
  }

 private:
  template <class T>
  void box(const TileView& in, const TileView& out, std::int64_t x, std::int64_t y,
           std::uint64_t* keys) const {
    const int columns = box_width(out.rect.x + x), rows = box_height(out.rect.y + y);
    std::int64_t n = 0;
    for (int c = 0; c < out.channels; ++c) {
      n = 0;
      for (int j = 0; j < rows; ++j) {
        const T* row = in.row<T>(c, y * y_ + j) + x * x_;
        const std::uint8_t* valid =
            info_.has_validity() ? in.validity_row(c, y * y_ + j) + x * x_ : nullptr;
        for (int i = 0; i < columns; ++i)
          if (!valid || valid[i]) keys[n++] = order_key(row[i]);
      }
      out.row<T>(c, y)[x] = n > 0 ? from_order_key<T>(most_frequent(keys, n)) : T{};
      if (info_.has_validity()) out.validity_row(c, y)[x] = n > 0 ? 255 : 0;
    }
  }
};

// --- large boxes of bytes: counted ---------------------------------------------------------------

// Tables of counts lie side by side in an image of i32: column kValues * k + v of row j holds how
// many samples of cell (k, j) have the value v (i8: v - 128). A box has at most 2^30 pixels.
constexpr std::int64_t kValues = 256;
// A table is as large as many cells' sums: few of them become one, and tiles have few of them.
constexpr std::int64_t kTablesOfOne = 8;

/// Cells whose tables have columns in `r`.
Rect cells_of(const Rect& r) {
  const std::int64_t first = r.x / kValues;
  return {first, r.y, ceil_div(r.right(), kValues) - first, r.height};
}

/// What makes tables for the cells of two axes. In any unit: a table may be cut.
class Tables : public Operation {
 public:
  Traits traits() const override {
    Traits traits;
    const Covered covered = finest_ ? kCoveredByFinest : Covered{kTablesOfOne, kTablesOfOne};
    traits.always_kept = true;
    traits.kept_width = kValues * std::min(kTablesOfOne, cells_over(columns_, covered.columns));
    traits.kept_height = std::min(kTablesOfOne, cells_over(rows_, covered.rows));
    traits.cost = 1 + columns_.ratio() * rows_.ratio() / (finest_ ? double{kValues} : 1.0);
    return traits;
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    const Rect cells = cells_of(out.rect);
    std::int32_t table[kValues];
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = cells.y; y < cells.bottom(); ++y)
        for (std::int64_t x = cells.x; x < cells.right(); ++x) {
          std::fill_n(table, kValues, 0);
          add(inputs[0], c, positions({x, y, 1, 1}), table);
          const std::int64_t begin = std::max(out.rect.x, x * kValues);
          const std::int64_t end = std::min(out.rect.right(), (x + 1) * kValues);
          std::copy(table + (begin - x * kValues), table + (end - x * kValues),
                    out.row<std::int32_t>(c, y - out.rect.y) + (begin - out.rect.x));
        }
  }

 protected:
  Tables(int channels, const CellAxis& columns, const CellAxis& rows, bool finest)
      : Operation(make_info(columns.count() * kValues, rows.count(), SampleType::i32, channels)),
        columns_(columns),
        rows_(rows),
        finest_(finest) {}

  /// What the cells are made of, in positions of the axes.
  Rect positions(const Rect& cells) const {
    const std::int64_t x = columns_.begin(cells.x), y = rows_.begin(cells.y);
    return {x, y, columns_.begin(cells.right()) - x, rows_.begin(cells.bottom()) - y};
  }
  /// Adds the counts of a cell to `table`.
  virtual void add(const TileView& in, int channel, const Rect& cell,
                   std::int32_t* table) const = 0;

 private:
  CellAxis columns_, rows_;
  bool finest_;
};

class CountsOfCells : public Tables {
 public:
  CountsOfCells(const ImageInfo& image, const CellAxis& columns, const CellAxis& rows)
      : Tables(image.channels(), columns, rows, true),
        flip_(image.type == SampleType::i8 ? 0x80 : 0),
        validity_(image.has_validity()) {}
  Rect needs(int, const Rect& out) const override { return positions(cells_of(out)); }

 private:
  void add(const TileView& in, int channel, const Rect& cell, std::int32_t* table) const override {
    for (std::int64_t y = cell.y - in.rect.y; y < cell.bottom() - in.rect.y; ++y) {
      const std::uint8_t* row = in.row<std::uint8_t>(channel, y) + (cell.x - in.rect.x);
      const std::uint8_t* valid =
          validity_ ? in.validity_row(channel, y) + (cell.x - in.rect.x) : nullptr;
      for (std::int64_t x = 0; x < cell.width; ++x)
        if (!valid || valid[x]) ++table[row[x] ^ flip_];
    }
  }
  int flip_;
  bool validity_;
};

class SumsOfTables : public Tables {
 public:
  SumsOfTables(const ImageInfo& tables, const CellAxis& columns, const CellAxis& rows)
      : Tables(tables.channels(), columns, rows, false) {}
  Rect needs(int, const Rect& out) const override {
    const Rect cells = positions(cells_of(out));
    return {cells.x * kValues, cells.y, cells.width * kValues, cells.height};
  }

 private:
  void add(const TileView& in, int channel, const Rect& cell, std::int32_t* table) const override {
    for (std::int64_t y = cell.y; y < cell.bottom(); ++y)
      for (std::int64_t x = cell.x; x < cell.right(); ++x) {
        const std::int32_t* from =
            in.row<std::int32_t>(channel, y - in.rect.y) + (x * kValues - in.rect.x);
        for (std::int64_t v = 0; v < kValues; ++v)
          table[v] += from[v];
      }
  }
};

/// From the tables of whole boxes to the value that has most, of equals the smallest.
class MostCounted : public BoxOperation {
 public:
  MostCounted(const ImageInfo& image, std::int64_t x, std::int64_t y) : BoxOperation(image, x, y) {}

  Traits traits() const override { return {.cost = double{kValues}}; }
  Rect needs(int, const Rect& out) const override {
    return {out.x * kValues, out.y, out.width * kValues, out.height};
  }

  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext&) const override {
    const int flip = info_.type == SampleType::i8 ? 0x80 : 0;
    for (std::int64_t y = 0; y < out.rect.height; ++y)
      for (std::int64_t x = 0; x < out.rect.width; ++x) {
        for (int c = 0; c < out.channels; ++c) {
          const std::int32_t* table = inputs[0].row<std::int32_t>(c, y) + x * kValues;
          const std::int32_t* best = std::max_element(table, table + kValues);
          const std::int32_t most = *best;
          // 0 where nothing was counted.
          const auto value = most > 0 ? static_cast<int>(best - table) ^ flip : 0;
          out.row<std::uint8_t>(c, y)[x] = static_cast<std::uint8_t>(value);
          if (info_.has_validity()) out.validity_row(c, y)[x] = most > 0 ? 255 : 0;
        }
      }
  }
};

Image counted(const Image& image, std::int64_t x, std::int64_t y) {
  const ImageInfo info = image.info();
  const CellLevels columns = shrink_cells(info.width, x, kTablesOfOne);
  const CellLevels rows = shrink_cells(info.height, y, kTablesOfOne);
  const auto level = [](const CellLevels& levels, std::size_t i, std::int64_t size) {
    return i < levels.size() ? levels[i] : CellAxis::single(size);
  };
  CellAxis across = level(columns, 0, info.width), down = level(rows, 0, info.height);
  Image tables =
      add_operation("shrink", image, std::make_shared<CountsOfCells>(info, across, down));
  for (std::size_t i = 1; i < std::max(columns.size(), rows.size()); ++i) {
    across = level(columns, i, across.count());
    down = level(rows, i, down.count());
    const ImageInfo from = tables.info();
    tables = add_operation("shrink", tables, std::make_shared<SumsOfTables>(from, across, down));
  }
  return add_operation("shrink", tables, std::make_shared<MostCounted>(info, x, y));
}

}  // namespace

Image most_frequent_of_boxes(const Image& image, std::int64_t x, std::int64_t y) {
  const ImageInfo& info = image.info();
  if (x * y <= kMostSortedPixels)
    return add_operation("shrink", image, std::make_shared<SortedBoxes>(info, x, y));
  if (size_of(info.type) > 1)
    throw refused(
        fmt::format("the most frequent of {} samples is found by sorting a box whole, which takes "
                    "{} bytes for {} x {} pixels; at most {} pixels are sorted. Use smaller boxes, "
                    "mode: nearest, or cast to u8, whose values are counted",
                    name_of(info.type), x * y * 8, x, y, kMostSortedPixels));
  if (info.width > kMaxDimension / kValues)
    throw refused(
        fmt::format("boxes of {} x {} pixels are counted in tables of 256 columns, which "
                    "an image of {} columns has no room for; use mode: nearest",
                    x, y, info.width));
  return counted(image, x, y);
}

}  // namespace sluice
