// Descriptions that say more than TIFF's tags: Aperio, OME, GDAL.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "codecs/tiff/read_info.hpp"
#include "codecs/tiff/read_limits.hpp"
#include "codecs/tiff/xml.hpp"

namespace sluice::tiff {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string plain_text(std::string_view xml) {
  constexpr std::pair<std::string_view, char> entities[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string text;
  for (std::size_t i = 0; i < xml.size();) {
    const auto* entity = std::find_if(std::begin(entities), std::end(entities), [&](const auto& e) {
      return xml.substr(i).starts_with(e.first);
    });
    text += entity == std::end(entities) ? xml[i] : entity->second;
    i += entity == std::end(entities) ? 1 : entity->first.size();
  }
  return text;
}

/// Micrometres in one `unit` of OME-XML; 0 for one that is not a length in metres.
double micrometres(std::string_view unit) {
  if (unit.empty() || unit == "\xC2\xB5m" || unit == "\xCE\xBCm" || unit == "um") return 1;
  if (unit == "nm") return 1e-3;
  if (unit == "mm") return 1e3;
  if (unit == "cm") return 1e4;
  if (unit == "m") return 1e6;
  return 0;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  std::string dotted(text.substr(0, 64));
  std::replace(dotted.begin(), dotted.end(), ',', '.');
  double value = 0;
  const auto [end, error] = std::from_chars(dotted.data(), dotted.data() + dotted.size(), value);
  (void)end;
  if (error != std::errc{}) return std::nullopt;
  return value;
}

bool is_aperio(const Metadata& metadata) {
  return metadata.description.starts_with("Aperio");
}

bool is_philips(const Metadata& metadata) {
  const auto software = metadata.items.find("Software");
  return software != metadata.items.end() && software->second.starts_with("Philips") &&
         metadata.description.find("DPUfsImport") != std::string::npos;
}

void read_imagej(std::string_view description, const std::vector<double>& per_unit_x,
                 const std::vector<double>& per_unit_y, ImageInfo& info) {
  std::string_view unit;
  for (std::string_view rest = description; !rest.empty() && unit.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line.starts_with("unit=")) unit = line.substr(5);
  }
  const double size = unit == "micron" || unit == "\\u00B5m" ? 1
                      : unit.empty()                         ? 0
                                                             : micrometres(unit);
  const auto per_pixel = [&](const std::vector<double>& per_unit) {
    const double value = per_unit.empty() || !(per_unit[0] > 0) ? 0 : size / per_unit[0];
    return value > 0 && value < 1e9 ? value : 0.0;
  };
  info.mpp_x = per_pixel(per_unit_x);
  info.mpp_y = per_pixel(per_unit_y);
}

void read_aperio(const std::string& description, ImageInfo& info, Metadata& metadata) {
  std::string_view rest = description;
  for (std::size_t items = 0; !rest.empty() && items < limit::kAperioItems;) {
    const std::size_t end = rest.find('|');
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key(trimmed(part.substr(0, equals)));
    // The first part is the library's and history's line, in which "Q=30" is no key.
    if (key.empty() || key.find('\n') != std::string::npos) continue;
    metadata.items.emplace("aperio." + key, std::string(trimmed(part.substr(equals + 1))));
    ++items;
  }
  const auto number = [&](const char* key) {
    const auto item = metadata.items.find(key);
    const auto value = item == metadata.items.end() ? std::nullopt : parse_number(item->second);
    return value && *value > 0 && *value < 1e6 ? *value : 0.0;
  };
  info.mpp_x = info.mpp_y = number("aperio.MPP");
  info.magnification = number("aperio.AppMag");
}

namespace {

/// Takes the sizes of the first Pixels element, and nothing behind it.
class OmePixels final : public XmlVisitor {
 public:
  explicit OmePixels(ImageInfo& info) : info_(info) {}
  bool begin(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "Pixels") return true;
    const auto size = [&](std::string_view side, std::string_view unit) {
      const auto value = parse_number(attributes.value(side));
      return value && *value > 0 && *value < 1e9 ? *value * micrometres(attributes.value(unit))
                                                 : 0.0;
    };
    info_.mpp_x = size("PhysicalSizeX", "PhysicalSizeXUnit");
    info_.mpp_y = size("PhysicalSizeY", "PhysicalSizeYUnit");
    return false;
  }

 private:
  ImageInfo& info_;
};

/// Takes what the items say of one band each.
class GdalItems final : public XmlVisitor {
 public:
  explicit GdalItems(ImageInfo& info) : info_(info) {}
  bool begin(std::string_view name, const XmlAttributes& attributes) override {
    band_ = nullptr;
    if (name != "Item") return true;
    const auto sample = parse_number(attributes.value("sample"));
    if (!sample || *sample < 0 || *sample >= info_.channels()) return true;
    band_ = &info_.bands[static_cast<std::size_t>(*sample)];
    role_ = attributes.value("role");
    text_.clear();
    return true;
  }
  void text(std::string_view text) override {
    // One byte more than is taken tells a text that is too long.
    if (band_) text_ += text.substr(0, limit::kBandName + 1 - text_.size());
  }
  void end(std::string_view) override {
    if (!band_) return;
    if (role_ == "description" && text_.size() <= limit::kBandName)
      band_->name = plain_text(text_);  // GDAL escapes twice
    if (role_ == "scale") band_->scale = parse_number(text_).value_or(1);
    if (role_ == "offset") band_->offset = parse_number(text_).value_or(0);
    band_ = nullptr;
  }

 private:
  ImageInfo& info_;
  BandInfo* band_ = nullptr;
  std::string role_, text_;
};

}  // namespace

std::string read_ome(const std::string& description, ImageInfo& info) {
  OmePixels pixels(info);
  return read_xml(description, pixels);
}

std::string read_gdal_metadata(const std::string& xml, ImageInfo& info) {
  if (xml.empty()) return {};
  GdalItems items(info);
  return read_xml(xml, items);
}

}  // namespace sluice::tiff
