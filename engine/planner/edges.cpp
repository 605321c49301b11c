#include "engine/planner/edges.hpp"

#include <cmath>
#include <cstring>

namespace sluice {

namespace {

void add_piece(EdgeAxis& axis, const EdgePiece& piece) {
  axis.pieces[static_cast<std::size_t>(axis.count++)] = piece;
}

std::int64_t floor_mod(std::int64_t a, std::int64_t b) {
  return a - floor_div(a, b) * b;
}

// The coordinate inside the image whose pixel stands at `c`.
std::int64_t coordinate_inside(std::int64_t c, std::int64_t size, Edge edge) {
  if (edge == Edge::wrap) return floor_mod(c, size);
  const std::int64_t m = floor_mod(c, 2 * size);
  return m < size ? m : 2 * size - 1 - m;
}

// Wrap and mirror: whether the part of `need` inside the image is all that is needed of it.
bool folds(Interval need, std::int64_t size, Edge edge) {
  if (need.begin <= 0 && need.end >= size) return true;
  if (edge != Edge::mirror || need.begin >= size || need.end <= 0) return false;
  // Outside on one side only: as many pixels from the edge on.
  return need.begin < 0 ? -need.begin <= need.end : need.end - size <= size - need.begin;
}

// Wrap and mirror: runs of coordinates up to one period, each going up or (mirror) down.
void add_periodic(EdgeAxis& axis, std::int64_t size, bool mirror) {
  axis.period = mirror ? 2 * size : size;
  const std::int64_t end = std::min(axis.need.end, axis.need.begin + axis.period);
  for (std::int64_t at = axis.need.begin; at < end;) {
    const std::int64_t cell = floor_div(at, size), inside = at - cell * size;
    const std::int64_t length = std::min(size - inside, end - at);
    const bool reversed = mirror && cell % 2 != 0;
    add_piece(axis, {at, reversed ? size - inside - length : inside, length, reversed});
    at += length;
  }
}

template <class T>
void fill_row(T* row, std::int64_t begin, std::int64_t end, T value) {
  std::fill(row + begin, row + end, value);
}

// Where the value of tile index `i` (counted from need.begin) stands once the pieces are there; -1
// for the constant.
std::int64_t origin(const EdgeAxis& axis, std::int64_t i, Edge edge) {
  const std::int64_t first = axis.count > 0 ? axis.pieces[0].at - axis.need.begin : 0;
  if (edge == Edge::wrap || edge == Edge::mirror)
    return axis.folded ? coordinate_inside(axis.need.begin + i, axis.size, edge) - axis.need.begin
                       : i % axis.period;
  std::int64_t last = first;
  for (int k = 0; k < axis.count; ++k) {
    const EdgePiece& p = axis.pieces[static_cast<std::size_t>(k)];
    last = p.at - axis.need.begin + p.length - 1;
  }
  if (i >= first && i <= last && axis.count > 0) return i;
  if (edge == Edge::constant) return -1;
  return std::clamp(i, first, last);
}

template <class T>
void fill_columns(T* row, std::int64_t begin, std::int64_t end, const EdgeAxis& axis, Edge edge,
                  T value) {
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t from = origin(axis, i, edge);
    if (from != i) row[i] = from < 0 ? value : row[from];
  }
}

// The parts of [0, n) that are not filled by pieces, left and right: loops over them alone keep
// the cost of an edge proportional to the edge.
template <class T>
void fill_sides(T* row, const EdgeAxis& axis, Edge edge, T value) {
  const bool periodic = edge == Edge::wrap || edge == Edge::mirror;
  const std::int64_t n = axis.need.size();
  if ((periodic && !axis.folded) || axis.count == 0)
    return fill_columns(row, 0, n, axis, edge, value);
  const std::int64_t first = axis.pieces[0].at - axis.need.begin;
  const std::int64_t end = first + axis.pieces[0].length;
  if (periodic) {
    fill_columns(row, 0, first, axis, edge, value);
    return fill_columns(row, end, n, axis, edge, value);
  }
  fill_row(row, std::int64_t{0}, first, edge == Edge::constant ? value : row[first]);
  fill_row(row, end, n, edge == Edge::constant ? value : row[end - 1]);
}

template <class T>
void fill_plane(std::byte* data, std::int64_t stride, const EdgeAxis& columns, const EdgeAxis& rows,
                Edge edge, T value) {
  const auto row = [&](std::int64_t y) { return reinterpret_cast<T*>(data + y * stride); };
  const std::int64_t height = rows.need.size(), width = columns.need.size();
  for (int k = 0; k < rows.count; ++k) {
    const EdgePiece& piece = rows.pieces[static_cast<std::size_t>(k)];
    for (std::int64_t y = piece.at; y < piece.at + piece.length; ++y)
      fill_sides(row(y - rows.need.begin), columns, edge, value);
  }
  for (std::int64_t y = 0; y < height; ++y) {
    const std::int64_t from = origin(rows, y, edge);
    if (from == y) continue;
    if (from < 0)
      fill_row(row(y), std::int64_t{0}, width, value);
    else
      std::memcpy(row(y), row(from), static_cast<std::size_t>(width) * sizeof(T));
  }
}

template <class F>
void for_each_plane(const TileView& tile, F&& f) {
  for (int c = 0; c < tile.channels; ++c)
    f(tile.row(c, 0), tile.row_stride, size_of(tile.type));
  for (int plane = 0; plane < tile.validity_planes(); ++plane)
    f(reinterpret_cast<std::byte*>(tile.validity_row(plane, 0)), tile.validity_stride,
      std::size_t{1});
}

template <class T>
T constant_as(double value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    const auto [low, high] = std::pair(static_cast<double>(std::numeric_limits<T>::min()),
                                       static_cast<double>(std::numeric_limits<T>::max()));
    if (!(value > low)) return std::numeric_limits<T>::min();
    if (value >= high) return std::numeric_limits<T>::max();
    return static_cast<T>(std::nearbyint(value));
  }
}

}  // namespace

EdgeAxis edge_axis(Interval need, std::int64_t size, Edge edge) {
  EdgeAxis axis;
  axis.need = need;
  axis.size = size;
  if (need.begin >= 0 && need.end <= size) {
    add_piece(axis, {need.begin, need.begin, need.size(), false});
    axis.period = need.size();
    return axis;
  }
  const bool periodic = edge == Edge::wrap || edge == Edge::mirror;
  axis.folded = periodic && folds(need, size, edge);
  if (periodic && !axis.folded) {
    add_periodic(axis, size, edge == Edge::mirror);
    return axis;
  }
  const std::int64_t begin = std::max<std::int64_t>(need.begin, 0), end = std::min(need.end, size);
  if (begin < end) {
    add_piece(axis, {begin, begin, end - begin, false});
  } else if (edge == Edge::replicate) {
    // Wholly outside: the edge pixel alone, put at the end of the need that is nearest to it.
    if (need.end <= 0)
      add_piece(axis, {need.end - 1, 0, 1, false});
    else
      add_piece(axis, {need.begin, size - 1, 1, false});
  }
  return axis;
}

void reverse_columns(const TileView& tile) {
  for_each_plane(tile, [&](std::byte* data, std::int64_t stride, std::size_t bytes) {
    for (std::int64_t y = 0; y < tile.rect.height; ++y) {
      std::byte* left = data + y * stride;
      std::byte* right = left + (tile.rect.width - 1) * static_cast<std::int64_t>(bytes);
      for (; left < right; left += bytes, right -= bytes)
        std::swap_ranges(left, left + bytes, right);
    }
  });
}

void reverse_rows(const TileView& tile) {
  for_each_plane(tile, [&](std::byte* data, std::int64_t stride, std::size_t bytes) {
    const std::size_t row = static_cast<std::size_t>(tile.rect.width) * bytes;
    for (std::int64_t top = 0, low = tile.rect.height - 1; top < low; ++top, --low)
      std::swap_ranges(data + top * stride, data + top * stride + row, data + low * stride);
  });
}

void fill_edges(const TileView& tile, const EdgeAxis& columns, const EdgeAxis& rows, Edge edge,
                double value) {
  with_type(tile.type, [&]<class T>() {
    for (int c = 0; c < tile.channels; ++c)
      fill_plane<T>(tile.row(c, 0), tile.row_stride, columns, rows, edge, constant_as<T>(value));
  });
  for (int plane = 0; plane < tile.validity_planes(); ++plane)
    fill_plane<std::uint8_t>(reinterpret_cast<std::byte*>(tile.validity_row(plane, 0)),
                             tile.validity_stride, columns, rows, edge, 255);
}

}  // namespace sluice
