#include "models/formats/nearest_names.hpp"

#include <algorithm>
#include <utility>

namespace ww {

namespace {

/// How many letters must change to make one word of the other.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const auto change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> nearest_names(const std::string& name, const WeightFile& weights) {
  constexpr size_t kLongest = 200;  // the distance takes the product of the lengths
  std::vector<std::pair<size_t, std::string>> all;
  for (const auto& [theirs, view] : weights.tensors) {
    if (name.size() < kLongest && theirs.size() < kLongest)
      all.emplace_back(distance(name, theirs), theirs);
  }
  std::ranges::sort(all);
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min<size_t>(3, all.size()); ++i) names.push_back(all[i].second);
  return names;
}

}  // namespace ww
