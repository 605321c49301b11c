// What plan tells of rewrites, and that results are the same bytes without them.
#include <algorithm>

#include "support/catch.hpp"
#include "support/made_tiff.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::Folder;

namespace {

std::vector<std::string> texts_of(const json& plan) {
  std::vector<std::string> texts;
  for (const json& rewrite : plan["rewrites"])
    texts.push_back(rewrite["name"].get<std::string>() + ": " + rewrite["text"].get<std::string>());
  return texts;
}

}  // namespace

TEST_CASE("rewrites: told by plan, and the same bytes without them", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=700 height=500 seed=3 ! write in.tif -q").code == 0);
  folder.write("p.yaml",
               "sluice: 1\n"
               "steps:\n"
               "  - read: in.tif\n"
               "  - crop: { x: 300, y: 200, width: 200, height: 150 }\n"
               "  - linear: { gain: 1.5, offset: -20 }\n"
               "  - linear: { gain: 0.5 }\n"
               "    as: left\n"
               "  - read: ./in.tif\n"
               "  - crop: { x: 300, y: 200, width: 200, height: 150 }\n"
               "  - gaussian_blur: 2\n"
               "    as: right\n"
               "  - stack: {}\n"
               "    from: [left, right]\n"
               "  - write: out.tif\n");
  const auto plan = folder.run("plan p.yaml --json");
  REQUIRE(plan.code == 0);
  const json planned = json::parse(plan.out);
  const std::vector<std::string> texts = texts_of(planned);
  REQUIRE(texts.size() >= 4);
  CHECK(texts[0] == "shared: read (line 8) is read (line 3)");
  CHECK(texts[1] == "shared: crop (line 9) is crop (line 4)");
  CHECK(texts[2].rfind("crop: crop (line 4) moved into read (line 3): ", 0) == 0);
  CHECK(texts[3] ==
        "table: linear (line 5), linear (line 6) as one table of 256 entries for each of 3 "
        "channels");
  CHECK(planned["rewrites"][3]["steps"] == json{"linear (line 5)", "linear (line 6)"});
  CHECK(planned["passes"][0]["sources"].size() == 1);
  CHECK(folder.run("plan p.yaml").out.find("rewrite " + texts[0] + "\n") == 0);

  const json plain = json::parse(folder.run("plan p.yaml --json --rewrites none").out);
  CHECK(plain["rewrites"].empty());
  CHECK(plain["passes"][0]["sources"].size() == 2);

  REQUIRE(folder.run("run p.yaml -q").code == 0);
  const std::string rewritten = folder.read("out.tif");
  REQUIRE(folder.run("run p.yaml -q --overwrite --rewrites none").code == 0);
  CHECK(folder.read("out.tif") == rewritten);
  CHECK(folder.run("plan p.yaml --rewrites some").code == 2);
}

TEST_CASE("channels that are not wanted: nothing is said of a read that is not needed", "[tools]") {
  const Folder folder;
  sluice::test::MadeTiff how;
  how.separate = true;
  const std::vector<std::byte> bytes = sluice::test::make_tiff(
      sluice::test::random_picture(sluice::make_info(60, 40, sluice::SampleType::u8, 3), 5), how);
  folder.write("in.tif", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto planned = [&](const std::string& line) {
    const auto plan = folder.run("plan --json " + line);
    INFO(plan.err);
    REQUIRE(plan.code == 0);
    return texts_of(json::parse(plan.out));
  };
  CHECK(planned("read in.tif as=a ! read ./in.tif as=b ! stack from=a,b ! write o.tif") ==
        std::vector<std::string>{"shared: read (step 2) is read (step 1)"});
  CHECK(planned("read in.tif ! select 2 as=a ! read ./in.tif ! select 2 as=b ! stack from=a,b ! "
                "write o.tif") ==
        std::vector<std::string>{"shared: read (step 3) is read (step 1)",
                                 "shared: select (step 4) is select (step 2)",
                                 "channels: read (step 1) decodes channel 2 of 3"});
}
