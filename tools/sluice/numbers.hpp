// Numbers as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::tool {

/// A finite number, of which the text holds nothing else: "0.5", "-3", "1e-4".
std::optional<double> parse_number(std::string_view text);

/// "512M", "1.5GiB", "97623040" in bytes; K, M, G, T, with B or iB behind or not, are powers of
/// 1024. nullopt for anything else.
std::optional<std::int64_t> parse_bytes(std::string_view text);

/// "93.1 MiB", "512 MiB", "17 bytes".
std::string bytes_text(std::int64_t bytes);

/// "0:07", "12:30", "3:02:11" for seconds.
std::string duration_text(double seconds);

/// The shortest text that reads back as the same double; whole numbers up to 1e15 with all digits.
std::string number_text(double v);

}  // namespace sluice::tool
