#include "tasks/bags.hpp"

#include <algorithm>
#include <cstddef>

namespace ww {

/// P(m): `ways` holds, for each number of draws so far, the chance's coefficient times h! A^-h.
static double none_above(int most, int drawn, int symbols) {
  std::vector<double> ways(drawn + 1, 0.0);  // [x^i] (..)^a times i! A^-i: all within [0, 1]
  ways[0] = 1;
  for (int kind = 0; kind < symbols; ++kind) {
    std::vector<double> next(drawn + 1, 0.0);
    for (int i = 0; i <= drawn; ++i) {
      double choose = 1;  // i over j, times A^-j
      for (int j = 0; j <= std::min(most, i); ++j) {
        next[i] += choose * ways[i - j];
        choose *= static_cast<double>(i - j) / ((j + 1) * static_cast<double>(symbols));
      }
    }
    ways = std::move(next);
  }
  return ways[drawn];
}

double expected_mode(int drawn, int symbols) {
  double mode = 0;
  for (int most = 0; most < drawn; ++most) mode += 1 - none_above(most, drawn, symbols);
  return mode;
}

int32_t most_frequent(std::vector<int32_t> bag) {
  std::sort(bag.begin(), bag.end());
  int32_t best = bag.front();
  std::ptrdiff_t most = 0;
  for (auto begin = bag.begin(); begin != bag.end();) {
    const auto end = std::upper_bound(begin, bag.end(), *begin);
    if (end - begin > most) {
      most = end - begin;
      best = *begin;
    }
    begin = end;
  }
  return best;
}

}  // namespace ww
