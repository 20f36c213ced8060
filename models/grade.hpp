// grade.hpp: another program's answers held against the floors, and as an arm of a report.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/questions.hpp"
#include "tasks/grades.hpp"

namespace ww {

struct GradedFloor {
  Floor floor;
  bool beaten = false;  // Wilson's interval of the answers lies above it
};

struct GradedAnswers {
  Grades grades;
  std::vector<GradedFloor> floors;
  std::vector<GradedFloor> off_zero;  // where the shift is not 0; empty for a task without shifts
};

/// `answers`: by string, one a question, each a token of the task.
GradedAnswers grade(const Questions& questions, const std::vector<std::vector<int32_t>>& answers);

/// Wrong answers by how many places the symbol that they name stands behind the target (before it:
/// negative); what stands nowhere in the string is not among them.
std::map<int, int64_t> places_off(const Grades& grades);

/// What a record says of answers whose model was not trained here.
struct ArmOptions {
  std::string name;            // the arm's in reports
  std::string preset;          // of the task: beside runs of the same stands the arm
  std::string answers_sha256;  // of the file of answers
  std::string command, code_version;
};

/// The record of an arm: a header with what is known, and the test. Throws InputError where the
/// folder exists or can't be written, and for answers to another split than test, which is what
/// reports compare.
void write_arm(const std::filesystem::path& folder,
               const Questions& questions,
               const GradedAnswers& graded,
               const ArmOptions& options);

}  // namespace ww
