// evaluate.hpp: how well a model answers, split by what was asked, and where wrong answers come
// from.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "models/decoder.hpp"
#include "models/run.hpp"

namespace ww {

struct Tally {
  int64_t right = 0, asked = 0;
  double accuracy() const;  // 0 to 1; NaN where nothing was asked
};

/// What one pass over an evaluation stream found.
struct Evaluation {
  double loss = 0;  // mean cross-entropy, nats per answer
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

/// Answers questions 0 .. answers - 1 of the split, one a string. Exact repeat for equal arguments.
Evaluation evaluate(const Decoder& model, const Run& run, Split split, int64_t answers);

/// Each wrong answer gets the first class that fits; `place` is where the answer stands in the
/// string (-1: nowhere), `reach` the longest shift that is asked.
std::string pointer_error(const Query& query, int place, int reach);
/// The classes in the order they are tried.
const std::vector<std::string>& pointer_error_classes();

/// Slices as run records hold them: {"shift": [{"value", "right", "asked"}, ..], ..}.
nlohmann::json slices_to_json(const Evaluation& evaluation);

}  // namespace ww
