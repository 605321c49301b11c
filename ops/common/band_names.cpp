#include "ops/common/band_names.hpp"

#include <fmt/format.h>

#include "ops/common/checks.hpp"

namespace sluice {

std::string_view role_name(BandRole role) {
  constexpr std::string_view kNames[] = {"data", "grey",    "red",     "green", "blue",
                                         "cyan", "magenta", "yellow",  "black", "lightness",
                                         "a",    "b",       "palette", "alpha"};
  return kNames[static_cast<int>(role)];
}

std::string band_word(const BandInfo& band) {
  if (!band.name.empty()) return band.name;
  return band.role == BandRole::data ? std::string() : std::string(role_name(band.role));
}

std::vector<std::string> band_words(const ImageInfo& info) {
  std::vector<std::string> words;
  for (const BandInfo& band : info.bands) {
    if (!band.name.empty()) words.push_back(band.name);
    if (band.role != BandRole::data) words.emplace_back(role_name(band.role));
  }
  return words;
}

int band_called(const ImageInfo& info, std::string_view word) {
  const auto find = [&](auto&& is_called) {
    int found = -1;
    for (int i = 0; i < info.channels(); ++i) {
      if (!is_called(info.bands[static_cast<std::size_t>(i)])) continue;
      if (found >= 0)
        throw refused(
            fmt::format("bands {} and {} are both called '{}': choose by "
                        "number",
                        found, i, word));
      found = i;
    }
    return found;
  };
  if (word.empty()) return -1;
  const int by_name = find([&](const BandInfo& band) { return band.name == word; });
  if (by_name >= 0) return by_name;
  return find([&](const BandInfo& band) {
    return band.role != BandRole::data && role_name(band.role) == word;
  });
}

std::string list_bands(const ImageInfo& info) {
  constexpr int kMost = 16;
  std::string all;
  for (int i = 0; i < info.channels() && i < kMost; ++i) {
    const std::string name = band_word(info.bands[static_cast<std::size_t>(i)]);
    all += fmt::format("{}{}", i ? ", " : "", i);
    if (!name.empty()) all += fmt::format(" '{}'", name);
  }
  if (info.channels() > kMost) all += fmt::format(", ... {}", info.channels() - 1);
  return all;
}

}  // namespace sluice
