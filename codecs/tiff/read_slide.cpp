// Descriptions that say more than TIFF's tags: Aperio, OME, GDAL.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "codecs/tiff/read_info.hpp"

namespace sluice::tiff {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The value of attribute `name` of the XML tag that `text` begins with, "" when there is none.
std::string_view attribute(std::string_view text, std::string_view name) {
  text = text.substr(0, text.find('>'));
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos;
       at += name.size()) {
    const bool starts =
        at > 0 && std::string_view(" \t\r\n").find(text[at - 1]) != std::string_view::npos;
    std::string_view rest = trimmed(text.substr(at + name.size()));
    if (!starts || rest.empty() || rest[0] != '=') continue;
    rest = trimmed(rest.substr(1));
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) continue;
    const std::size_t end = rest.find(rest[0], 1);
    if (end != std::string_view::npos) return rest.substr(1, end - 1);
  }
  return {};
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
  if (unit.empty() || unit == "\xC2\xB5m" || unit == "\xCE\xBCm" || unit == "um" ||
      unit == "&#181;m" || unit == "&#xB5;m")
    return 1;
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

void read_aperio(const std::string& description, ImageInfo& info, Metadata& metadata) {
  std::string_view rest = description;
  while (!rest.empty()) {
    const std::size_t end = rest.find('|');
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string key(trimmed(part.substr(0, equals)));
    // The first part is the library's and history's line, in which "Q=30" is no key.
    if (key.empty() || key.find('\n') != std::string::npos) continue;
    metadata.items.emplace("aperio." + key, std::string(trimmed(part.substr(equals + 1))));
  }
  const auto number = [&](const char* key) {
    const auto item = metadata.items.find(key);
    const auto value = item == metadata.items.end() ? std::nullopt : parse_number(item->second);
    return value && *value > 0 && *value < 1e6 ? *value : 0.0;
  };
  info.mpp_x = info.mpp_y = number("aperio.MPP");
  info.magnification = number("aperio.AppMag");
}

void read_ome(const std::string& description, ImageInfo& info) {
  const std::size_t at = description.find("<Pixels");
  if (at == std::string::npos) return;
  const std::string_view pixels = std::string_view(description).substr(at);
  const auto size = [&](std::string_view name, std::string_view unit) {
    const auto value = parse_number(attribute(pixels, name));
    return value && *value > 0 && *value < 1e9 ? *value * micrometres(attribute(pixels, unit))
                                               : 0.0;
  };
  info.mpp_x = size("PhysicalSizeX", "PhysicalSizeXUnit");
  info.mpp_y = size("PhysicalSizeY", "PhysicalSizeYUnit");
}

void read_gdal_metadata(const std::string& xml, ImageInfo& info) {
  const std::string_view all = xml;
  for (std::size_t at = 0; (at = all.find("<Item", at)) != std::string_view::npos; at += 5) {
    const std::string_view item = all.substr(at);
    const std::size_t begin = item.find('>'), end = item.find("</Item>");
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return;
    const auto sample = parse_number(attribute(item, "sample"));
    const std::string_view role = attribute(item, "role");
    if (!sample || *sample < 0 || *sample >= info.channels()) continue;
    BandInfo& band = info.bands[static_cast<std::size_t>(*sample)];
    const std::string_view value = item.substr(begin + 1, end - begin - 1);
    if (role == "description") band.name = plain_text(plain_text(value));  // GDAL escapes twice
    if (role == "scale") band.scale = parse_number(value).value_or(1);
    if (role == "offset") band.offset = parse_number(value).value_or(0);
  }
}

}  // namespace sluice::tiff
