// Traits that contradict each other or what the operation does are refused when it becomes a node.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"
#include "support/picture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

ImageInfo image_of(std::int64_t width, std::int64_t height, int channels,
                   SampleType type = SampleType::u8) {
  ImageInfo info;
  info.width = width;
  info.height = height;
  info.type = type;
  info.bands.resize(static_cast<std::size_t>(channels));
  return info;
}

/// Declares what it is told to.
class Declared final : public Operation {
 public:
  Declared(ImageInfo info, Traits traits, Rect move = {})
      : Operation(std::move(info)), traits_(traits), move_(move) {}
  Rect needs(int, const Rect& out) const override {
    return {out.x + move_.x, out.y + move_.y, out.width + move_.width, out.height + move_.height};
  }
  Traits traits() const override { return traits_; }
  void compute(std::span<const TileView>, const TileView&, const ComputeContext&) const override {}

 private:
  Traits traits_;
  Rect move_;
};

/// What adding the operation behind `inputs` images of 20 x 10 with three channels says.
std::string refusal(ImageInfo info, Traits traits, Rect move = {}, int inputs = 1) {
  const auto graph = Graph::make();
  std::vector<Image> images;
  for (int i = 0; i < inputs; ++i)
    images.push_back(add_source(graph, picture_source(Picture(image_of(20, 10, 3)))));
  const auto operation = std::make_shared<Declared>(std::move(info), traits, move);
  return error_of([&] { add_operation("step", images, operation); }).what();
}

constexpr Reach kReaches[] = {Reach::sample, Reach::pixel, Reach::channel, Reach::moved,
                              Reach::any};

}  // namespace

TEST_CASE("traits that fit are taken") {
  const auto graph = Graph::make();
  const Image image = add_source(graph, picture_source(Picture(image_of(20, 10, 3))));
  for (const Reach reach : kReaches)
    CHECK_NOTHROW(add_operation("step", image,
                                std::make_shared<Declared>(image.info(), Traits{.reach = reach})));
  for (const Reach reach : {Reach::sample, Reach::pixel})
    CHECK_NOTHROW(add_operation(
        "step", image,
        std::make_shared<Declared>(image.info(), Traits{.reach = reach, .in_place = true})));
  for (const Reach reach : {Reach::channel, Reach::any})
    CHECK_NOTHROW(add_operation(
        "step", image,
        std::make_shared<Declared>(image.info(), Traits{.reach = reach, .transposes = true})));
  CHECK_NOTHROW(add_generator(
      "step", graph, std::make_shared<Declared>(image.info(), Traits{.reach = Reach::pixel})));
}

TEST_CASE("traits that contradict each other are refused") {
  for (const Reach reach : {Reach::channel, Reach::moved, Reach::any})
    CHECK(refusal(image_of(20, 10, 3), {.reach = reach, .in_place = true}).find("in place") !=
          std::string::npos);
  for (const Reach reach : {Reach::sample, Reach::pixel, Reach::moved})
    CHECK(refusal(image_of(20, 10, 3), {.reach = reach, .transposes = true}).find("transposes") !=
          std::string::npos);
  CHECK(refusal(image_of(20, 10, 3), {.reach = Reach::any, .always_kept = true})
            .find("tiles of 0 x 0") != std::string::npos);
}

TEST_CASE("traits that contradict the inputs are refused") {
  for (const Reach reach : {Reach::sample, Reach::channel, Reach::moved}) {
    CHECK(refusal(image_of(20, 10, 3), {.reach = reach}, {}, 2) ==
          "step: the operation declares the reach '" +
              std::string(reach == Reach::sample    ? "sample"
                          : reach == Reach::channel ? "channel"
                                                    : "moved") +
              "', but takes 2 inputs, not one");
    CHECK(refusal(image_of(20, 10, 2), {.reach = reach}).find("makes 2 channels from 3") !=
          std::string::npos);
  }
  for (const Reach reach : {Reach::sample, Reach::pixel}) {
    CHECK(refusal(image_of(20, 11, 3), {.reach = reach})
              .find("makes an image of 20 x 11 from one of 20 x 10") != std::string::npos);
    // One row more than it is asked for, and one column beside it.
    CHECK(refusal(image_of(20, 10, 3), {.reach = reach}, {0, 0, 0, 1})
              .find("needs 1 x 2 at (0, 0) for 1 x 1 at (0, 0)") != std::string::npos);
    CHECK(refusal(image_of(20, 10, 3), {.reach = reach}, {1, 0, 0, 0})
              .find("needs 1 x 1 at (1, 0) for 1 x 1 at (0, 0)") != std::string::npos);
  }
  CHECK(refusal(image_of(20, 10, 3, SampleType::u16), {.reach = Reach::moved})
            .find("changes the sample type") != std::string::npos);
  CHECK(refusal(image_of(20, 10, 3), {.reach = Reach::moved}, {5, 5, 1, 0})
            .find("needs 2 x 1 at (5, 5) for 1 x 1 at (0, 0)") != std::string::npos);
}
