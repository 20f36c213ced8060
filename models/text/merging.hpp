// merging.hpp: neighbours join, best pair first, until none can: what every BPE does once it has
// ids for the characters. n log n for n ids.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <queue>
#include <vector>

#include "base/check.hpp"

namespace ww {

/// What two neighbours join into. The lowest rank joins first, the leftmost of equal ones.
struct Joined {
  uint32_t rank;
  int32_t id;
};

namespace merging {

constexpr uint32_t kEnd = std::numeric_limits<uint32_t>::max();

/// Ids that shrink as neighbours join; -1 marks one that is gone.
struct Chain {
  std::vector<int32_t>& id;
  std::vector<uint32_t> next, previous;

  explicit Chain(std::vector<int32_t>& ids) : id(ids), next(ids.size()), previous(ids.size()) {
    check(ids.size() < kEnd, "a word of {} characters is longer than can be merged", ids.size());
    const auto size = static_cast<uint32_t>(ids.size());
    for (uint32_t i = 0; i < size; ++i) {
      next[i] = i + 1 < size ? i + 1 : kEnd;
      previous[i] = i > 0 ? i - 1 : kEnd;
    }
  }
  void join(uint32_t left, int32_t joined) {
    const auto right = next[left];
    id[left] = joined;
    id[right] = -1;
    next[left] = next[right];
    if (next[left] != kEnd) previous[next[left]] = left;
  }
};

/// A possible join of `left` and its right neighbour, as they were when it was found.
struct Candidate {
  uint32_t rank, left;
  int32_t left_id, right_id, joined;
  bool operator<(const Candidate& other) const {  // the queue's top: lowest rank, then leftmost
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

}  // namespace merging

/// `joins(a, b)` is what the ids a, b join into, an optional Joined.
template <typename Joins>
void merge_neighbours(std::vector<int32_t>& ids, const Joins& joins) {
  using merging::Candidate;
  using merging::kEnd;
  merging::Chain chain(ids);
  std::vector<Candidate> found;
  const auto candidate = [&](uint32_t left) -> std::optional<Candidate> {
    if (chain.next[left] == kEnd) return {};
    const auto a = ids[left], b = ids[chain.next[left]];
    const std::optional<Joined> joined = joins(a, b);
    if (!joined) return {};
    return Candidate{joined->rank, left, a, b, joined->id};
  };
  for (uint32_t i = 0; i < ids.size(); ++i) {
    if (const auto possible = candidate(i)) found.push_back(*possible);
  }
  std::priority_queue<Candidate> queue(std::less<Candidate>{}, std::move(found));
  const auto consider = [&](uint32_t left) {
    if (const auto possible = candidate(left)) queue.push(*possible);
  };
  while (!queue.empty()) {
    const auto best = queue.top();
    queue.pop();
    const auto right = chain.next[best.left];
    const bool stands =
        ids[best.left] == best.left_id && right != kEnd && ids[right] == best.right_id;
    if (!stands) continue;
    chain.join(best.left, best.joined);
    consider(best.left);
    if (chain.previous[best.left] != kEnd) consider(chain.previous[best.left]);
  }
  std::erase(ids, -1);
}

}  // namespace ww
