// What is alive at once, counted by axes, against a walk over all units.
#include <fmt/format.h>

#include <deque>
#include <map>

#include "engine/planner/occupancy.hpp"
#include "engine/runtime/use_ledger.hpp"
#include "support/box.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// A graph with its shape, for stages with a sink in memory.
struct Shaped {
  std::shared_ptr<Graph> graph = Graph::make();
  std::vector<Image> targets;
  std::shared_ptr<const PassShape> shape;

  void finish(const std::vector<KeptNode>& kept = {}) {
    std::vector<Goal> goals;
    for (const Image& image : targets) {
      add_sink("sink", image, std::make_shared<PictureSink>(image.info(), 64, 48, true));
      const auto id = static_cast<NodeId>(graph->nodes().size()) - 1;
      goals.push_back({image.node(), id, graph->node(id).sink});
    }
    auto operations = std::make_shared<Operations>();
    for (const Node& node : graph->nodes())
      operations->push_back(node.operation);
    shape = shape_of({*graph, {}, operations, {}, 0, 0, 0}, goals, kept);
  }
};

UnitGrid sink_grid(const ImageInfo& info, std::int64_t unit_width, std::int64_t unit_height) {
  UnitGrid grid;
  grid.width = info.width, grid.height = info.height;
  grid.unit_width = unit_width, grid.unit_height = unit_height;
  grid.cell_width = round_up(std::max<std::int64_t>(unit_width, 64), 64);
  grid.cell_height = round_up(std::max<std::int64_t>(unit_height, 48), 48);
  return grid;
}

// Blocks of each supply alive at once, found the slow way.
std::vector<std::int64_t> walk(const PassShape& shape, const PassUnits& units,
                               const PassOrder& order, std::int64_t credits) {
  const UseLedger ledger(shape, units, order);
  std::map<BlockRef, std::int64_t> left;
  std::vector<std::int64_t> alive(shape.supplies.size(), 0), most(shape.supplies.size(), 0);
  std::vector<std::int64_t> rows_to(shape.supplies.size(), 0);
  std::deque<std::vector<BlockRef>> in_flight;
  const auto begin = [&](const BlockRef& ref) {
    const auto s = static_cast<std::size_t>(ref.supply);
    if (!left.try_emplace(ref, ledger.uses(ref)).second) return;
    most[s] = std::max(most[s], ++alive[s]);
  };
  UnitWalk walk(order);
  for (std::int64_t n = 0; n < order.total(); ++n) {
    if (static_cast<std::int64_t>(in_flight.size()) == credits) {
      for (const BlockRef& ref : in_flight.front())
        if (--left[ref] == 0) --alive[static_cast<std::size_t>(ref.supply)];
      in_flight.pop_front();
    }
    const UnitRef unit = walk.next();
    const UnitSequence::Place place = order.sequence(unit.stage).at(unit.unit);
    std::vector<BlockRef>& blocks = in_flight.emplace_back();
    ledger.blocks_of(unit.stage, place, blocks);
    for (const BlockRef& ref : blocks) {
      const auto s = static_cast<std::size_t>(ref.supply);
      // Kept tiles have been computed by units before.
      if (shape.supplies[s].kept()) CHECK(left.contains(ref));
      if (shape.supplies[s].in_order())
        for (; rows_to[s] < ref.block; ++rows_to[s])
          if (ledger.uses({ref.supply, rows_to[s]}) > 0) begin({ref.supply, rows_to[s]});
      begin(ref);
    }
    if (shape.is_goal(unit.stage)) continue;
    const int made = shape.made_by(unit.stage);
    const BlockRef tile{
        made, place.y * shape.supplies[static_cast<std::size_t>(made)].grid.columns() + place.x};
    if (ledger.uses(tile) > 0) begin(tile);
  }
  return most;
}

void compare(const Shaped& shaped, std::int64_t unit_width, std::int64_t unit_height,
             const Route& route, bool exact) {
  std::vector<UnitGrid> grids;
  for (const Image& image : shaped.targets)
    grids.push_back(sink_grid(image.info(), unit_width, unit_height));
  const PassUnits units = units_of(*shaped.shape, grids);
  constexpr int kCredits[] = {1, 2, 5, 16};
  std::vector<Alive> all_counted;
  if (route.parts() > 1) {
    all_counted = PartsOccupancy(*shaped.shape, units, route).most_alive(kCredits);
  } else {
    const PassOrder order(*shaped.shape, units, route, 0);
    all_counted = Occupancy(*shaped.shape, units, order).most_alive(kCredits);
  }
  for (std::size_t c = 0; c < std::size(kCredits); ++c) {
    const int credits = kCredits[c];
    const Alive& counted = all_counted[c];
    Alive walked(shaped.shape->supplies.size(), 0);
    for (std::int64_t part = 0; part < route.parts(); ++part) {
      const PassOrder order(*shaped.shape, units, route, part);
      const Alive of_part = walk(*shaped.shape, units, order, credits);
      for (std::size_t i = 0; i < walked.size(); ++i)
        walked[i] = std::max(walked[i], of_part[i]);
    }
    for (std::size_t i = 0; i < walked.size(); ++i) {
      INFO(fmt::format("units {} x {}, travel {}, {} parts, {} credits, supply {}", unit_width,
                       unit_height, static_cast<int>(route.travel), route.parts(), credits, i));
      CHECK(counted[i] >= walked[i]);
      if (exact && route.parts() == 1) CHECK(counted[i] <= walked[i] + 1);
      // A bound that is everything would be no use.
      if (route.parts() == 1 && credits < 16) CHECK(counted[i] <= 2 * walked[i] + 80);
    }
  }
}

const Route kRoutes[] = {{Travel::blocks},
                         {Travel::rows},
                         {Travel::columns, 1, 1, 128},
                         {Travel::bands, 3, 4},
                         {Travel::bands, 1, 5}};
constexpr std::int64_t kUnits[][2] = {{16, 16}, {64, 48}, {40, 24}, {128, 96}, {8, 48}};

Image read(Shaped& to, std::int64_t width, std::int64_t height, std::int64_t block_width,
           std::int64_t block_height) {
  return add_source(to.graph, picture_source(Picture(make_info(width, height, SampleType::u32, 1)),
                                             block_width, block_height));
}

}  // namespace

TEST_CASE("blocks alive of one user are counted exactly, in every travel") {
  Shaped shaped;
  const bool turned = GENERATE(false, true);
  const Image boxed =
      box(read(shaped, 533, 401, GENERATE(16, 50, 533), GENERATE(16, 24)), 5, Edge::mirror);
  shaped.targets = {turned ? turn(boxed) : boxed};
  shaped.finish();
  for (const auto& unit : kUnits)
    for (const Route& route : kRoutes)
      compare(shaped, unit[0], unit[1], route, true);
}

TEST_CASE("rows of an in-order source wait for their users") {
  Shaped shaped;
  const Picture picture(make_info(257, 301, SampleType::u32, 1));
  const Image in = add_source(shaped.graph, std::make_shared<InOrderPicture>(picture, 16));
  shaped.targets = {GENERATE(false, true) ? turn(box(in, 3, Edge::replicate))
                                          : box(in, 3, Edge::replicate)};
  shaped.finish();
  for (const auto& unit : kUnits)
    for (const Route& route : {kRoutes[0], kRoutes[1]})
      compare(shaped, unit[0], unit[1], route, true);
}

TEST_CASE("kept tiles come before their users, and are counted with them") {
  Shaped shaped;
  const Image wide = box(read(shaped, 533, 401, 32, 24), 9, Edge::replicate);
  const bool turned = GENERATE(false, true);
  const Image above = box(wide, GENERATE(0, 4), Edge::replicate);
  shaped.targets = {turned ? turn(above) : above};
  shaped.finish({{wide.node(), GENERATE(32, 100), GENERATE(16, 70), ""}});
  for (const auto& unit : kUnits)
    for (const Route& route : kRoutes)
      compare(shaped, unit[0], unit[1], route, false);
}

TEST_CASE("tiles that sum up much advance with the others, and are counted with them") {
  Shaped shaped;
  const Image in = read(shaped, 533, 401, 32, 24);
  const Image sums = add_operation("sums", in, std::make_shared<CellSums>(in.info(), 8));
  const Image again = add_operation("sums", sums, std::make_shared<CellSums>(sums.info(), 3));
  shaped.targets = {box(again, 2, Edge::replicate)};
  if (GENERATE(false, true)) shaped.targets.push_back(box(in, 1, Edge::replicate));
  shaped.finish({{sums.node(), 8, GENERATE(4, 8), ""}, {again.node(), 4, 4, ""}});
  for (const auto& unit : kUnits)
    for (const Route& route : kRoutes)
      compare(shaped, unit[0], unit[1], route, false);
}

TEST_CASE("what several stages share is bounded") {
  Shaped shaped;
  const Image in = read(shaped, 533, 401, 32, 24);
  const Image wide = box(in, 6, Edge::replicate);
  shaped.targets = {box(wide, 2, Edge::replicate), in, box(in, 1, Edge::mirror)};
  std::vector<KeptNode> kept;
  if (GENERATE(false, true)) kept.push_back({wide.node(), 64, 40, ""});
  shaped.finish(kept);
  for (const auto& unit : kUnits)
    for (const Route& route : kRoutes)
      compare(shaped, unit[0], unit[1], route, false);
}

TEST_CASE("areas of corners") {
  CHECK(area_of_union({{3, 4}, {5, 2}, {1, 9}}) == 3 * 4 + 2 * 2 + 1 * 5);
  CHECK(area_of_union({}) == 0);
  CHECK(area_of_intersection({{{3, 4}, {5, 2}}, {{4, 3}}}) == 4 * 2 + 3 * 1);
  CHECK(area_of_intersection({{{3, 4}}, {}}) == 0);
}
