#include "engine/tile.hpp"

#include <cstring>

namespace sluice {

TileView TileView::part(const Rect& r) const {
  TileView view = *this;
  view.rect = r;
  view.data +=
      (r.y - rect.y) * row_stride + (r.x - rect.x) * static_cast<std::int64_t>(size_of(type));
  if (validity) view.validity += (r.y - rect.y) * validity_stride + (r.x - rect.x);
  return view;
}

namespace {

// A row and its slack, on whole cache lines; an odd number of them, so that the rows of one column
// do not all fall into the same few sets of the cache.
std::int64_t padded_row(std::int64_t bytes) {
  const std::int64_t lines = ceil_div(bytes + kRowSlack, kAlignment);
  return (lines | 1) * kAlignment;
}

}  // namespace

TileLayout tile_layout(std::int64_t width, std::int64_t height, SampleType type, int channels,
                       int validity_planes) {
  TileLayout layout;
  layout.row_stride = padded_row(width * static_cast<std::int64_t>(size_of(type)));
  layout.plane_stride = layout.row_stride * height;
  layout.bytes = layout.plane_stride * channels;
  if (validity_planes > 0) {
    layout.validity_stride = padded_row(width);
    const std::int64_t plane = layout.validity_stride * height;
    if (validity_planes > 1) layout.validity_plane_stride = plane;
    layout.validity_offset = layout.bytes;
    layout.bytes += plane * validity_planes;
  }
  return layout;
}

TileView tile_at(std::byte* memory, const Rect& rect, SampleType type, int channels,
                 int validity_planes) {
  const TileLayout layout = tile_layout(rect.width, rect.height, type, channels, validity_planes);
  TileView view{rect, type, channels, memory, layout.row_stride, layout.plane_stride, nullptr, 0};
  if (validity_planes > 0) {
    view.validity = memory + layout.validity_offset;
    view.validity_stride = layout.validity_stride;
    view.validity_plane_stride = layout.validity_plane_stride;
  }
  return view;
}

void copy_pixels(const TileView& from, const TileView& to, const Rect& rect) {
  if (rect.empty()) return;
  const TileView source = from.part(rect), target = to.part(rect);
  const std::size_t bytes = static_cast<std::size_t>(rect.width) * size_of(to.type);
  for (int c = 0; c < to.channels; ++c)
    for (std::int64_t y = 0; y < rect.height; ++y)
      std::memcpy(target.row(c, y), source.row(c, y), bytes);
  const auto width = static_cast<std::size_t>(rect.width);
  for (int plane = 0; plane < target.validity_planes(); ++plane)
    for (std::int64_t y = 0; y < rect.height; ++y) {
      if (source.validity)
        std::memcpy(target.validity_row(plane, y), source.validity_row(plane, y), width);
      else
        std::memset(target.validity_row(plane, y), 255, width);
    }
}

}  // namespace sluice
