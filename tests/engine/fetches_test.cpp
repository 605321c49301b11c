// What units fetch and how often blocks are used, by axes, against a walk over pixels; edges by
// themselves.
#include <map>

#include "engine/planner/edges.hpp"
#include "engine/runtime/use_ledger.hpp"
#include "reference/edge.hpp"
#include "support/box.hpp"
#include "support/catch.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("an edge's pieces and copies give each coordinate the pixel that stands there") {
  const Edge edge = GENERATE(Edge::replicate, Edge::mirror, Edge::wrap, Edge::constant);
  for (const std::int64_t size : {1, 2, 5})
    for (std::int64_t begin = -13; begin < 9; ++begin)
      for (std::int64_t end = begin + 1; end < 16; ++end) {
        const EdgeAxis axis = edge_axis({begin, end}, size, edge);
        // Columns of a tile of one row, filled as the runtime does it.
        std::vector<std::byte> memory(
            static_cast<std::size_t>(tile_layout(end - begin, 1, SampleType::u8, 1, false).bytes));
        const TileView tile =
            tile_at(memory.data(), {begin, 0, end - begin, 1}, SampleType::u8, 1, false);
        for (int i = 0; i < axis.count; ++i) {
          const EdgePiece& piece = axis.pieces[static_cast<std::size_t>(i)];
          CHECK(piece.source >= 0);
          CHECK(piece.source + piece.length <= size);
          for (std::int64_t k = 0; k < piece.length; ++k)
            tile.row<std::uint8_t>(0, 0)[piece.at - begin + k] = static_cast<std::uint8_t>(
                10 + piece.source + (piece.reversed ? piece.length - 1 - k : k));
        }
        fill_edges(tile, axis, edge_axis({0, 1}, 1, edge), edge, 7);
        for (std::int64_t c = begin; c < end; ++c) {
          const auto plain = inside(c, size, edge);
          INFO("size " << size << ", [" << begin << ", " << end << ") at " << c);
          CHECK(static_cast<int>(tile.row<std::uint8_t>(0, 0)[c - begin]) ==
                (plain ? 10 + *plain : 7));
        }
      }
}

TEST_CASE("the ledger's uses are those of a walk over all units, in every part") {
  auto graph = Graph::make();
  const Picture picture(make_info(157, 133, SampleType::u32, 1));
  const Image in = add_source(graph, picture_source(picture, 24, 16));
  const Edge edge = GENERATE(Edge::replicate, Edge::mirror, Edge::wrap);
  const Image wide = box(in, 7, edge);
  const Image pair[] = {box(wide, 2, edge), in};
  const Image sum = add_operation("add", pair, std::make_shared<Added>(in.info()));
  const Image out = GENERATE(false, true) ? turn(sum) : sum;
  add_sink("sink", out, std::make_shared<PictureSink>(out.info(), 32, 40, true));
  auto operations = std::make_shared<Operations>();
  for (const Node& node : graph->nodes())
    operations->push_back(node.operation);
  const auto sink = static_cast<NodeId>(graph->nodes().size()) - 1;
  std::vector<KeptNode> kept;
  if (GENERATE(false, true)) kept.push_back({wide.node(), 40, 24, ""});
  const auto shape = shape_of({*graph, {}, operations, {}, 0, 0, 0},
                              {{out.node(), sink, graph->node(sink).sink}}, kept);
  UnitGrid grid;
  grid.width = out.info().width, grid.height = out.info().height;
  grid.unit_width = 16, grid.unit_height = 24, grid.cell_width = 32, grid.cell_height = 40;
  const PassUnits units = units_of(*shape, std::span(&grid, 1));
  const Route route = GENERATE(Route{}, Route{Travel::bands, 2, 3, 0});
  for (std::int64_t part = 0; part < route.parts(); ++part) {
    const PassOrder order(*shape, units, route, part);
    const UseLedger ledger(*shape, units, order);
    std::map<BlockRef, std::uint32_t> walked;
    std::vector<BlockRef> blocks;
    for (int s = 0; s < order.stages(); ++s)
      for (std::int64_t unit = 0; unit < order.sequence(s).count(); ++unit) {
        ledger.blocks_of(s, order.sequence(s).at(unit), blocks);
        for (const BlockRef& ref : blocks)
          ++walked[ref];
      }
    for (int i = 0; i < static_cast<int>(shape->supplies.size()); ++i)
      for (std::int64_t b = 0; b < shape->supplies[static_cast<std::size_t>(i)].grid.count(); ++b) {
        const auto found = walked.find({i, b});
        CHECK(ledger.uses({i, b}) == (found == walked.end() ? 0 : found->second));
      }
  }
}
