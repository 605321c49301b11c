// How PNG's texts and Metadata's items are named after each other.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace sluice::png {

/// Keywords that PNG names. As items they go by themselves; others are "png.text.KEYWORD". The
/// keyword "Description" is Metadata::description.
inline constexpr std::string_view kKeywords[] = {"Title",         "Author",   "Copyright",
                                                 "Creation Time", "Software", "Disclaimer",
                                                 "Warning",       "Source",   "Comment"};
inline constexpr std::string_view kDescription = "Description";
inline constexpr std::string_view kTextPrefix = "png.text.";
inline constexpr std::string_view kXmp = "XML:com.adobe.xmp";  ///< Metadata::xmp

inline bool is_named(std::string_view keyword) {
  return std::find(std::begin(kKeywords), std::end(kKeywords), keyword) != std::end(kKeywords);
}
inline std::string item_of(std::string_view keyword) {
  return is_named(keyword) ? std::string(keyword) : std::string(kTextPrefix) + std::string(keyword);
}
/// "" when the item is not a text of PNG's.
inline std::string_view keyword_of(std::string_view item) {
  if (is_named(item)) return item;
  return item.starts_with(kTextPrefix) ? item.substr(kTextPrefix.size()) : std::string_view{};
}

}  // namespace sluice::png
