// evaluate.hpp: how well a model answers, graded as tasks/grades.hpp says.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "models/decoder.hpp"
#include "models/run.hpp"
#include "tasks/grades.hpp"

namespace ww {

/// What one pass over an evaluation stream found.
struct Evaluation : Grades {
  double loss = 0;  // mean cross-entropy, nats per answer
};

/// Answers questions 0 .. answers - 1 of the split, one a string. Exact repeat for equal arguments.
Evaluation evaluate(const Decoder& model, const Run& run, Split split, int64_t answers);

/// Slices as run records hold them: {"shift": [{"value", "right", "asked"}, ..], ..}.
nlohmann::json slices_to_json(const Grades& grades);

}  // namespace ww
