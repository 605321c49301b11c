// Runs an operation by itself over every instruction set, unit size and poison.
#pragma once

#include <span>
#include <vector>

#include "engine/graph.hpp"
#include "support/catch.hpp"
#include "support/picture.hpp"

namespace sluice::test {

/// A graph whose sources are the pictures.
inline std::vector<Image> sources_of(std::span<const Picture> pictures) {
  const auto graph = Graph::make();
  std::vector<Image> images;
  for (const Picture& p : pictures)
    images.push_back(add_source(graph, picture_source(p)));
  return images;
}

inline const Operation& operation_of(const Image& image) {
  return *image.graph().node(image.node()).operation;
}

/// The image's operation gives `expected` from `inputs` on every instruction set, for awkward unit
/// sizes and two poisons.
inline void check_operation(const Image& image, std::span<const Picture> inputs,
                            const Picture& expected) {
  struct Unit {
    std::int64_t width, height;
    int poison;
  };
  const Unit units[] = {
      {image.info().width, image.info().height, 0xA5}, {37, 5, 0xFF}, {100, 64, 0}};
  for (const Isa isa : available_isas())
    for (const Unit& unit : units) {
      const Picture got =
          apply(operation_of(image), inputs, isa, unit.width, unit.height, unit.poison);
      INFO(name_of(isa) << ", units of " << unit.width << " x " << unit.height);
      CHECK(difference(got, expected) == "");
    }
}

/// The same in place: the result overwrites the input.
inline void check_in_place(const Image& image, const Picture& input, const Picture& expected) {
  const Operation& operation = operation_of(image);
  REQUIRE(operation.traits().in_place);
  for (const Isa isa : available_isas()) {
    const ImageInfo& info = input.info;
    const TileLayout layout =
        tile_layout(info.width, info.height, info.type, info.channels(), info.validity_planes());
    std::vector<std::byte> memory(static_cast<std::size_t>(layout.bytes) + kAlignment);
    std::byte* base = memory.data();
    base += (64 - reinterpret_cast<std::uintptr_t>(base) % 64) % 64;
    const TileView in =
        tile_at(base, info.rect(), info.type, info.channels(), info.validity_planes());
    for (int c = 0; c < info.channels(); ++c)
      for (std::int64_t y = 0; y < info.height; ++y)
        std::copy_n(input.samples.data() + input.index(c, 0, y) * size_of(info.type),
                    static_cast<std::size_t>(info.width) * size_of(info.type), in.row(c, y));
    TileView out = in;
    out.type = operation.info().type;
    operation.compute({&in, 1}, out, {isa, nullptr});
    Picture got(expected.info);
    for (int c = 0; c < info.channels(); ++c)
      for (std::int64_t y = 0; y < info.height; ++y)
        std::copy_n(out.row(c, y), static_cast<std::size_t>(info.width) * size_of(info.type),
                    got.samples.data() + got.index(c, 0, y) * size_of(info.type));
    got.validity = expected.validity;
    INFO(name_of(isa) << ", in place");
    CHECK(difference(got, expected) == "");
  }
}

struct Size {
  std::int64_t width, height;
};
inline constexpr Size kAwkwardSizes[] = {{1, 1}, {3, 8}, {257, 1}, {133, 41}};

}  // namespace sluice::test
