// An output pixel taken from one input pixel, in the columns and rows that an operation names.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "engine/operation.hpp"
#include "ops/resample/nearest.kernels.hpp"

namespace sluice {

/// Traits of an operation that picks one pixel out of `columns` and `rows`. Where a unit would read
/// far more than it picks, tiles of few pixels are kept: of 1 x 1, only the blocks with a picked
/// pixel are decoded.
inline Traits picking_traits(const ImageInfo& out, double columns, double rows) {
  constexpr double kFar = 128, kReach = 1024;
  Traits traits;
  traits.cost = 2;
  if (columns <= kFar && rows <= kFar) return traits;
  const auto kept = [](std::int64_t size, double apart) {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(kReach / apart), 1, size);
  };
  traits.always_kept = true;
  traits.kept_width = kept(out.width, columns);
  traits.kept_height = kept(out.height, rows);
  return traits;
}

/// Output pixel (x, y) is input pixel (column(x), row(y)); both rise with their argument.
template <class Column, class Row>
struct Pick {
  Column column;
  Row row;

  Rect needs(const Rect& out) const {
    const std::int64_t x = column(out.x), y = row(out.y);
    return {x, y, column(out.right() - 1) + 1 - x, row(out.bottom() - 1) + 1 - y};
  }
  static std::int64_t scratch(std::int64_t width) { return round_up(width * 4, kAlignment); }

  void compute(const TileView& in, const TileView& out, const ComputeContext& context) const {
    const NearestKernels& kernels = nearest_kernels_for(context.isa);
    const auto pick = kernels.pick[std::countr_zero(size_of(in.type))];
    auto* index = reinterpret_cast<std::int32_t*>(context.scratch);
    for (std::int64_t x = 0; x < out.rect.width; ++x)
      index[x] = static_cast<std::int32_t>(column(out.rect.x + x) - in.rect.x);
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      const std::int64_t from = row(out.rect.y + y) - in.rect.y;
      for (int c = 0; c < out.channels; ++c)
        pick(in.row(c, from), index, out.row(c, y), out.rect.width);
      for (int plane = 0; plane < out.validity_planes(); ++plane)
        kernels.pick[0](in.validity_row(plane, from), index, out.validity_row(plane, y),
                        out.rect.width);
    }
  }
};

}  // namespace sluice
