#include "tasks/what_tag.hpp"

#include <algorithm>

#include "base/philox.hpp"
#include "tasks/bags.hpp"
#include "tasks/symbols.hpp"

namespace ww {

WhatTag::WhatTag(const Options& options) : options_(options) {
  const auto& [keys, V, n] = options_;
  check_symbols(kName, "keys", keys);
  check_symbols(kName, "values", V);
  check(n.lo >= 1 && n.hi <= keys,
        "[what-tag] n must be 1 to the number of keys, {}, since keys do not repeat, but got {}",
        keys,
        option_text(n));
  for (int value = 0; value < V; ++value) vocabulary_.push_back(value_name(value));
  for (int key = 0; key < keys; ++key) {
    for (int value = 0; value < V; ++value) {
      vocabulary_.push_back(letter_name(key) + value_name(value));
    }
  }
  for (int key = 0; key < keys; ++key) vocabulary_.push_back(letter_name(key));
  vocabulary_.push_back(kFiller);
}

std::string WhatTag::text() const { return canonical_text(kName, options_); }

Shape WhatTag::draw_shape(Draw& draw, int queries) const {
  const int n = options_.n.lo + static_cast<int>(draw.below(options_.n.count()));
  return {n, std::vector<int>(queries, 1)};
}

Sample WhatTag::draw_sample(const Shape& shape, Draw& draw) const {
  Sample sample;
  for (const int key : draw.distinct(options_.keys, shape.n)) {
    sample.string.push_back(pair(key, static_cast<int>(draw.below(options_.values))));
  }
  for (size_t q = 0; q < shape.blocks.size(); ++q) {
    const int place = static_cast<int>(draw.below(shape.n));
    const int32_t token = sample.string[place];
    sample.queries.push_back({.tokens = {question(key_of(token))},
                              .answer = value_of(token),
                              .source = place,
                              .target = place});
  }
  return sample;
}

int32_t WhatTag::solve(std::span<const int32_t> string, std::span<const int32_t> block) const {
  if (block.size() != 1) return -1;
  const int key = block[0] - question(0);
  for (const int32_t token : string) {
    if (key_of(token) == key) return value_of(token);
  }
  return -1;
}

std::vector<Floor> WhatTag::floors() const {
  double bag = 0;
  for (int n = options_.n.lo; n <= options_.n.hi; ++n) {
    bag += expected_mode(n, options_.values) / n / options_.n.count();
  }
  return {{"nothing", 1.0 / options_.values},
          {.view = "the most frequent value of the string", .accuracy = bag, .plateau = true}};
}

std::vector<int32_t> WhatTag::candidates(size_t floor, const Sample& sample, const Query&) const {
  if (floor == 0) return all_labels(labels());
  std::vector<int32_t> values;
  for (const int32_t token : sample.string) values.push_back(value_of(token));
  return {most_frequent(values)};
}

std::vector<Invariance> WhatTag::invariances() const {
  const auto reordered = [this](const Sample& sample, Draw& draw) {
    const int n = static_cast<int>(sample.string.size());
    std::vector<int32_t> string;
    for (const int place : draw.distinct(n, n)) string.push_back(sample.string[place]);
    return std::all_of(sample.queries.begin(), sample.queries.end(), [&](const Query& query) {
      return solve(string, query.tokens) == query.answer;
    });
  };
  const auto relabelled = [this](const Sample& sample, Draw& draw) {
    const auto keys = draw.distinct(options_.keys, options_.keys);
    const auto values = draw.distinct(options_.values, options_.values);
    auto string = sample.string;
    for (auto& token : string) token = pair(keys[key_of(token)], values[value_of(token)]);
    return std::all_of(sample.queries.begin(), sample.queries.end(), [&](const Query& query) {
      const int32_t block[] = {question(keys[query.tokens[0] - question(0)])};
      return solve(string, block) == values[query.answer];
    });
  };
  return {{"reordering the string keeps the answer", reordered},
          {"relabelling keys and values relabels the answer", relabelled}};
}

}  // namespace ww
