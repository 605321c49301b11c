// Interrupted runs with kept tiles, and in every travel, that go on.
#include <fmt/format.h>

#include <optional>

#include "engine/resume_support.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// The sum of two pixels far apart, modulo 256; costly where told so.
class TwoApart final : public Operation {
 public:
  TwoApart(ImageInfo info, std::int64_t radius, double cost)
      : Operation(std::move(info)), radius_(radius), cost_(cost) {}
  Rect needs(int, const Rect& out) const override {
    return out.grown(radius_, radius_, radius_, radius_);
  }
  Traits traits() const override {
    Traits traits;
    traits.cost = cost_;
    return traits;
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x)
          out.row<std::uint8_t>(c, y)[x] = static_cast<std::uint8_t>(
              in[0].row<std::uint8_t>(c, y)[x] +
              in[0].row<std::uint8_t>(c, y + 2 * radius_)[x + 2 * radius_]);
  }

 private:
  std::int64_t radius_;
  double cost_;
};

Image two_apart(const Image& image, std::int64_t radius, double cost) {
  return add_operation("two", image, std::make_shared<TwoApart>(image.info(), radius, cost));
}

}  // namespace

TEST_CASE("kept tiles, bands and columns: what stored blocks alone need is not made", "[resume]") {
  const auto travel = GENERATE(as<std::optional<Travel>>{}, std::nullopt, Travel::blocks,
                               Travel::rows, Travel::columns, Travel::bands);
  const bool branch = GENERATE(false, true);
  const Picture picture = random_picture(make_info(700, 610, SampleType::u8, 1), 3);
  const Folder folder;
  struct Built {
    std::shared_ptr<Graph> graph = Graph::make();
    std::vector<std::shared_ptr<FailingSink>> sinks;
  };
  const auto build = [&](const std::string& name, std::int64_t fails_at) {
    Built built;
    const Image costly =
        two_apart(add_source(built.graph, picture_source(picture, 64, 64)), 5, 3000);
    for (int i = 0; i < (branch ? 2 : 1); ++i) {
      const Image image = two_apart(costly, 20 + 9 * i, 2);
      const std::string path = folder.file(fmt::format("{}{}", name, i));
      built.sinks.push_back(std::make_shared<FailingSink>(
          make_tiff_sink(image.info(), path, tiff(TiffLayout::tiled, TiffCompression::none)),
          i == 0 ? fails_at : kNever));
      add_sink("write", image, built.sinks.back());
    }
    return built;
  };
  const auto options = [&](std::int64_t unit, std::uint64_t seed) {
    HookedOptions options = resuming(3, unit);
    options.forced.travel = travel;
    options.forced.shuffle_seed = seed;
    return options;
  };
  run(*build("whole", kNever).graph, {});
  error_of([&] { run(*build("o", 31).graph, options(64, 1)); });
  error_of([&] { run(*build("o", 31).graph, options(128, 2)); });
  Built last = build("o", kNever);
  const Report report = run(*last.graph, options(0, 3));
  CHECK(report.resumed.blocks_before >= 62);
  std::int64_t encoded = 0;
  for (std::size_t i = 0; i < last.sinks.size(); ++i) {
    encoded += last.sinks[i]->encoded;
    CHECK(content(folder.file(fmt::format("o{}", i))) ==
          content(folder.file(fmt::format("whole{}", i))));
  }
  CHECK(encoded == report.resumed.blocks_total - report.resumed.blocks_before);
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  if (branch && !travel) CHECK_FALSE(report.plan.passes.at(0).kept.empty());
}

TEST_CASE("going on in the middle asks for no more kept tiles at once than planned", "[resume]") {
  const auto seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{7}));
  // A unit needs the kept tiles of many rows; the first one that is computed is in the middle.
  const Picture picture = random_picture(make_info(96, 2400, SampleType::u8, 1), 3);
  const Folder folder;
  const auto build = [&](const std::string& name, std::int64_t fails_at) {
    auto graph = Graph::make();
    const Image costly = two_apart(add_source(graph, picture_source(picture, 96, 16)), 2, 3000);
    const Image image = two_apart(costly, 200, 2);
    auto sink = std::make_shared<FailingSink>(
        make_tiff_sink(image.info(), folder.file(name),
                       tiff(TiffLayout::tiled, TiffCompression::none)),
        fails_at);
    add_sink("write", image, sink);
    return std::pair(graph, sink);
  };
  HookedOptions options = resuming(3, 16);
  options.forced.credits = 3;
  run(*build("whole", kNever).first, {});
  error_of([&] { run(*build("o", 38).first, options); });
  options.forced.shuffle_seed = seed;
  const Report report = run(*build("o", kNever).first, options);
  CHECK(report.resumed.blocks_before >= 30);
  CHECK_FALSE(report.plan.passes.at(0).kept.empty());
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  CHECK(content(folder.file("o")) == content(folder.file("whole")));
}
