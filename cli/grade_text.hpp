// grade_text.hpp: graded answers as a table and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/grade.hpp"

namespace ww {

std::string grade_text(const Questions& questions, const GradedAnswers& graded);
/// Accuracies and intervals from 0 to 1; null where a task has no such thing.
nlohmann::ordered_json grade_json(const Questions& questions, const GradedAnswers& graded);

}  // namespace ww
