// Prints what is known of images from their headers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "codecs/format.hpp"
#include "commands.hpp"
#include "common_options.hpp"
#include "exit_codes.hpp"
#include "image_facts.hpp"
#include "numbers.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostShown = 200;  // bytes of a metadata text in the listing; --json has all

// One line, control characters shown as spaces.
std::string one_line(std::string text) {
  const bool cut = text.size() > kMostShown;
  if (cut) text.resize(kMostShown);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text + (cut ? "..." : "");
}

std::string scalar_text(const Json& json) {
  if (json.is_number_float()) return number_text(json.get<double>());
  return json.is_string() ? one_line(json.get<std::string>()) : json.dump();
}

std::string pair_text(const Json& json, const char* between) {
  return scalar_text(json.at(0)) + between + scalar_text(json.at(1));
}

std::string row(const std::string& name, const std::string& text) {
  return fmt::format("  {:<14} {}\n", name, text);
}

std::string pages_text(const Json& pages, const std::string& indent) {
  std::string text;
  for (const Json& page : pages) {
    text += row(page["page"].get<int>() < 0 ? indent + "sub-image" : "page " + page["page"].dump(),
                fmt::format("{} x {}, {}, {}, {}, {} of {}{}", page["width"].dump(),
                            page["height"].dump(), scalar_text(page["samples"]),
                            scalar_text(page["photometric"]), scalar_text(page["compression"]),
                            scalar_text(page["layout"]), pair_text(page["block"], " x "),
                            page.contains("problem") ? "; " + scalar_text(page["problem"]) : ""));
    if (page.contains("children")) text += pages_text(page["children"], indent + "  ");
  }
  return text;
}

std::string bands_text(const Json& bands) {
  std::string text;
  for (const Json& band : bands) {
    text += (text.empty() ? "" : ", ") + scalar_text(band["name"]);
    if (band.contains("nodata")) text += " (nodata " + scalar_text(band["nodata"]) + ")";
  }
  return text;
}

std::string facts_text(const Json& facts) {
  std::string text = facts["file"].get<std::string>() + "\n";
  if (facts.contains("format")) text += row("format", scalar_text(facts["format"]));
  text += row("size", facts["width"].dump() + " x " + facts["height"].dump());
  text += row(
      "samples",
      fmt::format("{} x {}, {}{}", facts["channels"].dump(), scalar_text(facts["type"]),
                  scalar_text(facts["colour"]),
                  facts.contains("alpha") ? ", " + scalar_text(facts["alpha"]) + " alpha" : ""));
  text += row("bands", bands_text(facts["bands"]));
  text +=
      row("blocks",
          fmt::format("{} of {}{}{}", facts["blocks"].dump(), pair_text(facts["block"], " x "),
                      facts.contains("compression") ? ", " + scalar_text(facts["compression"]) : "",
                      facts["in_order"].get<bool>() ? ", read in order" : ""));
  for (const char* name : {"mpp", "mpp_y", "magnification", "orientation", "icc_bytes",
                           "exif_bytes", "palette_entries"})
    if (facts.contains(name)) text += row(name, scalar_text(facts[name]));
  if (facts.contains("resolution"))
    text += row("resolution",
                fmt::format("{} x {} pixels per millimetre", scalar_text(facts["resolution"]["x"]),
                            scalar_text(facts["resolution"]["y"])));
  if (facts.contains("geo")) {
    const Json& geo = facts["geo"];
    text += row("geo", fmt::format("origin {}, pixel size {}{}", pair_text(geo["origin"], ", "),
                                   pair_text(geo["pixel_size"], " x "),
                                   geo.contains("crs") ? ", " + scalar_text(geo["crs"]) : ""));
  }
  for (std::size_t i = 0; i < facts["levels"].size(); ++i) {
    const Json& level = facts["levels"][i];
    text += row(fmt::format("level {}", i),
                fmt::format("{} x {}, blocks of {}", level["width"].dump(), level["height"].dump(),
                            pair_text(level["block"], " x ")));
  }
  if (facts.contains("pages")) text += pages_text(facts["pages"], "");
  if (facts.contains("problem")) text += row("problem", scalar_text(facts["problem"]));
  if (facts.contains("description")) text += row("description", scalar_text(facts["description"]));
  for (const auto& [name, value] : facts["metadata"].items())
    text += row(name, scalar_text(value));
  return text;
}

// nullopt where the option is not given.
std::optional<int> number_from_0(const char* option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  int number = -1;
  const char* const end = text.data() + text.size();
  const auto [rest, wrong] = std::from_chars(text.data(), end, number);
  if (wrong != std::errc() || rest != end || number < 0)
    throw Error(ErrorKind::usage,
                fmt::format("{} takes a whole number from 0 on, not '{}'", option, text));
  return number;
}

}  // namespace

int info_command(const std::vector<std::string>& words, Signals&) {
  CommandLine line("info", "IMAGE ...", "Shows what is known of images from their headers.");
  line.add_quiet();
  line.add_json();
  ReadOptions read;
  std::string page, level;
  line.app().add_option("--page", page, "Which image of the file, from 0")->type_name("N");
  line.app()
      .add_option("--level", level, "Which stored level of the page, 0 for the full size")
      ->type_name("N");
  line.app().add_flag_function(
      "--damaged", [&](std::int64_t) { read.damaged = true; },
      "Describe a file although blocks of it lie outside it");
  const auto files = line.parse(words);
  if (!files) return kDone;
  read.page = number_from_0("--page", page);
  read.level = number_from_0("--level", level);
  if (files->empty()) throw Error(ErrorKind::usage, "info takes image files");
  if (!line.options().quiet)
    read.warning = [](const std::string& text) {
      std::fputs(("warning: " + text + "\n").c_str(), stderr);
    };
  int code = kDone;
  Json all = Json::array();
  std::string text;
  for (const std::string& file : *files) {
    try {
      const Json facts = image_facts(file, *open_image(file, read), read.page.value_or(0));
      text += (text.empty() ? "" : "\n") + facts_text(facts);
      all.push_back(facts);
    } catch (const Error& e) {
      std::fputs(fmt::format("error: {}\n", e.what()).c_str(), stderr);
      code = std::max(code, exit_code(e.kind()));
    }
  }
  if (line.options().json) {
    if (files->size() > 1)
      text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    else
      text =
          all.empty() ? "" : all.front().dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::fputs(text.c_str(), stdout);
  return code;
}

}  // namespace sluice::tool
