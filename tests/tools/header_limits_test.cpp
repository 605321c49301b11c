// What a file's header makes the tool hold: bounded, in the plan, or refused with the figure. The
// files are mostly holes, so that they take little of the disk.
#include <fmt/format.h>

#include <fstream>

#include "support/catch.hpp"
#include "support/tiff_header.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using namespace sluice;
using sluice::test::contains;
using sluice::test::Ended;
using sluice::test::Folder;
using sluice::test::TiffHeader;
using tiff::FieldType;
namespace tag = tiff::tag;

namespace {

constexpr std::uint64_t kHole = 1 << 16;
constexpr std::uint64_t kLong = 64 << 20;

void write_file(const Folder& folder, const std::string& name, const std::vector<std::byte>& bytes,
                std::uint64_t size = 0) {
  std::ofstream(folder.path() / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  if (size > bytes.size()) std::filesystem::resize_file(folder.path() / name, size);
}

/// An image that can be read, with 64 MiB in every tag that may be long.
TiffHeader long_values() {
  TiffHeader header;
  header.image(64, 64).blocks({header.append(64 * 64)}, {64 * 64});
  for (const std::uint16_t t : {tag::kImageDescription, tag::kSoftware, tag::kGdalMetadata,
                                tag::kArtist, tag::kGdalNodata, tag::kGeoAsciiParams})
    header.claim(t, FieldType::ascii, kLong, kHole);
  for (const std::uint16_t t :
       {tag::kIccProfile, tag::kXResolution, tag::kYResolution, tag::kModelTiepoint,
        tag::kModelPixelScale, tag::kModelTransformation, tag::kGeoDoubleParams, tag::kOrientation,
        tag::kExtraSamples, tag::kInkSet, tag::kSubIfds})
    header.claim(t, FieldType::byte, kLong, kHole);
  header.end_directory();
  return header;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // shadow memory is resident
constexpr std::int64_t kMostResident = std::int64_t{4} << 30;
#else
constexpr std::int64_t kMostResident = 64 << 20;
#endif

}  // namespace

TEST_CASE("headers: values of 64 MiB are not held", "[tools][header]") {
  const Folder folder;
  const TiffHeader header = long_values();
  CHECK(header.bytes().size() < 8'000);
  write_file(folder, "long.tif", header.bytes(), kHole + kLong);
  const Ended info = folder.run("info long.tif");
  INFO(info.err);
  CHECK(info.code == 0);
  CHECK(info.resident_peak < kMostResident);
  CHECK_THAT(info.err, contains("warning: long.tif: byte 65536: tag 34675 has 67108864 values; up "
                                "to 16777216 are read (left out)"));
  // In a pipeline the run tells it.
  const Ended run = folder.run("pipe read long.tif ! stats --memory 40M --report r.json");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(run.resident_peak < kMostResident);
  CHECK_THAT(run.err, contains("tag 34675 has 67108864 values"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const json memory = folder.json("r.json")["memory"];
  CHECK(memory["planned_bytes"] <= 40 << 20);
  CHECK(memory["resident_peak_bytes"] <= memory["planned_bytes"]);
#endif
}

TEST_CASE("headers: what is held of them is in the plan", "[tools][header]") {
  const Folder folder;
  TiffHeader header;
  header.image(64, 64).blocks({header.append(64 * 64)}, {64 * 64});
  header.claim(tag::kIccProfile, FieldType::undefined, 12 << 20, kHole).end_directory();
  write_file(folder, "profile.tif", header.bytes(), kHole + (12 << 20));
  const std::string words = " read profile.tif ! write o.tif --overwrite";
  const Ended planned = folder.run("plan" + words + " --json");
  INFO(planned.err);
  REQUIRE(planned.code == 0);
  const json plan = json::parse(planned.out);
  CHECK(plan["passes"][0]["memory"]["metadata_bytes"] > 12 << 20);
  CHECK(plan["passes"][0]["memory"]["metadata_bytes"] < 13 << 20);
  const std::int64_t least = plan["memory"]["least_bytes"];
  const Ended run =
      folder.run("pipe" + words + " -q --report r.json --memory " + std::to_string(least));
  INFO(run.err);
  REQUIRE(run.code == 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const json memory = folder.json("r.json")["memory"];
  CHECK(memory["resident_peak_bytes"] <= memory["planned_bytes"]);
#endif
  CHECK_THAT(folder.run("pipe" + words + " -q --memory 20M").err, contains("the pipeline needs "));
}

TEST_CASE("headers: JPEG tables of levels are not held", "[tools][header]") {
  const Folder folder;
  TiffHeader header;
  const std::uint64_t data = header.append(64 * 64);
  for (std::uint64_t level = 0; level < 150; ++level) {
    const std::uint64_t side = 4000 - 16 * level;
    header.image(side, side);
    header.set(tag::kCompression, FieldType::u16, {level == 0 ? 5u : 7u}).blocks({data}, {100});
    if (level > 0) header.set(tag::kNewSubfileType, FieldType::u32, {1});
    if (level > 0) header.claim(tag::kJpegTables, FieldType::undefined, kLong, kHole);
    header.end_directory();
  }
  CHECK(header.bytes().size() < 28'000);
  write_file(folder, "levels.tif", header.bytes(), kHole + kLong);
  const Ended info = folder.run("info levels.tif");
  INFO(info.err);
  CHECK(info.code == 0);
  CHECK(info.resident_peak < kMostResident);
  CHECK_THAT(info.out, contains("level 63"));
}

TEST_CASE("headers: XML of any shape is read in one go", "[tools][header]") {
  const Folder folder;
  const auto many = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
      all += text;
    return all;
  };
  const std::pair<std::string, std::string> texts[] = {
      {many("<Item>", 300'000) + "</Item>", "<OME " + many("PhysicalSizeX ", 130'000) + "/>"},
      {"<GDALMetadata>" + many("<Item sample=\"0\" role=\"scale\">2</Item>", 45'000) +
           "</GDALMetadata>",
       "<OME>" + many("<Pixel>", 250'000)}};
  int number = 0;
  for (const auto& [gdal, ome] : texts) {
    TiffHeader header;
    header.image(64, 64).blocks({header.append(64 * 64)}, {64 * 64});
    header.set_text(tag::kGdalMetadata, gdal).set_text(tag::kImageDescription, ome).end_directory();
    const std::string name = fmt::format("x{}.tif", number++);
    write_file(folder, name, header.bytes());
    // A scan of the rest of the text at each item takes a minute.
    const Ended info = folder.run("info " + name, {.processor_seconds = 8});
    INFO(info.err);
    CHECK(info.code == 0);
    CHECK(info.resident_peak < kMostResident);
  }
}

TEST_CASE("headers: an index that does not fit is refused with its size", "[tools][header]") {
  const Folder folder;
  TiffHeader header(true);
  header.image(160'000, 160'000, 1, 16).set(tag::kCompression, FieldType::u16, {5});
  header.claim(tag::kTileOffsets, FieldType::u64, 100'000'000, kHole);
  header.claim(tag::kTileByteCounts, FieldType::u64, 100'000'000, kHole + 800'000'000);
  header.end_directory();
  write_file(folder, "sparse.tif", header.bytes(), kHole + 1'600'000'000);
  const Ended info = folder.run("info sparse.tif");
  CHECK(info.code == 0);
  CHECK(info.resident_peak < kMostResident);
  for (const std::string command : {"plan", "pipe"}) {
    const Ended refused =
        folder.run(command + " read sparse.tif ! stats --memory 64M", {.processor_seconds = 20});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, contains("16 bytes for each block of a TIFF") &&
                                contains("needs more than 1.5 GiB") && contains("--memory is 64"));
    CHECK(refused.resident_peak < kMostResident);
  }
}

TEST_CASE("headers: a truncated file is refused, and read where that is asked for",
          "[tools][header]") {
  const Folder folder;
  TiffHeader header;
  const std::uint64_t first = header.append(std::vector<std::byte>(256, std::byte{7}));
  header.image(32, 16, 1, 16).blocks({first, 1'000'000}, {256, 256}).end_directory();
  write_file(folder, "cut.tif", header.bytes());
  const Ended refused = folder.run("pipe read cut.tif ! stats");
  CHECK(refused.code == 1);
  CHECK_THAT(refused.err, contains("tile 1 at (16, 0), byte 1000000") &&
                              contains("'damaged: true' reads what is there"));
  CHECK(folder.run("info cut.tif").code == 1);
  CHECK(folder.run("info cut.tif --damaged").code == 0);
  const Ended read = folder.run("pipe read cut.tif damaged=true ! stats --json");
  CHECK(read.code == 0);
  CHECK(json::parse(read.out)["stats"]["mean"] == json{{3.5}});
  CHECK_THAT(read.err, contains("warning: cut.tif: 1 of its blocks could not be read"));
}
