#include "codecs/tiff/encode_rows.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "codecs/interleave.hpp"

namespace sluice::tiff {
namespace {

/// Repeats the `size` bytes before `to` over `bytes` bytes, a multiple of `size`.
void repeat_before(std::byte* to, std::int64_t size, std::int64_t bytes) {
  const std::byte* from = to - size;
  for (std::int64_t done = 0; done < bytes;) {
    const std::int64_t count = std::min(size + done, bytes - done);
    std::memcpy(to + done, from, static_cast<std::size_t>(count));
    done += count;
  }
}

/// Sets alpha to 0 where no band but `alpha_band` (-1: there is none) has a value.
template <class T>
void clear_alpha(const TileView& pixels, std::int64_t y, int alpha_band, T* alpha) {
  const int planes = pixels.validity_planes();
  for (std::int64_t x = 0; x < pixels.rect.width; ++x) {
    bool any = false;
    for (int c = 0; c < planes; ++c)
      any = any || ((planes == 1 || c != alpha_band) && pixels.validity_row(c, y)[x] != 0);
    if (!any) alpha[x] = T{0};
  }
}

/// The samples of one channel of a row of interleaved pixels.
template <class T>
void fill_row(const std::uint8_t* valid, T* sample, std::int64_t width, int channels, T fill) {
  for (std::int64_t x = 0; x < width; ++x, sample += channels)
    if (!valid[x]) *sample = fill;
}

}  // namespace

std::int64_t RowGatherer::scratch_bytes(const WritePlan& plan) {
  const bool alpha =
      plan.invalid == InvalidPixels::add_alpha || plan.invalid == InvalidPixels::clear_alpha;
  if (!alpha) return 0;
  return tile_layout(plan.grid.block_width, 1, plan.info.type, plan.info.channels(), false).bytes;
}

void RowGatherer::gather(std::int64_t y, std::int64_t count, std::byte* to) const {
  const std::int64_t row_bytes = plan_.row_bytes(), pixel_bytes = plan_.pixel_bytes();
  const std::int64_t width = pixels_.rect.width;
  const bool replace = plan_.invalid != InvalidPixels::none && pixels_.validity != nullptr;
  const bool alpha = plan_.invalid == InvalidPixels::add_alpha ||
                     (replace && plan_.invalid == InvalidPixels::clear_alpha);
  if (!alpha) {
    interleave(pixels_.part({pixels_.rect.x, pixels_.rect.y + y, width, count}), to, row_bytes,
               isa_);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::byte* row = to + i * row_bytes;
    if (alpha)
      with_alpha(y + i, row);
    else if (replace)
      fill_invalid(y + i, row);
    const std::int64_t written = width * pixel_bytes;
    if (written < row_bytes) repeat_before(row + written, pixel_bytes, row_bytes - written);
  }
}

void RowGatherer::with_alpha(std::int64_t y, std::byte* to) const {
  const Rect rect{0, 0, pixels_.rect.width, 1};
  const int channels = plan_.info.channels();
  const TileView row = tile_at(scratch_, rect, plan_.info.type, channels, false);
  const auto bytes = static_cast<std::size_t>(rect.width) * size_of(plan_.info.type);
  for (int c = 0; c < pixels_.channels; ++c)
    std::memcpy(row.row(c, 0), pixels_.row(c, y), bytes);
  with_type(plan_.info.type, [&]<class T>() {
    const bool added = plan_.invalid == InvalidPixels::add_alpha;
    const int band = added ? channels - 1 : plan_.info.alpha_band();
    T* const alpha = row.row<T>(band, 0);
    if (added) std::fill_n(alpha, rect.width, std::numeric_limits<T>::max());
    if (pixels_.validity) clear_alpha(pixels_, y, added ? -1 : band, alpha);
  });
  interleave(row, to, plan_.row_bytes(), isa_);
}

void RowGatherer::fill_invalid(std::int64_t y, std::byte* row) const {
  const std::int64_t width = pixels_.rect.width;
  const int channels = plan_.info.channels();
  for (int c = 0; c < channels; ++c) {
    const std::uint8_t* valid = pixels_.validity_row(c, y);
    if (!std::memchr(valid, 0, static_cast<std::size_t>(width))) continue;
    with_type(plan_.info.type, [&]<class T>() {
      fill_row<T>(valid, reinterpret_cast<T*>(row) + c, width, channels,
                  plan_.nodata->as<T>().value_or(T{}));
    });
  }
}

}  // namespace sluice::tiff
