// Headers that lie: what they claim is refused at opening, and what they make us hold is bounded.
#include <fmt/format.h>

#include "codecs/tiff/read_info.hpp"
#include "codecs/tiff/read_tiff.hpp"
#include "engine/checked_size.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"
#include "support/read_source.hpp"
#include "support/tiff_header.hpp"

namespace sluice {
namespace {

using namespace test;
using tiff::FieldType;
namespace tag = tiff::tag;

std::shared_ptr<const Source> open_header(const TiffHeader& header,
                                          const TiffReadOptions& options = {}) {
  return open_tiff(bytes_in_memory(header.bytes(), "made.tif"), options);
}

std::string refusal(const TiffHeader& header, std::int64_t size = 0) {
  const CountedBytes bytes = counted_bytes(header.bytes(), size);
  const Error error = error_of([&] { open_tiff(bytes.source); });
  CHECK(error.kind() == ErrorKind::data);
  CHECK(error.file() == "made.tif");
  CHECK(*bytes.read < 100'000);  // nothing that the header claims is read, let alone held
  return error.what();
}

std::int64_t sum(const Picture& picture) {
  std::int64_t sum = 0;
  for (const std::byte sample : picture.samples)
    sum += std::to_integer<int>(sample);
  return sum;
}

}  // namespace

TEST_CASE("checked sizes are too large rather than wrong", "[engine]") {
  constexpr std::int64_t kMost = INT64_MAX;
  CHECK((CheckedSize(3) * 4 + 5).get() == 17);
  CHECK((CheckedSize(kMost) + 0).get() == kMost);
  CHECK(!(CheckedSize(kMost) + 1).get());
  CHECK(!(CheckedSize(std::int64_t{1} << 32) * (std::int64_t{1} << 31)).get());
  CHECK(!((CheckedSize(kMost) + 1) * 0).get());  // stays too large
  CHECK(!(CheckedSize(kMost) * 2).at_most(kMost));
  CHECK(CheckedSize(7).divided_up(2).get() == 4);
  CHECK(CheckedSize(kMost).divided_up(kMost).get() == 1);
}

TEST_CASE("tiff: sizes of a strip that pass 64 bits are refused", "[tiff][header]") {
  for (const std::uint64_t bits : {8, 16}) {
    TiffHeader header(true);
    header.image(std::uint64_t{1} << 29, std::uint64_t{1} << 40);
    header.set(tag::kBitsPerSample, FieldType::u16, {bits});
    header.set(tag::kCompression, FieldType::u16, {5});  // LZW
    header.blocks({16}, {64}).end_directory();
    CHECK_THAT(refusal(header), contains("made.tif: byte") && contains("strip of 536870912 x") &&
                                    contains("passes 2^60 bytes"));
  }
  // As a level of an image that can be read it is left out.
  TiffHeader header(true);
  header.image(64, 64).blocks({header.append(64 * 64)}, {64 * 64}).end_directory();
  header.image(std::uint64_t{1} << 29, std::uint64_t{1} << 40);
  header.set(tag::kCompression, FieldType::u16, {5});
  header.set(tag::kNewSubfileType, FieldType::u32, {1}).blocks({16}, {64}).end_directory();
  CHECK(open_header(header)->info().levels.size() == 1);
}

TEST_CASE("tiff: a small file that claims 2^31 rows is refused at once", "[tiff][header]") {
  TiffHeader header;
  header.image(4, std::uint64_t{1} << 31).set(tag::kRowsPerStrip, FieldType::u32, {16});
  header.claim(tag::kStripOffsets, FieldType::u32, 1 << 27, 122);
  header.claim(tag::kStripByteCounts, FieldType::u32, 1 << 27, 122).end_directory();
  CHECK(header.bytes().size() < 200);
  CHECK_THAT(refusal(header),
             contains("the 134217728 values of tag 273 reach beyond the file's end at"));
  // Offsets alone inside.
  TiffHeader counts(true);
  counts.image(160'000, 160'000, 1, 16);
  counts.claim(tag::kTileOffsets, FieldType::u64, 100'000'000, 4096);
  counts.claim(tag::kTileByteCounts, FieldType::u64, 100'000'000, 800'004'096).end_directory();
  CHECK_THAT(refusal(counts, 1'600'000'000), contains("values of tag 325 reach beyond"));
}

TEST_CASE("tiff: an image of which no sample is stored is refused", "[tiff][header]") {
  TiffHeader header;
  header.image(1000, std::uint64_t{1} << 31).blocks({0}, {0}).end_directory();
  CHECK_THAT(refusal(header), contains("no sample of the image is stored"));
  TiffHeader no_counts;
  no_counts.image(100, 100).set(tag::kRowsPerStrip, FieldType::u32, {50});
  no_counts.set(tag::kStripOffsets, FieldType::u32, {0, 0}).end_directory();
  CHECK_THAT(refusal(no_counts), contains("no sample of the image is stored"));
  // A file that lists its blocks as left out is sparse, which is legal.
  TiffHeader sparse;
  sparse.image(32, 16, 1, 16).blocks({0, 0}, {0, 0}).end_directory();
  CHECK(sum(read_all(*open_header(sparse))) == 0);
}

TEST_CASE("tiff: a block behind the file's end is refused at opening", "[tiff][header]") {
  const auto made = [](std::uint64_t offset, std::uint64_t count, int compression) {
    TiffHeader header;
    const std::uint64_t first = header.append(16 * 16);
    header.image(32, 16, 1, 16).blocks({first, offset}, {16 * 16, count});
    header.set(tag::kCompression, FieldType::u16, {static_cast<std::uint64_t>(compression)});
    header.end_directory();
    return header;
  };
  CHECK_THAT(refusal(made(5000, 256, 1)),
             contains("made.tif: tile 1 at (16, 0), byte 5000: 256 of its bytes are needed, which "
                      "reach beyond the file's end") &&
                 contains("'damaged: true' reads what is there"));
  CHECK_THAT(refusal(made(8, 255, 1)), contains("it has 255 bytes where 256 are needed"));
  CHECK_THAT(refusal(made(300, 40'000, 5)),
             contains("its 40000 bytes reach beyond the file's end"));
  CHECK_THAT(refusal(made(std::uint64_t{1} << 31, 1, 5)), contains("reach beyond the file's end"));
  // An uncompressed block may be followed by anything, also by less than it says.
  CHECK(open_header(made(8, 100'000, 1)));
  // Worked out where no counts are given: the only strip has to be there as a whole.
  TiffHeader strip;
  strip.image(100, 100).set(tag::kStripOffsets, FieldType::u32, {8}).end_directory();
  CHECK_THAT(refusal(strip), contains("10000 of its bytes are needed"));
}

TEST_CASE("tiff: damaged files are read where that is asked for, and a warning says so",
          "[tiff][header]") {
  for (const bool large_strip : {false, true}) {
    TiffHeader header;
    if (large_strip) {
      // Two strips that are decoded row by row; the second lies behind the end.
      std::vector<std::byte> packed;  // PackBits: 128 times one sample
      for (int i = 0; i < 40'000 * 1000 / 128; ++i)
        packed.insert(packed.end(), {std::byte{0x81}, std::byte{1}});
      const std::uint64_t first = header.append(packed);
      header.image(40'000, 2000).set(tag::kRowsPerStrip, FieldType::u32, {1000});
      header.set(tag::kCompression, FieldType::u16, {32773});
      header.blocks({first, 100'000'000}, {packed.size(), packed.size()}).end_directory();
    } else {
      const std::uint64_t first = header.append(std::vector<std::byte>(256, std::byte{1}));
      header.image(48, 16, 1, 16).blocks({first, 100'000'000, 0}, {256, 256, 0}).end_directory();
    }
    CHECK_THROWS_AS(open_header(header), Error);
    const auto source = open_header(header, {.damaged = true});
    CHECK(source->in_order() == large_strip);
    CHECK(source->warnings().empty());
    const Picture picture = read_all(*source);
    CHECK(sum(picture) == (large_strip ? 40'000 * 1000 : 256));
    REQUIRE(source->warnings().size() == 1);
    CHECK_THAT(source->warnings()[0],
               contains("made.tif: 1 of its blocks could not be read") &&
                   contains(large_strip ? "strip 1 at (0, 1000)" : "tile 1 at (16, 0)") &&
                   contains("beyond the file's end"));
  }
  // A block that is there and corrupt.
  TiffHeader header;
  const std::uint64_t first = header.append(300);
  header.image(16, 16, 1, 16).set(tag::kCompression, FieldType::u16, {8});
  header.blocks({first}, {300}).end_directory();
  CHECK_THROWS_WITH(read_all(*open_header(header)), contains("corrupt deflate data"));
  const auto source = open_header(header, {.damaged = true});
  CHECK(sum(read_all(*source)) == 0);
  REQUIRE(source->warnings().size() == 1);
  CHECK_THAT(source->warnings()[0], contains("corrupt deflate data"));
}

TEST_CASE("tiff: opening neither loads the index nor reads much of it", "[tiff][header]") {
  // 100 million tiles in a hole.
  TiffHeader header(true);
  header.image(160'000, 160'000, 1, 16).set(tag::kCompression, FieldType::u16, {5});
  header.claim(tag::kTileOffsets, FieldType::u64, 100'000'000, 4096);
  header.claim(tag::kTileByteCounts, FieldType::u64, 100'000'000, 800'004'096).end_directory();
  const CountedBytes bytes = counted_bytes(header.bytes(), 1'600'004'096);
  const auto source = open_tiff(bytes.source);
  CHECK(*bytes.read <= (16 << 19) + 100'000);
  CHECK(source->grid().count() == 100'000'000);
  CHECK(source->index_bytes() == 1'600'000'000);
  CHECK(*bytes.read <= (16 << 19) + 100'000);
}

TEST_CASE("tiff: blocks in the middle of a long index are checked before they are decoded",
          "[tiff][header]") {
  constexpr std::size_t kTiles = 1000 * 1000, kBroken = kTiles / 2;
  for (const int compression : {1, 5}) {
    TiffHeader header;
    std::vector<std::uint64_t> offsets(kTiles), counts(kTiles);
    offsets[kBroken] = 100'000'000;
    counts[kBroken] = 1;
    header.image(1000, 1000, 1, 1).blocks(offsets, counts);
    header.set(tag::kCompression, FieldType::u16, {static_cast<std::uint64_t>(compression)});
    header.end_directory();
    const auto source = open_header(header);
    std::vector<ByteRange> ranges;
    CHECK_THROWS_WITH(source->locate(3, ranges),
                      contains("tile 500000 at (0, 500)") && contains("beyond the file's end"));
    if (compression != 1) CHECK_THROWS_WITH(source->encoded_bytes(), contains("tile 500000"));
  }
}

TEST_CASE("tiff: the most that is read for a block is known without the index", "[tiff][header]") {
  TiffHeader header;
  const std::uint64_t data = header.append(3000);
  // Planes apart: the largest of each count together.
  header.image(32, 16, 2, 16).set(tag::kPlanarConfig, FieldType::u16, {2});
  header.set(tag::kCompression, FieldType::u16, {5});
  header.blocks({data, data, data, data}, {100, 200, 400, 300}).end_directory();
  const auto source = open_header(header);
  CHECK(source->encoded_bytes() == 200 + 400);
  CHECK(source->with_channels({false, true})->encoded_bytes() == 400);
  // Strips that are decoded together; 12 rows in strips of 5.
  TiffHeader strips;
  const std::uint64_t at = strips.append(3000);
  strips.image(10, 12).set(tag::kRowsPerStrip, FieldType::u32, {5});
  strips.blocks({at, at, at}, {50, 50, 20}).end_directory();
  CHECK(open_header(strips)->encoded_bytes() >= 120);
  strips.image(10, 12).set(tag::kRowsPerStrip, FieldType::u32, {5});
  strips.set(tag::kCompression, FieldType::u16, {5});
  strips.blocks({at, at, at}, {50, 60, 20});
  TiffHeader packed;
  const std::uint64_t there = packed.append(3000);
  packed.image(10, 12).set(tag::kRowsPerStrip, FieldType::u32, {5});
  packed.set(tag::kCompression, FieldType::u16, {5});
  packed.blocks({there, there, there}, {50, 60, 20}).end_directory();
  CHECK(open_header(packed)->encoded_bytes() == 130);
}

TEST_CASE("tiff: values that are too long are left out and told", "[tiff][header]") {
  constexpr std::uint64_t kLong = 64 << 20;
  TiffHeader header;
  header.image(16, 16).blocks({header.append(256)}, {256});
  const std::uint64_t hole = 1 << 16;
  for (const std::uint16_t t : {tag::kImageDescription, tag::kSoftware, tag::kGdalMetadata})
    header.claim(t, FieldType::ascii, kLong, hole);
  header.claim(tag::kIccProfile, FieldType::undefined, kLong, hole);
  // Of these the first values are all that is wanted.
  for (const std::uint16_t t : {tag::kXResolution, tag::kYResolution, tag::kModelTiepoint,
                                tag::kModelPixelScale, tag::kOrientation})
    header.claim(t, FieldType::byte, kLong, hole);
  header.claim(tag::kSubIfds, FieldType::u32, kLong / 4, hole).end_directory();
  const CountedBytes bytes = counted_bytes(header.bytes(), kLong + hole);
  std::vector<std::string> told;
  const auto source =
      open_tiff(bytes.source, {.warning = [&](const std::string& text) { told.push_back(text); }});
  CHECK(*bytes.read < 1'000'000);
  CHECK(told.size() == 4);
  CHECK_THAT(told.at(0), contains("made.tif: byte 65536: tag 34675 has 67108864 values; up to "
                                  "16777216 are read (left out)"));
  CHECK(source->info().meta().bytes() < 10'000);
  CHECK(source->warnings().empty());
  // Without anyone to tell, a run tells.
  CHECK(open_tiff(bytes.source)->warnings() == told);
}

TEST_CASE("tiff: JPEG tables are read for the level that is opened, and bounded",
          "[tiff][header]") {
  constexpr std::uint64_t kHole = 1 << 20;
  TiffHeader header;
  for (std::uint64_t level = 0; level < 100; ++level) {
    const std::uint64_t side = 4000 - 16 * level;
    header.image(side, side).blocks({8}, {100});
    if (level > 0) header.set(tag::kNewSubfileType, FieldType::u32, {1});
    header.set(tag::kCompression, FieldType::u16, {7});
    if (level != 3) header.claim(tag::kJpegTables, FieldType::undefined, 64 << 20, kHole);
    header.end_directory();
  }
  const CountedBytes bytes = counted_bytes(header.bytes(), (64 << 20) + kHole);
  CHECK(header.bytes().size() < 28'000);
  CHECK_THROWS_WITH(open_tiff(bytes.source),
                    contains("tag 347 has 67108864 values; up to 65536 are read"));
  CHECK(open_tiff(bytes.source, {.level = 3})->info().levels.size() == 64);
  CHECK(*bytes.read < 3'000'000);  // directories, of most that are there a first read of 4 KiB
}

TEST_CASE("tiff: names and scales of bands out of GDAL's metadata", "[tiff][xml]") {
  ImageInfo info = make_info(4, 4, SampleType::u8, 5);
  CHECK(tiff::read_gdal_metadata(
            "<?xml version='1.0'?>\n<GDALMetadata>\n <Item name=\"A>B\">no band</Item>"
            "<Item sample=\"1\" role='description' name=\"DESCRIPTION\">near &amp;amp; far</Item>"
            "<Item name=\"SCALE\" sample=\"1\" role=\"scale\"> 0.5 </Item>"
            "<Item sample=\"4\" role=\"offset\">-3</Item><Item sample=\"9\" role=\"scale\">2</Item>"
            "<Item sample=\"2\" role=\"description\">" +
                std::string(5000, 'x') + "</Item></GDALMetadata> rubbish <",
            info) == "");
  CHECK(info.bands[1].name == "near & far");
  CHECK(info.bands[1].scale == 0.5);
  CHECK(info.bands[4].offset == -3);
  CHECK(info.bands[2].name == "");  // no name is that long
  // What stands before a mistake is taken.
  CHECK_THAT(
      tiff::read_gdal_metadata(
          "<GDALMetadata><Item sample=\"0\" role=\"description\">b\xE9ton</Item><Item", info),
      contains("its XML is broken at byte"));
  CHECK(info.bands[0].name == "b\xC3\xA9ton");  // Latin-1 where it is no UTF-8
  CHECK_THAT(tiff::read_gdal_metadata("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", info),
             contains("document type"));
  CHECK_THAT(tiff::read_gdal_metadata("no XML", info), contains("holds no XML"));
}

TEST_CASE("tiff: OME's sizes of a pixel", "[tiff][xml]") {
  ImageInfo info;
  CHECK(
      tiff::read_ome("<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- > --><OME:OME xmlns:OME=\"x\">"
                     "<OME:Image><OME:Pixels PhysicalSizeX=\"250\" PhysicalSizeXUnit=\"nm\" "
                     "PhysicalSizeY=\"0.5\" PhysicalSizeYUnit=\"&#181;m\"><never closed",
                     info) == "");
  CHECK(info.mpp_x == 0.25);
  CHECK(info.mpp_y == 0.5);
  CHECK(tiff::read_ome("<OME><Pixels PhysicalSizeX='2' PhysicalSizeXUnit='\xB5m'/></OME>", info) ==
        "");
  CHECK(info.mpp_x == 2);
  CHECK(info.mpp_y == 0);
}

TEST_CASE("tiff: XML that would take much memory or time is given up", "[tiff][xml]") {
  const auto many = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
      all += text;
    return all;
  };
  std::string names = "<a>";
  for (int i = 0; i < 200'000; ++i)
    names += fmt::format("<n{:x}/>", i);
  std::string attributes = "<a";
  for (int i = 0; i < 100'000; ++i)
    attributes += fmt::format(" n{:x}=''", i);
  for (const std::string& xml :
       {many("<Item>", 300'000) + "</Item>", names, attributes + "/>",
        "<a b='" + std::string(4 << 20, 'x') + "'/>", "<" + std::string(4 << 20, 'x') + "/>"}) {
    ImageInfo info = make_info(4, 4, SampleType::u8, 1);
    CHECK_THAT(tiff::read_gdal_metadata(xml, info), contains("takes more than 2 MiB of memory"));
  }
  // Long, and nothing wrong with it.
  ImageInfo info = make_info(4, 4, SampleType::u8, 3);
  CHECK(tiff::read_gdal_metadata(
            "<G>" + many("<Item sample=\"1\" role=\"description\">one</Item>", 150'000) +
                "<Item sample=\"2\" role=\"description\">two</Item></G>",
            info) == "");
  CHECK(info.bands[2].name == "two");
}

TEST_CASE("tiff: items of an Aperio description are as many as scanners write", "[tiff][header]") {
  std::string description = "Aperio Image Library\r\n";
  for (int i = 0; i < 300'000; ++i)
    description += fmt::format("|k{}=v", i);
  ImageInfo info;
  Metadata metadata;
  tiff::read_aperio(description + "|MPP=0.5", info, metadata);
  CHECK(metadata.items.size() == 512);
}

}  // namespace sluice
