#include "header_mutations/headers.hpp"

#include <jpeglib.h>
#include <png.h>

#include <cstdlib>
#include <cstring>

#include "support/made_tiff.hpp"
#include "support/tiff_header.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<std::byte>;
using tiff::FieldType;
namespace tag = tiff::tag;

constexpr std::int64_t kWidth = 37, kHeight = 29;

Picture picture(int channels) {
  Picture picture(make_info(kWidth, kHeight, SampleType::u8, channels,
                            channels == 3 ? Colour::rgb : Colour::grey));
  for (std::size_t i = 0; i < picture.samples.size(); ++i)
    picture.samples[i] = static_cast<std::byte>(i / 5);
  return picture;
}

std::vector<Bytes> plain_tiffs(bool big) {
  std::vector<Bytes> files;
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                COMPRESSION_PACKBITS, COMPRESSION_JPEG, COMPRESSION_ZSTD}) {
    const bool predicts = compression == COMPRESSION_LZW || compression == COMPRESSION_ZSTD;
    for (const std::int64_t tile : {0, 16})
      files.push_back(make_tiff(picture(3), {.compression = compression,
                                             .predictor = predicts ? 2 : 1,
                                             .separate = compression == COMPRESSION_PACKBITS,
                                             .tile = tile,
                                             .big_endian = compression == COMPRESSION_LZW,
                                             .big = big}));
  }
  files.push_back(make_tiff(picture(3), {.compression = COMPRESSION_JPEG,
                                         .tile = 16,
                                         .big = big,
                                         .photometric = PHOTOMETRIC_YCBCR,
                                         .subsampling = 2}));
  return files;
}

/// A page with everything that GeoTIFF and GDAL add to it, a level and a mask.
Bytes geo_tiff(bool big) {
  TiffHeader header(big);
  const auto page = [&](std::uint64_t side, int samples) -> TiffHeader& {
    const std::uint64_t data = header.append(side * side * static_cast<std::uint64_t>(samples));
    return header.image(side, side, samples)
        .blocks({data}, {side * side * static_cast<std::uint64_t>(samples)});
  };
  const auto doubles = [&](std::uint16_t t, const std::vector<double>& values) {
    Bytes bytes(values.size() * 8);
    std::memcpy(bytes.data(), values.data(), bytes.size());
    header.set_bytes(t, FieldType::f64, bytes, values.size());
  };
  page(32, 2);
  header.set(tag::kExtraSamples, FieldType::u16, {2});
  doubles(tag::kModelPixelScale, {10, 10, 0});
  doubles(tag::kModelTiepoint, {0, 0, 0, 1005, 1995, 0});
  doubles(tag::kModelTransformation, {10, 0, 0, 5, 0, -10, 0, 7, 0, 0, 1, 0, 0, 0, 0, 1});
  header.set(tag::kGeoKeyDirectory, FieldType::u16,
             {1, 1, 0, 3, 1025, 0, 1, 2, 2048, 0, 1, 4326, 2054, 34736, 1, 0});
  doubles(tag::kGeoDoubleParams, {0.5, 1.5});
  header.set_text(tag::kGeoAsciiParams, "WGS 84|");
  header.set_text(tag::kGdalMetadata,
                  "<GDALMetadata>\n  <Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">"
                  "near &amp;amp; far</Item>\n  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">"
                  "0.5</Item>\n</GDALMetadata>\n");
  header.set_text(tag::kGdalNodata, "-9999");
  header.set_bytes(tag::kIccProfile, FieldType::undefined, Bytes(200, std::byte{3}), 200);
  header.set(tag::kXResolution, FieldType::rational, {std::uint64_t{1} << 32 | 300});
  header.set_text(tag::kSoftware, "made").set(tag::kOrientation, FieldType::u16, {1});
  header.end_directory();
  page(16, 2).set(tag::kNewSubfileType, FieldType::u32, {1}).end_directory();
  page(32, 1).set(tag::kNewSubfileType, FieldType::u32, {4}).end_directory();
  return header.bytes();
}

/// Measurements of few bits, a palette, nothing but offsets: the rarer shapes.
std::vector<Bytes> odd_tiffs() {
  std::vector<Bytes> files;
  for (const std::uint64_t bits : {1, 4, 12, 16}) {
    TiffHeader header;
    const std::uint64_t data = header.append(std::size_t{33 * 20 * 2});
    header.image(33, 20).set(tag::kBitsPerSample, FieldType::u16, {bits});
    header.set(tag::kRowsPerStrip, FieldType::u16, {7});
    header.blocks({data, data, data}, {500, 500, 500});
    if (bits == 4) {
      header.set(tag::kPhotometric, FieldType::u16, {3});
      header.set(tag::kColorMap, FieldType::u16, std::vector<std::uint64_t>(48, 7));
    }
    header.end_directory();
    files.push_back(header.bytes());
  }
  TiffHeader no_counts;
  const std::uint64_t data = no_counts.append(std::size_t{33 * 20});
  no_counts.image(33, 20).set(tag::kStripOffsets, FieldType::u32, {data}).end_directory();
  files.push_back(no_counts.bytes());
  return files;
}

constexpr const char* kAperio =
    "Aperio Image Library v11.2.1\r\n37x29 [0,0 37x29] (16x16) JPEG/RGB Q=30|AppMag = 20|MPP = "
    "0,4990|Filename = CMU-1|Date = 12/29/09";
constexpr const char* kOme =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OME xmlns=\"x\"><Image ID=\"Image:0\"><Pixels "
    "ID=\"Pixels:0\" PhysicalSizeX=\"0.5\" PhysicalSizeXUnit=\"&#181;m\" PhysicalSizeY=\"0.5\" "
    "SizeX=\"37\" SizeY=\"29\"><TiffData/></Pixels></Image></OME>";

/// Levels in the chain, as Aperio has them, or in SubIFDs, as OME has them.
Bytes slide(bool ome, bool big) {
  Bytes bytes;
  TIFF* const tiff = open_memory(bytes, big ? "w8" : "w");
  const MadeTiff how{.compression = COMPRESSION_JPEG, .tile = 16};
  const Picture full = picture(3);
  Picture half(make_info(kWidth / 2, kHeight / 2, SampleType::u8, 3, Colour::rgb));
  add_directory(tiff, full, how, [&](TIFF* t) {
    const std::uint64_t none = 0;
    if (ome) TIFFSetField(t, TIFFTAG_SUBIFD, 1, &none);
    TIFFSetField(t, TIFFTAG_IMAGEDESCRIPTION, ome ? kOme : kAperio);
  });
  if (!ome) add_directory(tiff, half, {.compression = COMPRESSION_NONE});  // the thumbnail
  add_directory(tiff, half, how,
                [](TIFF* t) { TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE); });
  TIFFClose(tiff);
  return bytes;
}

Bytes jpeg(bool progressive, int channels) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &data, &size);
  codec.image_width = kWidth;
  codec.image_height = kHeight;
  codec.input_components = channels;
  codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&codec);
  if (progressive) jpeg_simple_progression(&codec);
  codec.restart_interval = 2;
  jpeg_start_compress(&codec, TRUE);
  const unsigned char exif[] =
      "Exif\0\0II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
      "\x1A\x01\x05\0\x01\0\0\0\x26\0\0\0\0\0\0\0\x2C\x01\0\0\x01\0\0\0";
  jpeg_write_marker(&codec, JPEG_APP0 + 1, exif, sizeof exif);
  unsigned char icc[200] = "ICC_PROFILE";
  icc[12] = icc[13] = 1;
  jpeg_write_marker(&codec, JPEG_APP0 + 2, icc, sizeof icc);
  const unsigned char comment[] = "made for a test";
  jpeg_write_marker(&codec, JPEG_COM, comment, sizeof comment);
  std::vector<unsigned char> row(static_cast<std::size_t>(kWidth * channels));
  for (std::int64_t y = 0; y < kHeight; ++y) {
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = static_cast<unsigned char>(i * 3 + static_cast<std::size_t>(y));
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&codec, &rows, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  const auto* const first = reinterpret_cast<const std::byte*>(data);
  Bytes bytes(first, first + size);
  std::free(data);
  return bytes;
}

void append_png(png_structp png, png_bytep data, std::size_t size) {
  auto* const bytes = static_cast<Bytes*>(png_get_io_ptr(png));
  const auto* const first = reinterpret_cast<const std::byte*>(data);
  bytes->insert(bytes->end(), first, first + size);
}

Bytes png(int colour, int depth, bool interlaced) {
  Bytes bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, append_png, nullptr);
  png_set_IHDR(png, info, kWidth, kHeight, depth, colour,
               interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_color palette[4] = {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
  png_byte alpha[2] = {0, 128};
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, palette, 4);
    png_set_tRNS(png, info, alpha, 2, nullptr);
  }
  const Bytes profile(300, std::byte{5});
  png_set_pHYs(png, info, 3000, 3000, PNG_RESOLUTION_METER);
  png_set_gAMA_fixed(png, info, 45455);
  png_text texts[2] = {};
  char key[] = "Title", text[] = "made for a test, long enough to be compressed compressed";
  texts[0].compression = PNG_TEXT_COMPRESSION_NONE;
  texts[1].compression = PNG_TEXT_COMPRESSION_zTXt;
  for (png_text& t : texts)
    t.key = key, t.text = text, t.text_length = sizeof text - 1;
  png_set_text(png, info, texts, 2);
  png_write_info(png, info);
  const int channels = png_get_channels(png, info);
  std::vector<png_byte> row(static_cast<std::size_t>((kWidth * channels * depth + 7) / 8));
  for (int pass = interlaced ? png_set_interlace_handling(png) : 1; pass > 0; --pass)
    for (std::int64_t y = 0; y < kHeight; ++y) {
      for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = static_cast<png_byte>(depth < 8 ? 0x1B : i + static_cast<std::size_t>(y));
      png_write_row(png, row.data());
    }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

}  // namespace

std::vector<HeaderKind> header_kinds() {
  std::vector<Bytes> classic = plain_tiffs(false);
  for (Bytes& odd : odd_tiffs())
    classic.push_back(std::move(odd));
  return {
      {"classic", classic},
      {"big", plain_tiffs(true)},
      {"geo", {geo_tiff(false), geo_tiff(true)}},
      {"slide", {slide(false, false), slide(false, true), slide(true, false), slide(true, true)}},
      {"jpeg", {jpeg(false, 3), jpeg(true, 3), jpeg(false, 1), jpeg(true, 4)}},
      {"png",
       {png(PNG_COLOR_TYPE_RGB, 8, false), png(PNG_COLOR_TYPE_RGB_ALPHA, 16, false),
        png(PNG_COLOR_TYPE_PALETTE, 2, false), png(PNG_COLOR_TYPE_GRAY, 1, true),
        png(PNG_COLOR_TYPE_GRAY_ALPHA, 8, true)}}};
}

}  // namespace sluice::test
