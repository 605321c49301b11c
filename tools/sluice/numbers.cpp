#include "numbers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace sluice::tool {

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  int power = 0;
  if (!unit.empty()) {
    constexpr std::string_view kUnits = "KMGT";
    const char letter =
        unit.front() >= 'a' ? static_cast<char>(unit.front() - 'a' + 'A') : unit.front();
    const auto at = kUnits.find(letter);
    if (at != std::string_view::npos) {
      power = static_cast<int>(at) + 1;
      unit.remove_prefix(1);
      if (unit.starts_with("i") && unit.size() == 2) unit.remove_prefix(1);
    }
    if (!(unit.empty() || unit == "B" || unit == "b")) return std::nullopt;
  }
  const double bytes = std::floor(std::ldexp(number, 10 * power));
  if (bytes >= 0x1p62) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

std::string bytes_text(std::int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double number = static_cast<double>(bytes);
  int unit = -1;
  while (number >= 1024 && unit < 5)
    number /= 1024, ++unit;
  const bool whole = number == std::floor(number);
  return whole ? fmt::format("{:.0f} {}", number, kUnits[unit])
               : fmt::format("{:.1f} {}", number, kUnits[unit]);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  return hours ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
               : fmt::format("{}:{:02}", minutes, rest);
}

std::string number_text(double v) {
  if (std::isnan(v)) return "nan";
  // Counts and integer samples are shown in full, not as 4e+06.
  if (v == std::nearbyint(v) && std::abs(v) < 1e15) return fmt::format("{:.0f}", v + 0.0);
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr};
}

}  // namespace sluice::tool
