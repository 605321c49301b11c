// The order of units, by itself.
#include <set>

#include "engine/planner/unit_grid.hpp"
#include "engine/planner/unit_sequence.hpp"
#include "support/catch.hpp"

using namespace sluice;

namespace {

UnitGrid grid_of(std::int64_t width, std::int64_t height, std::int64_t unit_width,
                 std::int64_t unit_height, std::int64_t cell_width, std::int64_t cell_height) {
  UnitGrid grid;
  grid.width = width, grid.height = height;
  grid.unit_width = unit_width, grid.unit_height = unit_height;
  grid.cell_width = cell_width, grid.cell_height = cell_height;
  return grid;
}

}  // namespace

TEST_CASE("units tile the image, cells hold whole units, and a cell ends with its last unit") {
  const UnitGrid grid = grid_of(533, 401, 24, 40, 64, 100);
  std::int64_t area = 0;
  std::set<std::int64_t> ended;
  for (std::int64_t j = 0; j < grid.unit_rows(); ++j)
    for (std::int64_t i = 0; i < grid.unit_columns(); ++i) {
      const Rect r = grid.unit_rect(i, j);
      area += r.width * r.height;
      CHECK(grid.cell_rect(grid.cell_of(i, j)).contains(r));
      if (grid.ends_cell(i, j)) CHECK(ended.insert(grid.cell_of(i, j)).second);
    }
  CHECK(area == 533 * 401);
  CHECK(static_cast<std::int64_t>(ended.size()) == grid.cells());
}

TEST_CASE("every sequence visits each unit once, and rightward and downward ones later") {
  const UnitGrid grid = grid_of(533, 401, 24, 40, 64, 100);
  UnitSequence::Order order;
  order.across = GENERATE(false, true);
  order.turned = GENERATE(false, true);
  const int cut = GENERATE(0, 1, 2);
  const Rect units = cut == 2 ? Rect{3, 3, 9, 6} : grid.all();
  const Rect along = order.turned ? Rect{units.y, units.x, units.height, units.width} : units;
  if (cut == 1) {
    order.bands = {along.x, along.x + 3, along.x + 6};
    order.lines = {along.y, along.y + 2, along.y + 3};
  }
  const UnitSequence sequence(grid, units, order);
  REQUIRE(sequence.count() == units.width * units.height);
  std::vector<std::int64_t> index(static_cast<std::size_t>(sequence.count()), -1);
  const auto at = [&](UnitSequence::Place p) -> std::int64_t& {
    return index[static_cast<std::size_t>((p.y - along.y) * along.width + p.x - along.x)];
  };
  const std::int64_t from = GENERATE(0, 11);
  UnitSequence::Cursor cursor(sequence, from);
  for (std::int64_t n = 0; n < sequence.count(); ++n) {
    const UnitSequence::Place place = sequence.place(n);
    if (n >= from) {
      CHECK(cursor.place().x == place.x);
      CHECK(cursor.place().y == place.y);
      cursor.next();
    }
    REQUIRE(along.contains({place.x, place.y, 1, 1}));
    CHECK(at(place) == -1);
    at(place) = n;
    CHECK(sequence.index_of(place) == n);
    const UnitSequence::Place in_grid = sequence.at(n);
    CHECK(units.contains({in_grid.x, in_grid.y, 1, 1}));
    // The rectangles before it hold what has come, each with all left of and above its end.
    std::int64_t held = 0;
    sequence.for_each_before(n, [&](const Rect& r) {
      held += r.width * r.height;
      CHECK(at({r.right() - 1, r.bottom() - 1}) >= 0);
      CHECK(at({along.x, r.bottom() - 1}) >= 0);
      CHECK(at({r.right() - 1, along.y}) >= 0);
    });
    CHECK(held == n);
  }
  for (std::int64_t y = along.y; y < along.bottom(); ++y)
    for (std::int64_t x = along.x; x < along.right(); ++x) {
      if (x > along.x) CHECK(at({x, y}) > at({x - 1, y}));
      if (y > along.y) CHECK(at({x, y}) > at({x, y - 1}));
    }
}
