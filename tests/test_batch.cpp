// test_batch.cpp: samples depend on split, seed and index alone; splits share no string.

#include <algorithm>
#include <map>
#include <set>

#include "tasks/batch.hpp"
#include "tests/catch.hpp"

using namespace ww;

static bool same(const Sample& a, const Sample& b) {
  if (a.string != b.string || a.queries.size() != b.queries.size()) return false;
  return std::equal(a.queries.begin(), a.queries.end(), b.queries.begin(), [](auto& p, auto& q) {
    return p.tokens == q.tokens && p.answer == q.answer && p.source == q.source &&
           p.target == q.target && p.shift == q.shift;
  });
}

TEST_CASE("Train, val and test share no string", "[batch]") {
  // Few letters, so that strings repeat: 9 x 8 x 7 x 6 x 5 of five letters.
  const auto task = make_task("indirect", "cpu", {{"letters", "9"}, {"n", "5..6"}});
  std::map<Split, std::set<std::vector<int32_t>>> strings;
  for (const auto split : {Split::train, Split::val, Split::test}) {
    for (uint64_t i = 0; i < 100'000; ++i) {
      strings[split].insert(sample_at(*task, {.split = split, .seed = 3}, i).string);
    }
  }
  const double all = 15120 + 60480;
  CHECK(strings[Split::val].size() > 0.11 * all);
  CHECK(strings[Split::test].size() > 0.11 * all);
  for (const auto split : {Split::val, Split::test}) {
    for (const auto& string : strings[split]) {
      REQUIRE(split_of(string) == split);
      REQUIRE(!strings[Split::train].contains(string));
    }
  }
  for (const auto& string : strings[Split::val]) REQUIRE(!strings[Split::test].contains(string));
}

TEST_CASE("A split of which there is no string is refused", "[batch]") {
  const auto task =
      make_task("where-back", "smoke", {{"letters", "2"}, {"n", "1"}, {"places", "1"}});
  CHECK(test::refusal([&] {
          for (const auto split : {Split::val, Split::test}) {
            for (uint64_t i = 0; i < 4; ++i) sample_at(*task, {.split = split}, i);
          }
        }).find("no string of 1 letters belongs to the") != std::string::npos);
}

TEST_CASE("A sample is the same however it is asked for", "[batch]") {
  const auto task = make_task("indirect", "paper");
  const Stream stream{.split = Split::train, .seed = 5, .cohort = 4, .queries = 3};
  for (uint64_t counter = 40; counter >= 20; counter -= 4) {
    const auto batch = cohort_at(*task, stream, counter);
    for (int row = 0; row < batch.strings; ++row) {
      CHECK(batch.index[row] == counter + row);
      CHECK(same(batch.samples[row], sample_at(*task, stream, counter + row)));
    }
  }
  const Stream other{.split = Split::train, .seed = 6, .cohort = 4, .queries = 3};
  CHECK(!same(sample_at(*task, stream, 0), sample_at(*task, other, 0)));
  CHECK(!same(sample_at(*task, stream, 0), sample_at(*task, stream, 1)));
}

TEST_CASE("Evaluation takes every string once, whatever the batch size", "[batch]") {
  const auto task = make_task("indirect", "paper");
  const Stream stream{.split = Split::val};
  for (const int largest : {1, 7, 512}) {
    std::set<uint64_t> seen;
    for (const auto& batch : evaluation_batches(*task, stream, 200, largest)) {
      CHECK(batch.strings <= largest);
      for (int row = 0; row < batch.strings; ++row) {
        CHECK(seen.insert(batch.index[row]).second);
        CHECK(same(batch.samples[row], sample_at(*task, stream, batch.index[row])));
      }
    }
    CHECK(seen.size() == 200);
    CHECK(*seen.rbegin() == 199);
  }
}

TEST_CASE("A batch lays the string and its blocks out without padding", "[batch]") {
  const auto task = make_task("indirect", "paper");
  const Stream stream{.seed = 1, .cohort = 8, .queries = 5};
  std::set<int> lengths;
  for (uint64_t counter = 0; counter < 160; counter += 8) {
    const auto batch = cohort_at(*task, stream, counter);
    REQUIRE(static_cast<int>(batch.tokens.size()) == batch.strings * batch.length);
    for (int row = 0; row < batch.strings; ++row) {
      const auto& sample = batch.samples[row];
      const int n = static_cast<int>(sample.string.size());
      int at = 0;
      const auto expect = [&](int32_t token, int position, int block) {
        CHECK(batch.tokens[row * batch.length + at] == token);
        CHECK(batch.position[at] == position);
        CHECK(batch.block[at] == block);
        ++at;
      };
      for (int i = 0; i < n; ++i) expect(sample.string[i], i, 0);
      for (int q = 0; q < 5; ++q) {
        const auto& query = sample.queries[q];
        lengths.insert(static_cast<int>(query.tokens.size()));
        for (size_t i = 0; i < query.tokens.size(); ++i) {
          expect(query.tokens[i], n + static_cast<int>(i), q + 1);
        }
        CHECK(batch.graded[q] == at - 1);
        CHECK(batch.answer[row * 5 + q] == query.answer);
      }
      CHECK(at == batch.length);
    }
  }
  CHECK(lengths == std::set{6, 7});
}

TEST_CASE("Every epoch of a fixed set shows all its strings once, in its own order", "[batch]") {
  const auto task = make_task("where-back", "smoke");
  const Stream fixed{.cohort = 2, .strings = 24};
  const Stream fresh{.cohort = 2};
  std::set<std::vector<uint64_t>> orders;
  for (uint64_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<uint64_t> order;
    for (uint64_t counter = epoch * 24; counter < (epoch + 1) * 24; counter += 2) {
      const auto batch = cohort_at(*task, fixed, counter);
      CHECK(same(batch.samples[0], sample_at(*task, fresh, batch.index[0])));
      order.insert(order.end(), batch.index.begin(), batch.index.end());
    }
    orders.insert(order);
    std::sort(order.begin(), order.end());
    for (uint64_t i = 0; i < 24; ++i) CHECK(order[i] == i);
  }
  CHECK(orders.size() > 1);
}

TEST_CASE("Streams that cannot be cut into cohorts are refused", "[batch]") {
  const auto task = make_task("where-back", "smoke");
  const auto refused = [&](const Stream& stream, uint64_t counter) {
    return test::refusal([&] { cohort_at(*task, stream, counter); });
  };
  CHECK(refused({.cohort = 0}, 0).starts_with("[batch] a cohort needs"));
  CHECK(refused({.cohort = 4, .strings = 10}, 0).starts_with("[batch] a fixed set must"));
  CHECK(refused({.cohort = 4}, 2).starts_with("[batch] the data counter must"));
}
