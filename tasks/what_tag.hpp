// what_tag.hpp: name the value that stands in one token with a key. What, nothing of where.
//
//   position    0   1   2 |  3        n tokens (key, value): the keys differ, the values are free
//   token      b4  d1  a7 |  d        a key of the string
//   answer      .   .   . |  1        its value
#pragma once

#include "tasks/options.hpp"
#include "tasks/presets.hpp"
#include "tasks/task.hpp"

namespace ww {

struct WhatTagOptions {
  int keys = 16, values = 8;  // V
  Range n{8, 12};

  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("keys", "keys", self.keys, "kinds of keys");
    f("values", "V", self.values, "kinds of values");
    f("n", "n", self.n, "symbols in a string, a number or a range such as 8..12");
  }
};

class WhatTag final : public Task {
 public:
  static constexpr const char* kName = "what-tag";
  using Options = WhatTagOptions;
  static Options preset(const PresetSizes& sizes) { return {sizes.keys, sizes.values, sizes.n}; }

  /// Throws InputError unless the longest string has enough different keys.
  explicit WhatTag(const Options& options);

  std::string text() const override;
  int version() const override { return 1; }
  const std::vector<std::string>& vocabulary() const override { return vocabulary_; }
  int labels() const override { return options_.values; }
  Shape draw_shape(Draw& draw, int queries) const override;
  Sample draw_sample(const Shape& shape, Draw& draw) const override;
  std::vector<Floor> floors() const override;
  std::vector<int32_t> candidates(size_t floor, const Sample&, const Query&) const override;
  int32_t solve(std::span<const int32_t> string, std::span<const int32_t> block) const override;
  std::vector<Invariance> invariances() const override;
  bool symbols_are_distinct() const override { return false; }

 private:
  int32_t pair(int key, int value) const { return (key + 1) * options_.values + value; }
  int key_of(int32_t token) const { return token / options_.values - 1; }
  int value_of(int32_t token) const { return token % options_.values; }
  int32_t question(int key) const { return (options_.keys + 1) * options_.values + key; }

  Options options_;
  std::vector<std::string> vocabulary_;  // values, pairs, keys, filler
};

}  // namespace ww
