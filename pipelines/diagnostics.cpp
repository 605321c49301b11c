#include "pipelines/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace sluice {

namespace {
constexpr std::size_t kMostReported = 20;
constexpr std::size_t kLongestWord = 60;  // of a command line, repeated in a message
}  // namespace

int Origin::step_of(int word) const {
  const auto end = words.begin() + std::clamp<std::ptrdiff_t>(word - 1, 0, std::ssize(words));
  return 1 + static_cast<int>(std::count(words.begin(), end, "!"));
}

std::string Origin::text(Place place) const {
  if (!command_line)
    return place.line == 0 ? name : fmt::format("{}:{}:{}", name, place.line, place.column);
  if (place.column == 0) return "command line";
  const std::string& word = words.at(static_cast<std::size_t>(place.column - 1));
  return fmt::format("step {}, '{}'", step_of(place.column),
                     word.size() <= kLongestWord ? word : word.substr(0, kLongestWord) + "...");
}

std::string Origin::where(Place place) const {
  return command_line ? fmt::format("step {}", step_of(place.column))
                      : fmt::format("line {}", place.line);
}

void Diagnostics::error(Place place, std::string reason) {
  found_.push_back({place, std::move(reason)});
}

void Diagnostics::throw_if_any() {
  if (found_.empty()) return;
  // What concerns the description as a whole has place 0 and comes last.
  const auto order = [](const Found& f) {
    return std::tuple(f.place.line == 0 && f.place.column == 0, f.place.line, f.place.column);
  };
  std::stable_sort(found_.begin(), found_.end(),
                   [&](const Found& a, const Found& b) { return order(a) < order(b); });
  std::vector<std::string> lines;
  for (const Found& found : found_) {
    if (lines.size() == kMostReported) {
      lines.push_back(
          fmt::format("{}: error: and {} more", origin_.text({}), found_.size() - kMostReported));
      break;
    }
    lines.push_back(origin_.text(found.place) + ": error: " + found.reason);
  }
  PipelineError error(found_.front().reason, std::move(lines));
  error.at_file(origin_.text(found_.front().place));
  error.at_line(found_.front().place.line, found_.front().place.column);
  throw error;
}

}  // namespace sluice
