// The name that was probably meant.
#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/options.hpp"

namespace sluice {

std::string nearest_name(std::string_view word, std::span<const std::string> known) {
  // Edit distance with transpositions (optimal string alignment): three rows of its table.
  const auto distance = [&](std::string_view other) {
    std::vector<std::size_t> before(other.size() + 1), last(other.size() + 1),
        row(other.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      row[0] = i;
      for (std::size_t j = 1; j <= other.size(); ++j) {
        row[j] =
            std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (word[i - 1] != other[j - 1])});
        if (i > 1 && j > 1 && word[i - 1] == other[j - 2] && word[i - 2] == other[j - 1])
          row[j] = std::min(row[j], before[j - 2] + 1);
      }
      std::swap(before, last);
      std::swap(last, row);
    }
    return last[other.size()];
  };
  if (word.size() > 64) return {};
  std::string best;
  std::size_t nearest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& name : known)
    if (name.size() > 1 || word.size() > 1)
      if (const std::size_t d = distance(name);
          d < nearest && d < std::max(name.size(), word.size()))
        nearest = d, best = name;
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known) {
  const std::string near = nearest_name(word, known);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

}  // namespace sluice
