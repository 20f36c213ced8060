#include "cli/nearest.hpp"

#include <algorithm>

namespace ww {

size_t edit_distance(const std::string& one, const std::string& other) {
  std::vector<std::vector<size_t>> costs(one.size() + 1, std::vector<size_t>(other.size() + 1));
  for (size_t i = 0; i <= one.size(); ++i) {
    for (size_t j = 0; j <= other.size(); ++j) {
      auto& cost = costs[i][j];
      if (i == 0 || j == 0) {
        cost = i + j;
        continue;
      }
      const size_t differ = one[i - 1] == other[j - 1] ? 0 : 1;
      cost = std::min({costs[i - 1][j] + 1, costs[i][j - 1] + 1, costs[i - 1][j - 1] + differ});
      const bool swapped =
          i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (swapped) cost = std::min(cost, costs[i - 2][j - 2] + 1);
    }
  }
  return costs[one.size()][other.size()];
}

std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 64;  // no name is longer
  if (word.size() > kLongest) return {};
  std::string best;
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  for (const auto& name : names) {
    const auto cost = edit_distance(word, name);
    if (cost >= least || cost >= name.size()) continue;
    least = cost;
    best = name;
  }
  return best;
}

}  // namespace ww
