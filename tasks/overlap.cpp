#include "tasks/overlap.hpp"

#include <algorithm>
#include <vector>

#include "base/philox.hpp"

namespace ww {

Overlap count_overlap(
    const Task& task, const Stream& train, uint64_t strings, uint64_t answers, uint64_t seed) {
  constexpr uint64_t kMost = 10'000'000;
  Overlap overlap;
  overlap.train_strings = std::min(strings, kMost);
  std::vector<uint64_t> seen;
  seen.reserve(overlap.train_strings);
  const auto G = static_cast<uint64_t>(train.cohort);
  for (uint64_t counter = 0; counter < overlap.train_strings; counter += G) {
    for (const auto& sample : cohort_at(task, train, counter).samples) {
      if (seen.size() < overlap.train_strings) seen.push_back(fnv64(sample.string));
    }
  }
  std::ranges::sort(seen);
  const auto repeated = std::unique(seen.begin(), seen.end());
  overlap.repeats = static_cast<uint64_t>(seen.end() - repeated);
  seen.erase(repeated, seen.end());
  for (const auto split : {Split::val, Split::test}) {
    const Stream stream{.split = split, .seed = seed};
    for (uint64_t i = 0; i < answers; ++i) {
      const auto hash = fnv64(sample_at(task, stream, i).string);
      overlap.shared += std::ranges::binary_search(seen, hash) ? 1 : 0;
    }
  }
  return overlap;
}

}  // namespace ww
