// where_back.hpp: name the letter k places from the end. Relative where, nothing of what.
//
//   position    0   1   2   3   4 |  5        n letters, drawn with replacement
//   token       c   a   a   d   b | .2        k is uniform on 0 .. K - 1; .0 asks for the last
//   answer      .   .   .   .   . |  a        the letter at n - 1 - k
#pragma once

#include "tasks/options.hpp"
#include "tasks/presets.hpp"
#include "tasks/task.hpp"

namespace ww {

struct WhereBackOptions {
  int letters = 16;  // A
  Range n{8, 12};
  int places = 7;  // K

  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("letters", "A", self.letters, "letters in the alphabet");
    f("n", "n", self.n, "symbols in a string, a number or a range such as 8..12");
    f("places", "K", self.places, "places from the end that are asked for");
  }
};

class WhereBack final : public Task {
 public:
  static constexpr const char* kName = "where-back";
  using Options = WhereBackOptions;
  static Options preset(const PresetSizes& sizes) { return {sizes.letters, sizes.n, sizes.places}; }

  /// Throws InputError unless 1 <= K <= n_lo and there are at least two letters.
  explicit WhereBack(const Options& options);

  std::string text() const override;
  int version() const override { return 1; }
  const std::vector<std::string>& vocabulary() const override { return vocabulary_; }
  int labels() const override { return options_.letters; }
  Shape draw_shape(Draw& draw, int queries) const override;
  Sample draw_sample(const Shape& shape, Draw& draw) const override;
  std::vector<Floor> floors() const override;
  std::vector<int32_t> candidates(size_t floor, const Sample&, const Query&) const override;
  int32_t solve(std::span<const int32_t> string, std::span<const int32_t> block) const override;
  std::vector<Invariance> invariances() const override;
  bool symbols_are_distinct() const override { return false; }

 private:
  Options options_;
  std::vector<std::string> vocabulary_;
};

}  // namespace ww
