// bags.hpp: what guessing from a bag of symbols is worth, when the places are unknown.
#pragma once

#include <cstdint>
#include <vector>

namespace ww {

/// M(h, A): how often, on average, the most frequent of `symbols` kinds stands among `drawn`
/// independent uniform draws. Exact:
///
///   M = sum_{m=0}^{h-1} (1 - P(m)),   P(m) = h! A^-h [x^h] (sum_{j<=m} x^j / j!)^A
///
/// where P(m) is the chance that no kind stands there more than m times.
double expected_mode(int drawn, int symbols);

/// The symbol that stands most often; the smallest of several. `bag` must not be empty.
int32_t most_frequent(std::vector<int32_t> bag);

}  // namespace ww
