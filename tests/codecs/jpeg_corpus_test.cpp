// Real JPEG and PNG files: pixels against the checksums that GDAL has computed, broken ones for an
// error that names file and place.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "codecs/format.hpp"
#include "support/catch.hpp"
#include "support/gdal_checksum.hpp"
#include "support/places.hpp"
#include "support/read_source.hpp"

namespace sluice::test {
namespace {

struct Entry {
  std::string path;       ///< in the corpus: "jpeg/x.jpg"
  std::string checksums;  ///< "1,2,3"; "" where GDAL gave none
};

std::string corpus_path(const std::string& name) {
  return corpus_folder() + "/" + name;
}

/// The corpus's JPEG and PNG files, by their content.
std::vector<Entry> corpus(const std::vector<std::string>& folders) {
  std::vector<Entry> entries;
  std::ifstream manifest(corpus_path("MANIFEST.tsv"));
  for (std::string line; std::getline(manifest, line);) {
    std::vector<std::string> fields;
    std::istringstream in(line);
    for (std::string field; std::getline(in, field, '\t');)
      fields.push_back(field);
    if (fields.size() < 20) continue;
    const std::string folder = fields[0].substr(0, fields[0].find('/'));
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) continue;
    std::array<char, 8> first{};
    std::ifstream(corpus_path(fields[0]), std::ios::binary).read(first.data(), first.size());
    const auto bytes = std::as_bytes(std::span(first));
    if (is_jpeg(bytes) || is_png(bytes)) entries.push_back({fields[0], fields[19]});
  }
  return entries;
}

std::string checksums(const Picture& picture) {
  std::string text;
  for (int c = 0; c < picture.channels(); ++c)
    text += fmt::format("{}{}", c ? "," : "", gdal_checksum(picture, c));
  return text;
}

/// GDAL's RGB of CMYK, out of amounts of ink.
Picture rgb_of_ink(const Picture& ink) {
  Picture rgb(make_info(ink.width(), ink.height(), SampleType::u8, 3, Colour::rgb));
  for (int c = 0; c < 3; ++c)
    for (std::int64_t y = 0; y < ink.height(); ++y)
      for (std::int64_t x = 0; x < ink.width(); ++x)
        rgb.at<std::uint8_t>(c, x, y) = static_cast<std::uint8_t>(
            (255 - ink.at<std::uint8_t>(c, x, y)) * (255 - ink.at<std::uint8_t>(3, x, y)) / 255);
  return rgb;
}

/// GDAL 3.6 forgets to turn interlaced 16-bit samples to the machine's byte order.
Picture swapped(Picture picture) {
  for (std::size_t i = 0; i + 1 < picture.samples.size(); i += 2)
    std::swap(picture.samples[i], picture.samples[i + 1]);
  return picture;
}

struct Refused {
  std::string path;
  std::string message;  ///< a part of it
};
const Refused kRefused[] = {
    {"jpeg/jpeg-decoder__jpeg_lossless_sel1.jpg", "byte 20: lossless JPEG (SOF3)"},
    {"jpeg/serenity__12-bit.jpg", "byte 158: JPEG with 12 bits per sample"},
    // No scan has the DC coefficients, which libjpeg warns of.
    {"jpeg/jpeg-decoder__progressive-missing-dc.jpg", "row 0, byte 134: damaged JPEG data"},
};

const Refused* refused(const std::string& path) {
  for (const Refused& entry : kRefused)
    if (entry.path == path) return &entry;
  return nullptr;
}

}  // namespace

TEST_CASE("jpeg and png corpus: pixels are GDAL's", "[jpeg][png][corpus]") {
  int compared = 0;
  for (const Entry& entry : corpus({"jpeg", "png", "real"})) {
    INFO(entry.path);
    if (const Refused* reason = refused(entry.path)) {
      try {
        read_all(*open_image(corpus_path(entry.path)));
        FAIL_CHECK("no error");
      } catch (const Error& error) {
        CHECK(std::string(error.what()).find(reason->message) != std::string::npos);
      }
      continue;
    }
    const auto source = open_image(corpus_path(entry.path));
    if (entry.checksums.empty()) continue;  // too large for GDAL's figures
    const Picture picture = read_all(*source);
    if (source->info().colour == Colour::cmyk)
      CHECK(checksums(rgb_of_ink(picture)) == entry.checksums);
    else if (entry.path == "png/pngsuite__basi0g16.png")
      CHECK(checksums(swapped(picture)) == entry.checksums);
    else
      CHECK(checksums(picture) == entry.checksums);
    ++compared;
  }
  if (std::filesystem::exists(corpus_folder())) CHECK(compared > 35);
}

TEST_CASE("jpeg and png corpus: broken files", "[jpeg][png][corpus]") {
  for (const Entry& entry : corpus({"bad"})) {
    INFO(entry.path);
    try {
      const Picture picture = read_all(*open_image(corpus_path(entry.path)));
      CHECK(checksums(picture) == entry.checksums);
      // What libjpeg skips here between two markers harms no pixel.
      CHECK(entry.path == "bad/Pillow__truncated_app14.jpg");
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.kind() == ErrorKind::data);
      CHECK(error.file() == corpus_path(entry.path));
      CHECK(error.place().find("byte ") != std::string::npos);
    }
  }
}

TEST_CASE("jpeg corpus: portraits say how they are turned", "[jpeg][corpus]") {
  for (int i = 1; i <= 8; ++i) {
    const std::string path = corpus_path(fmt::format("jpeg/sharp__Portrait_{}.jpg", i));
    if (!std::filesystem::exists(path)) continue;
    CHECK(open_image(path)->info().orientation == i);
  }
}

}  // namespace sluice::test
