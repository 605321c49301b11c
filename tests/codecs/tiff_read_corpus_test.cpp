// Real TIFF files: pixels against the checksums that GDAL has computed, broken ones for an error.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "codecs/tiff/read_tiff.hpp"
#include "support/catch.hpp"
#include "support/gdal_checksum.hpp"
#include "support/read_source.hpp"

namespace sluice {
namespace {

using namespace test;

struct Entry {
  std::string path;       ///< in the corpus: "geo/x.tif"
  std::string checksums;  ///< "1,2,3"; "" where GDAL gave none
  bool tiff = false;
};

std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, by);)
    parts.push_back(part);
  return parts;
}

std::vector<Entry> corpus() {
  std::vector<Entry> entries;
  std::ifstream manifest(std::string(SLUICE_TEST_CORPUS) + "/MANIFEST.tsv");
  std::string line;
  std::getline(manifest, line);
  while (std::getline(manifest, line)) {
    const std::vector<std::string> fields = split(line, '\t');
    if (fields.size() < 20) continue;
    entries.push_back({fields[0], fields[19], false});
    std::ifstream file(std::string(SLUICE_TEST_CORPUS) + "/" + fields[0], std::ios::binary);
    char begin[8] = {};
    file.read(begin, 8);
    entries.back().tiff = is_tiff(std::as_bytes(std::span(begin)));
  }
  return entries;
}

std::string checksums(const Picture& picture) {
  std::string text;
  for (int c = 0; c < picture.channels(); ++c)
    text += fmt::format("{}{}", c ? "," : "", gdal_checksum(picture, c));
  return text;
}

}  // namespace

TEST_CASE("tiff corpus dump", "[.dump]") {
  for (const Entry& entry : corpus()) {
    if (!entry.tiff) continue;
    const auto begin = std::chrono::steady_clock::now();
    std::string got;
    try {
      const auto source = open_tiff(open_file(std::string(SLUICE_TEST_CORPUS) + "/" + entry.path));
      if (source->info().bytes() > 1000000000)
        got = "big ";
      else
        got = checksums(read_all(*source));
      if (source->in_order()) got += " (rows)";
    } catch (const Error& error) {
      got = error.what();
    }
    const double ms =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() * 1000;
    std::cout << (got == entry.checksums ? "same " : "DIFF ") << entry.path << " | "
              << entry.checksums << " | " << got.substr(0, 300) << " | " << ms << " ms\n";
  }
}

}  // namespace sluice
