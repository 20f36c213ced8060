#include "tasks/where_back.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/philox.hpp"
#include "tasks/bags.hpp"
#include "tasks/symbols.hpp"

namespace ww {

WhereBack::WhereBack(const Options& options) : options_(options) {
  const auto& [A, n, K] = options_;
  check_symbols(kName, "letters", A);
  check(n.lo >= 1 && n.hi <= kMostSymbols, "[where-back] n must be 1 to {}", kMostSymbols);
  check(K >= 1 && K <= n.lo,
        "[where-back] places must be 1 to the shortest string's {} letters but got {}",
        n.lo,
        K);
  for (int letter = 0; letter < A; ++letter) vocabulary_.push_back(letter_name(letter));
  for (int k = 0; k < K; ++k) vocabulary_.push_back(fmt::format(".{}", k));
  vocabulary_.push_back(kFiller);
}

std::string WhereBack::text() const { return canonical_text(kName, options_); }

Shape WhereBack::draw_shape(Draw& draw, int queries) const {
  const int n = options_.n.lo + static_cast<int>(draw.below(options_.n.count()));
  return {n, std::vector<int>(queries, 1)};
}

Sample WhereBack::draw_sample(const Shape& shape, Draw& draw) const {
  Sample sample;
  for (int i = 0; i < shape.n; ++i) {
    sample.string.push_back(static_cast<int32_t>(draw.below(options_.letters)));
  }
  for (size_t q = 0; q < shape.blocks.size(); ++q) {
    const int k = static_cast<int>(draw.below(options_.places));
    const int target = shape.n - 1 - k;
    sample.queries.push_back({.tokens = {options_.letters + k},
                              .answer = sample.string[target],
                              .target = target,
                              .shift = -k});
  }
  return sample;
}

int32_t WhereBack::solve(std::span<const int32_t> string, std::span<const int32_t> block) const {
  if (block.size() != 1) return -1;
  const int k = block[0] - options_.letters;
  const int n = static_cast<int>(string.size());
  return k >= 0 && k < std::min(options_.places, n) ? string[n - 1 - k] : -1;
}

/// How many places of a string of n are at most one away from `place`.
static int near_places(int n, int place) {
  return std::min(n - 1, place + 1) - std::max(0, place - 1) + 1;
}

std::vector<Floor> WhereBack::floors() const {
  const double A = options_.letters, K = options_.places, N = options_.n.count();
  double string_bag = 0, near = 0;
  for (int n = options_.n.lo; n <= options_.n.hi; ++n) {
    string_bag += expected_mode(n, options_.letters) / n / N;
    for (int k = 0; k < options_.places; ++k) {
      const int h = near_places(n, n - 1 - k);
      near += expected_mode(h, options_.letters) / h / K / N;
    }
  }
  const double last_bag = expected_mode(options_.places, options_.letters) / K;
  return {
      {"nothing", 1 / A},
      {"the last letter, whatever the place", 1 / K + (1 - 1 / K) / A},
      {"the bag of the string", string_bag},
      {"the place, not the length: every string taken for the shortest", 1 / N + (1 - 1 / N) / A},
      {fmt::format("the bag of the last {} letters", options_.places), last_bag},
      {.view = "the place, up to one", .accuracy = near, .plateau = true}};
}

std::vector<int32_t> WhereBack::candidates(size_t floor,
                                           const Sample& sample,
                                           const Query& query) const {
  const auto& string = sample.string;
  const auto bag = [&](auto begin, auto end) {
    return std::vector<int32_t>{most_frequent({begin, end})};
  };
  switch (floor) {
    case 0:
      return all_labels(labels());
    case 1:
      return {string.back()};
    case 2:
      return bag(string.begin(), string.end());
    case 3:
      return {string[options_.n.lo - 1 + query.shift]};
    case 4:
      return bag(string.end() - options_.places, string.end());
  }
  const int n = static_cast<int>(string.size());
  return bag(string.begin() + std::max(0, query.target - 1),
             string.begin() + std::min(n, query.target + 2));
}

std::vector<Invariance> WhereBack::invariances() const {
  const auto relabelled = [this](const Sample& sample, Draw& draw) {
    const auto renamed = draw.distinct(options_.letters, options_.letters);
    auto string = sample.string;
    for (auto& letter : string) letter = renamed[letter];
    return std::all_of(sample.queries.begin(), sample.queries.end(), [&](const Query& query) {
      return solve(string, query.tokens) == renamed[query.answer];
    });
  };
  const auto moved = [this](const Sample& sample, Draw& draw) {
    const int n = static_cast<int>(sample.string.size());
    const auto order = draw.distinct(n, n);
    std::vector<int32_t> string;
    for (const int place : order) string.push_back(sample.string[place]);
    return std::all_of(sample.queries.begin(), sample.queries.end(), [&](const Query& query) {
      return solve(string, query.tokens) == sample.string[order[query.target]];
    });
  };
  return {{"relabelling letters relabels the answer", relabelled},
          {"reordering the string changes the answer to the letter that came to its place", moved}};
}

}  // namespace ww
