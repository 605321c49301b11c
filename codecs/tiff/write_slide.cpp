// Descriptions in the forms that programs for slides and microscopes read, of what is known now.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "codecs/tiff/read_info.hpp"

namespace sluice::tiff {
namespace {

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && (text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

/// OME's name of a sample type; null for one that it has not.
const char* ome_type(SampleType type) {
  constexpr const char* kNames[] = {"uint8", "int8",  "uint16", "int16", "uint32",
                                    "int32", nullptr, nullptr,  "float", "double"};
  return kNames[static_cast<int>(type)];
}

std::string escaped(std::string_view text) {
  std::string all;
  for (const char c : text) {
    if (c == '&')
      all += "&amp;";
    else if (c == '<')
      all += "&lt;";
    else if (c == '"')
      all += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      all += c;
  }
  return all;
}

}  // namespace

std::string aperio_description(const ImageInfo& info) {
  const std::string& old = info.meta().description;
  std::string text = old.substr(0, old.find('|'));
  ImageInfo before;
  Metadata unused;
  read_aperio(old, before, unused);
  if (before.mpp_x == info.mpp_x && before.mpp_y == info.mpp_y &&
      before.magnification == info.magnification &&
      text.find(fmt::format("{}x{}", info.width, info.height)) != std::string::npos)
    return old;
  // The second line tells sizes and how tiles were cut, as they were.
  text = fmt::format("{}\r\n{}x{}", first_line(text), info.width, info.height);
  const auto add = [&](std::string_view key, std::string_view value) {
    text += fmt::format("|{} = {}", key, value);
  };
  if (info.magnification > 0) add("AppMag", fmt::format("{:.6g}", info.magnification));
  if (info.mpp_x > 0) add("MPP", fmt::format("{:.10g}", info.mpp_x));
  constexpr std::string_view kPrefix = "aperio.";
  constexpr std::string_view of_place[] = {
      "AppMag",         "MPP", "Left", "Top", "OriginalWidth", "OriginalHeight", "LineAreaXOffset",
      "LineAreaYOffset"};
  for (const auto& [name, value] : info.meta().items) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string_view key = std::string_view(name).substr(kPrefix.size());
    if (std::find(std::begin(of_place), std::end(of_place), key) == std::end(of_place))
      add(key, value);
  }
  return text;
}

std::string ome_description(const ImageInfo& info) {
  const char* const type = ome_type(info.type);
  if (!type) return {};
  const auto size = [](const char* side, double mpp) {
    return mpp > 0 ? fmt::format(" PhysicalSize{0}=\"{1:.10g}\" PhysicalSize{0}Unit=\"\xC2\xB5m\"",
                                 side, mpp)
                   : std::string();
  };
  const std::string& name = info.bands.front().name;
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
      "<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\">"
      "<Image ID=\"Image:0\"><Pixels ID=\"Pixels:0\" DimensionOrder=\"XYCZT\" Type=\"{}\" "
      "SizeX=\"{}\" SizeY=\"{}\" SizeZ=\"1\" SizeC=\"{}\" SizeT=\"1\"{}{}>"
      "<Channel ID=\"Channel:0:0\" SamplesPerPixel=\"{}\"{}/><TiffData IFD=\"0\" PlaneCount=\"1\"/>"
      "</Pixels></Image></OME>",
      type, info.width, info.height, info.channels(), size("X", info.mpp_x), size("Y", info.mpp_y),
      info.channels(),
      info.channels() == 1 && !name.empty() ? fmt::format(" Name=\"{}\"", escaped(name)) : "");
}

}  // namespace sluice::tiff
