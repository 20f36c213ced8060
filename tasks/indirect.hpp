// indirect.hpp: find a letter (what), step from it (where), name the letter there: pointer
// arithmetic. arXiv 2509.10534, section 4. Two questions of shape `ck` after five letters:
//
//   position    0   1   2   3   4 |  5   6 |  5   6
//   token       q   e   o   h   u |  o  -2 |  h  +1      the letters of a string differ
//   answer      .   .   .   .   . |  .   q |  .   u      x[source + shift]
//
// Three more ways to spell a question are in spelling.hpp.
//
// The source is uniform on the string, the shift on -S .. S. A question that leaves the string is
// redrawn: both parts (`pair`) or the shift alone (`shift`). The paper states neither, nor whether
// 0 is among its shifts.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "tasks/options.hpp"
#include "tasks/presets.hpp"
#include "tasks/spelling.hpp"
#include "tasks/task.hpp"

namespace ww {

enum class Redraw { pair, shift };
const std::vector<std::string>& choices(Redraw);

struct IndirectOptions {
  int letters = 16;  // A
  Range n{8, 12};
  int reach = 1;  // S
  QueryShape query = QueryShape::fused;
  bool zero = true;
  Redraw redraw = Redraw::pair;

  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("letters", "A", self.letters, "letters in the alphabet");
    f("n", "n", self.n, "symbols in a string, a number or a range such as 8..12");
    f("reach", "S", self.reach, "largest shift, to either side");
    f("query", "query", self.query, "how a question is spelled: fused, ck, paper, unary");
    f("zero", "zero", self.zero, "whether 0 is among the shifts");
    f("redraw", "redraw", self.redraw, "what is drawn again outside the string: pair, shift");
  }
};

class Indirect final : public Task {
 public:
  static constexpr const char* kName = "indirect";
  using Options = IndirectOptions;
  static Options preset(const PresetSizes& sizes);

  /// Throws InputError where n exceeds the alphabet or a shift the shortest string.
  explicit Indirect(const Options& options);

  std::string text() const override;
  int version() const override { return 1; }
  const std::vector<std::string>& vocabulary() const override { return vocabulary_; }
  int labels() const override { return options_.letters; }
  Shape draw_shape(Draw& draw, int queries) const override;
  Sample draw_sample(const Shape& shape, Draw& draw) const override;
  std::vector<Floor> floors() const override;
  std::vector<Floor> floors_off_zero() const override;
  std::vector<int32_t> candidates(size_t floor, const Sample&, const Query&) const override;
  int32_t solve(std::span<const int32_t> string, std::span<const int32_t> block) const override;
  std::vector<Invariance> invariances() const override;
  bool symbols_are_distinct() const override { return true; }
  /// As the paper prints it: `NZTUIGWkXFrhCJDzscat, N, +4, I`.
  std::string sentence(std::span<const int32_t> string, const Query& query) const override;

 private:
  struct Pointer {
    int source, shift;  // places
  };

  bool asks(int shift) const;  // whether the shift is one of the task's
  Pointer draw_pointer(int n, Draw& draw) const;

  // indirect_floors.cpp
  /// Calls f(n, source, shift, chance) for every question; the chances sum to 1.
  template <typename F>
  void for_each_question(F&& f) const;
  void find_best_distances();
  /// The places of a string that a view leaves equally likely.
  std::vector<int> view_places(size_t floor, int n, int source, int shift) const;
  std::vector<Floor> ladder(bool off_zero) const;

  Options options_;
  Spelling spelling_;
  std::vector<std::string> vocabulary_;
  int best_distance_ = 0;             // from the end: the best guess that knows nothing else
  std::vector<int> shift_distances_;  // [shift + S]: the best guess that knows the shift
};

}  // namespace ww
