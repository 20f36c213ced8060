// grades.hpp: answers counted by what was asked, and where wrong ones come from. Whose answers they
// are, a model's or another program's, makes no difference.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tasks/batch.hpp"

namespace ww {

struct Tally {
  int64_t right = 0, asked = 0;
  double accuracy() const;  // 0 to 1; NaN where nothing was asked
};

struct Grades {
  Tally total;
  Tally nonzero;  // answers to queries with a shift other than 0
  /// "n", "shift", "source", "target", "distance" (tokens from target to graded place) -> value ->
  /// tally; what a task does not have, or never varies, is left out.
  std::map<std::string, std::map<int, Tally>> slices;
  /// Class of a wrong answer -> count, and (asked, applied) shift -> count; empty unless every
  /// symbol stands at most once in a string, so that an answer tells where it was read.
  std::map<std::string, int64_t> pointer_errors;
  std::map<std::pair<int, int>, int64_t> shift_table;
};

/// Counts answers one by one.
class Grader {
 public:
  /// `reach`: the longest shift that is asked.
  Grader(const Task& task, int reach) : places_(task.symbols_are_distinct()), reach_(reach) {}
  /// The answer to a question of the batch's string `row`.
  void add(const Batch& batch, size_t row, size_t question, int64_t token);
  Grades grades() const;

 private:
  bool places_;
  int reach_;
  Grades grades_;
};

/// The longest shift of a sample's questions.
int longest_shift(const Sample& sample);

/// Each wrong answer gets the first class that fits; `place` is where the answer stands in the
/// string (-1: nowhere), `reach` the longest shift that is asked.
std::string pointer_error(const Query& query, int place, int reach);
/// The classes in the order they are tried.
const std::vector<std::string>& pointer_error_classes();
/// Wrong answers of every class in that order; empty where answers don't tell where they were read.
std::vector<std::pair<std::string, int64_t>> pointer_error_counts(const Grades& grades);

}  // namespace ww
