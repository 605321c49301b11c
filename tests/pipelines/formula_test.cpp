// Formulas in pipelines: the names of steps, and of their bands, reach them.
#include "pipelines/pipeline.hpp"
#include "support/catch.hpp"
#include "support/picture.hpp"

using namespace sluice;

namespace {

const std::string kTwoScenes = R"(
sluice: 1
steps:
  - synth: { kind: noise, width: 50, height: 40, seed: 1, type: u16 }
    as: red
  - synth: { kind: noise, width: 50, height: 40, seed: 2, type: u16 }
    as: nir
)";

}  // namespace

TEST_CASE("inputs of expression are called by their steps", "[formula]") {
  const Pipeline pipeline = parse_pipeline(kTwoScenes + R"(
  - expression: (nir - red) / (nir + red)
    from: [nir, red]
    as: ndvi
  - write: never.tif
    from: ndvi
)",
                                           "ndvi.yaml");
  Image red, nir, ndvi;
  for (const auto& [name, image] : pipeline.images)
    (name == "red" ? red : name == "nir" ? nir : ndvi) = image;
  const test::Picture r = test::pull(red), n = test::pull(nir), got = test::pull(ndvi);
  for (int i = 0; i < 50; ++i) {
    const float high = static_cast<float>(n.get(0, i, 7)), low = static_cast<float>(r.get(0, i, 7));
    CHECK(got.at<float>(0, i, 7) == (high - low) / (high + low));
  }
}

TEST_CASE("a stack's bands are called by their steps", "[formula]") {
  const Pipeline pipeline = parse_pipeline(kTwoScenes + R"(
  - stack:
    from: [red, nir]
  - expression: nir - red
  - write: never.tif
)",
                                           "stack.yaml");
  CHECK(pipeline.images.size() == 2);
}

TEST_CASE("a wrong formula is placed in the pipeline file", "[formula]") {
  try {
    parse_pipeline(
        kTwoScenes + "  - expression: nir - rad\n    from: [nir, red]\n  - write: never.tif\n",
        "wrong.yaml");
    FAIL("accepted");
  } catch (const PipelineError& e) {
    REQUIRE(e.messages().size() == 1);
    CHECK_THAT(e.messages()[0], sluice::test::contains("wrong.yaml:8:") &&
                                    sluice::test::contains("column 7") &&
                                    sluice::test::contains("did you mean 'red'"));
  }
}
