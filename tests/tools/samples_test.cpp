// The sample pipelines run on the images their script makes.
#include <cstdlib>

#include "support/catch.hpp"
#include "support/places.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::Folder;

TEST_CASE("every sample runs, and its plan names the bytes that its run reads", "[tools]") {
  const Folder folder;
  const std::string samples = sluice::source_folder() + "/samples/";
  const std::string command = std::string("sh '") + samples + "run-all.sh' '" +
                              sluice::tool_path() + "' '" + folder.path().string() +
                              "' 700 > /dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  for (const char* name : {"slide_preview", "ndvi", "percentile_stretch", "sharpen_photo", "relief",
                           "several_outputs"}) {
    INFO(name);
    const json report = folder.json(std::string(name) + ".json");
    std::int64_t read = 0;
    for (const json& source : report["sources"])
      read += source["bytes_read"].get<std::int64_t>();
    const auto planned = folder.run({"plan", samples + name + ".yaml", "--json", "--overwrite"});
    REQUIRE(planned.code == 0);
    CHECK(json::parse(planned.out)["bytes_in"] == read);
    CHECK(folder.run({"check", samples + name + ".yaml", "--overwrite"}).code == 0);
    for (const json& output : report["outputs"])
      CHECK(folder.run(std::vector<std::string>{"info", output["name"]}).code == 0);
  }
}
