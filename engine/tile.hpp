// Pixels in memory: planar, for one rectangle.
#pragma once

#include <cstddef>
#include <cstdint>

#include "geometry.hpp"
#include "sample_type.hpp"

namespace sluice {

/// Bytes behind the last sample of a row that may be read, and in an output overwritten: a kernel
/// works in whole vectors of up to 64 bytes and has no scalar tail.
inline constexpr std::int64_t kRowSlack = 64;
inline constexpr std::int64_t kAlignment = 64;

/// A view of planar pixels: `channels` planes of rect.width x rect.height samples and, when
/// `validity` is not null, u8 planes (255 = the pixel has a value): one for all channels, or one a
/// channel.
///
/// Rules. Every row has kRowSlack readable bytes behind its last sample. A kernel may overwrite
/// that slack in an output, in any order of rows, and never writes above the first or below the
/// last row. What the slack holds never shows in a pixel (tests poison it). A fresh tile's rows are
/// 64-byte aligned; a view of a part of a tile (an input, or an output that the engine will extend
/// at the image's edge) need not be, so kernels load and store unaligned, which costs nothing on
/// data that is aligned. Input and output may be the same memory only where the operation says so.
struct TileView {
  Rect rect;
  SampleType type = SampleType::u8;
  int channels = 0;
  std::byte* data = nullptr;      ///< first sample of plane 0
  std::int64_t row_stride = 0;    ///< bytes from a row to the next
  std::int64_t plane_stride = 0;  ///< bytes from a plane to the next
  std::byte* validity = nullptr;  ///< first byte of the first validity plane, or null
  std::int64_t validity_stride = 0;
  std::int64_t validity_plane_stride = 0;  ///< 0: one plane for all channels

  /// Row `y` (0 = first row of the rectangle) of plane `c`.
  template <class T = std::byte>
  T* row(int c, std::int64_t y) const {
    return reinterpret_cast<T*>(data + c * plane_stride + y * row_stride);
  }
  /// Row `y` of the validity of channel `c`.
  std::uint8_t* validity_row(int c, std::int64_t y) const {
    return reinterpret_cast<std::uint8_t*>(validity + c * validity_plane_stride +
                                           y * validity_stride);
  }
  /// Row `y` of the first validity plane: of all channels where there is one plane.
  std::uint8_t* validity_row(std::int64_t y) const { return validity_row(0, y); }
  /// 0, 1 or as many as channels.
  int validity_planes() const { return !validity ? 0 : validity_plane_stride == 0 ? 1 : channels; }
  /// The part for `r`, which lies inside `rect`.
  TileView part(const Rect& r) const;
};

/// Where the rows and planes of a tile lie in one piece of memory.
struct TileLayout {
  std::int64_t row_stride = 0;
  std::int64_t plane_stride = 0;
  std::int64_t validity_stride = 0;
  std::int64_t validity_plane_stride = 0;
  std::int64_t validity_offset = 0;  ///< from the start; 0 when there is none
  std::int64_t bytes = 0;            ///< of everything, a multiple of kAlignment
};
TileLayout tile_layout(std::int64_t width, std::int64_t height, SampleType type, int channels,
                       int validity_planes);

/// `validity_planes` is 0, 1 or, one a channel, `channels`: ImageInfo::validity_planes().
/// The tile laid out by tile_layout at `memory` (64-byte aligned, `bytes` long).
TileView tile_at(std::byte* memory, const Rect& rect, SampleType type, int channels,
                 int validity_planes);

/// Copies the samples of `rect` (inside both) and the validity planes where `to` has them (set to
/// 255 when `from` has none). Types and channels are equal, and `to` has as many validity planes as
/// `from` or more.
void copy_pixels(const TileView& from, const TileView& to, const Rect& rect);

}  // namespace sluice
