#include "image_facts.hpp"

#include <fmt/format.h>

#include <cmath>

#include "codecs/tiff/read_tiff.hpp"
#include "ops/common/band_names.hpp"
#include "values.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostPages = 1000;

Json number(double v) {
  return std::isfinite(v) ? Json(v) : Json(nullptr);
}

std::string colour_name(Colour colour) {
  constexpr const char* kNames[] = {"multiband", "grey", "rgb",    "palette",
                                    "cmyk",      "lab",  "icc lab"};
  return kNames[static_cast<int>(colour)];
}

/// A number, or "nan"; of integer samples all digits.
Json nodata_json(const SampleValue& nodata, SampleType type) {
  if (nodata.is_nan()) return "nan";
  if (type == SampleType::u64)
    if (const auto value = nodata.as<std::uint64_t>()) return *value;
  if (type == SampleType::i64)
    if (const auto value = nodata.as<std::int64_t>()) return *value;
  return number(nodata.as_double());
}

Json bands_json(const ImageInfo& info) {
  Json bands = Json::array();
  for (int c = 0; c < info.channels(); ++c) {
    const BandInfo& band = info.bands[static_cast<std::size_t>(c)];
    Json json{{"name", channel_name(info, c)}, {"role", std::string(role_name(band.role))}};
    if (band.nodata) json["nodata"] = nodata_json(*band.nodata, info.type);
    if (band.scale != 1) json["scale"] = number(band.scale);
    if (band.offset != 0) json["offset"] = number(band.offset);
    bands.push_back(std::move(json));
  }
  return bands;
}

Json geo_json(const ImageInfo& info) {
  const auto& a = info.geo->a;
  Json geo{{"origin", {number(a[0]), number(a[3])}},
           {"pixel_size", {number(std::hypot(a[1], a[4])), number(std::hypot(a[2], a[5]))}},
           {"affine",
            {number(a[0]), number(a[1]), number(a[2]), number(a[3]), number(a[4]), number(a[5])}}};
  if (const auto code = crs_code(info.meta().geo_keys)) geo["crs"] = fmt::format("EPSG:{}", *code);
  return geo;
}

Json page_json(const TiffPage& page) {
  Json json{{"page", page.page}, {"width", page.width}, {"height", page.height}};
  json["samples"] = fmt::format("{} x {} bit {}", page.samples, page.bits, page.format);
  json["photometric"] = page.photometric;
  json["compression"] = page.compression;
  json["block"] = {page.block_width, page.block_height};
  json["layout"] = page.tiled ? "tiles" : "strips";
  if (!page.problem.empty()) json["problem"] = page.problem;
  if (!page.children.empty()) {
    json["children"] = Json::array();
    for (const TiffPage& child : page.children)
      json["children"].push_back(page_json(child));
  }
  return json;
}

// The file's other images, where the format has some.
void add_pages(const std::string& file, int page, Json& facts) {
  const auto bytes = open_file(file);
  std::vector<std::byte> first(static_cast<std::size_t>(std::min<std::int64_t>(8, bytes->size())));
  bytes->read(0, first);
  if (!is_tiff(first)) return;
  const TiffListing listing = list_tiff(bytes, kMostPages);
  facts["format"] = fmt::format("{}TIFF, {}-endian", listing.big ? "Big" : "",
                                listing.big_endian ? "big" : "little");
  for (const TiffPage& listed : listing.pages)
    if (listed.page == page && !facts.contains("compression"))
      facts["compression"] = listed.compression;
  facts["pages"] = Json::array();
  for (const TiffPage& page : listing.pages)
    facts["pages"].push_back(page_json(page));
  if (!listing.problem.empty()) facts["problem"] = listing.problem;
}

}  // namespace

std::optional<int> crs_code(const GeoKeys& keys) {
  constexpr int kProjected = 3072, kGeographic = 2048, kUserDefined = 32767;
  std::optional<int> geographic;
  // A header of four numbers, then key, location, count and value of each; location 0: the value
  // itself.
  for (std::size_t i = 4; i + 3 < keys.directory.size(); i += 4) {
    const int key = keys.directory[i], location = keys.directory[i + 1],
              value = keys.directory[i + 3];
    if (location != 0 || value == 0 || value == kUserDefined) continue;
    if (key == kProjected) return value;
    if (key == kGeographic) geographic = value;
  }
  return geographic;
}

Json image_facts(const std::string& file, const Source& source, int page) {
  const ImageInfo& info = source.info();
  const BlockGrid grid = source.grid();
  Json facts{{"file", file},
             {"width", info.width},
             {"height", info.height},
             {"channels", info.channels()}};
  facts["type"] = std::string(name_of(info.type));
  facts["colour"] = colour_name(info.colour);
  if (info.alpha != Alpha::none)
    facts["alpha"] = info.alpha == Alpha::straight ? "straight" : "premultiplied";
  facts["block"] = {grid.block_width, grid.block_height};
  facts["blocks"] = grid.count();
  facts["in_order"] = source.in_order();
  const auto& items = info.meta().items;
  if (const auto item = items.find("compression"); item != items.end())
    facts["compression"] = item->second;
  if (info.mpp_x > 0) facts["mpp"] = info.mpp_x;
  if (info.mpp_y > 0 && info.mpp_y != info.mpp_x) facts["mpp_y"] = info.mpp_y;
  if (info.magnification > 0) facts["magnification"] = info.magnification;
  if (info.resolution.x > 0)
    facts["resolution"] = {
        {"x", info.resolution.x}, {"y", info.resolution.y}, {"unit", "pixels per millimetre"}};
  if (info.orientation != 1) facts["orientation"] = info.orientation;
  if (info.geo) facts["geo"] = geo_json(info);
  facts["bands"] = bands_json(info);
  facts["levels"] = Json::array();
  for (const Level& level : info.levels)
    facts["levels"].push_back({{"width", level.width},
                               {"height", level.height},
                               {"block", {level.block_width, level.block_height}}});
  add_pages(file, page, facts);
  if (!info.meta().icc.empty()) facts["icc_bytes"] = info.meta().icc.size();
  if (!info.meta().exif.empty()) facts["exif_bytes"] = info.meta().exif.size();
  if (!info.meta().palette.empty()) facts["palette_entries"] = info.meta().palette.size() / 3;
  if (!info.meta().description.empty()) facts["description"] = info.meta().description;
  facts["metadata"] = items;
  return facts;
}

}  // namespace sluice::tool
