#include "engine/planner/unit_sequence.hpp"

#include <utility>

namespace sluice {

namespace {

// The piece between two starts, of which the last ends at `end`, that holds `at`.
Interval piece_of(const std::vector<std::int64_t>& starts, std::int64_t end, std::int64_t at) {
  const auto next = std::upper_bound(starts.begin(), starts.end(), at);
  return {*(next - 1), next == starts.end() ? end : *next};
}

}  // namespace

UnitSequence::UnitSequence(const UnitGrid& grid, const Rect& units, Order order)
    : area_(units),
      cell_width_(grid.cell_unit_columns()),
      cell_height_(grid.cell_unit_rows()),
      order_(std::move(order)) {
  if (!turned()) return;
  area_ = {units.y, units.x, units.height, units.width};
  std::swap(cell_width_, cell_height_);
}

Interval UnitSequence::band_of(std::int64_t x) const {
  if (order_.bands.empty()) return {area_.x, area_.right()};
  return piece_of(order_.bands, area_.right(), x);
}

Interval UnitSequence::band(std::int64_t b) const {
  if (order_.bands.empty()) return {area_.x, area_.right()};
  const auto i = static_cast<std::size_t>(b);
  return {order_.bands[i], i + 1 < order_.bands.size() ? order_.bands[i + 1] : area_.right()};
}

Interval UnitSequence::line_of(std::int64_t y) const {
  if (!order_.lines.empty()) return piece_of(order_.lines, area_.bottom(), y);
  const std::int64_t begin = area_.y + (y - area_.y) / cell_height_ * cell_height_;
  return {begin, std::min(begin + cell_height_, area_.bottom())};
}

UnitSequence::Split UnitSequence::split(std::int64_t index) const {
  Split s;
  const Interval band = band_of(area_.x + index / area_.height);
  s.band = {band.begin, area_.y, band.size(), area_.height};
  index -= (band.begin - area_.x) * area_.height;
  const Interval line = line_of(area_.y + index / s.band.width);
  index -= (line.begin - area_.y) * s.band.width;
  s.cell = {s.band.x, line.begin, s.band.width, line.size()};
  if (!order_.across) {
    const std::int64_t left = index / (cell_width_ * line.size()) * cell_width_;
    index -= left * line.size();
    s.cell.x += left;
    s.cell.width = std::min(cell_width_, s.band.width - left);
  }
  s.row = index / s.cell.width;
  s.column = index % s.cell.width;
  return s;
}

Rect UnitSequence::first_cell(const Rect& band, std::int64_t y) const {
  return {band.x, y, order_.across ? band.width : std::min(cell_width_, band.width),
          line_of(y).size()};
}

void UnitSequence::Cursor::next_cell() {
  Rect& cell = at_.cell;
  cell.x += cell.width;
  if (cell.x < at_.band.right()) {
    cell.width = std::min(sequence_.cell_width_, at_.band.right() - cell.x);
    return;
  }
  const Rect& area = sequence_.area();
  std::int64_t y = cell.bottom();
  if (y >= area.bottom()) {
    if (at_.band.right() >= area.right()) return;
    const Interval band = sequence_.band_of(at_.band.right());
    at_.band = {band.begin, area.y, band.size(), area.height};
    y = area.y;
  }
  cell = sequence_.first_cell(at_.band, y);
}

std::int64_t UnitSequence::index_of(Place place) const {
  const Interval band = band_of(place.x), line = line_of(place.y);
  std::int64_t index = (band.begin - area_.x) * area_.height + (line.begin - area_.y) * band.size();
  std::int64_t x = place.x - band.begin, width = band.size();
  if (!order_.across) {
    const std::int64_t left = x / cell_width_ * cell_width_;
    index += left * line.size();
    width = std::min(cell_width_, band.size() - left);
    x -= left;
  }
  return index + (place.y - line.begin) * width + x;
}

}  // namespace sluice
