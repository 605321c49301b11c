// The library's header offers every registered step as a function of C++.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "pipelines/registry.hpp"
#include "support/catch.hpp"
#include "support/places.hpp"

using namespace sluice;

namespace {

/// The header at `path` with all that it includes in quotes, each once.
std::string whole_text(const std::filesystem::path& path, std::set<std::filesystem::path>& seen) {
  if (!seen.insert(path).second) return {};
  std::ifstream file(path);
  REQUIRE(file.good());
  std::string all;
  const std::regex include("#include \"([^\"]+)\".*");
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, include))
      all += whole_text((path.parent_path() / match[1].str()).lexically_normal(), seen);
    else
      all += line + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("the installed header offers every registered step", "[public-header]") {
  std::set<std::filesystem::path> seen;
  const std::string text =
      whole_text(std::filesystem::path(source_folder()) / "pipelines" / "sluice.hpp", seen);
  REQUIRE(text.size() > 10000);
  CHECK_FALSE(std::regex_search(text, std::regex("\\b(Image|Result|void) no_such_step\\(")));
  for (const StepSpec& step : all_steps()) {
    INFO(step.name);
    CHECK(std::regex_search(text, std::regex("\\b(Image|Result|void) " + step.name + "\\(")));
    CHECK(text.find("StepSpec " + step.name + "_step()") != std::string::npos);
  }
}
