#include "models/grade.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/pending_folder.hpp"
#include "base/statistics.hpp"
#include "models/presets.hpp"
#include "models/record.hpp"
#include "models/story.hpp"

namespace ww {

namespace {

std::vector<GradedFloor> graded_floors(const std::vector<Floor>& floors, const Tally& tally) {
  if (tally.asked == 0) return {};
  const auto share = wilson(tally.right, tally.asked);
  std::vector<GradedFloor> graded;
  for (const auto& floor : floors) {
    graded.push_back({floor, beats(share, floor.accuracy, floor.standard_error)});
  }
  return graded;
}

/// Keys that only training gives are left out.
nlohmann::json arm_header(const Questions& questions, const ArmOptions& options) {
  const auto& training = training_preset(options.preset);
  const auto floors = questions.task->floors();
  auto as_trained = questions.stream;
  as_trained.cohort = training.cohort;  // by which runs of the preset name their task
  return {{"type", "header"},
          {"format", "whatwhere-record"},
          {"version", 1},
          {"trained", false},
          {"arm", options.name},
          {"task", questions.name},
          {"task_text", stream_text(*questions.task, as_trained)},
          {"preset", options.preset},
          {"split", split_name(questions.stream.split)},
          {"seeds", {{"evaluation", questions.stream.seed}}},
          {"queries", questions.stream.queries},
          {"answers_sha256", options.answers_sha256},
          {"solved_at", training.solved_at},
          {"floors", floors_to_json(floors)},
          {"plateau", plateau_of(floors)},
          {"code_version", options.code_version},
          {"date", utc_now()},
          {"command", options.command}};
}

}  // namespace

GradedAnswers grade(const Questions& questions, const std::vector<std::vector<int32_t>>& answers) {
  const auto& [name, task, stream, ignored] = questions;
  int reach = 0;
  for (uint64_t i = 0; i < answers.size(); ++i) {
    reach = std::max(reach, longest_shift(sample_at(*task, stream, i)));
  }
  Grader grader(*task, reach);
  for (uint64_t i = 0; i < answers.size(); ++i) {
    const auto batch = cohort_at(*task, stream, i);
    for (size_t q = 0; q < batch.graded.size(); ++q) grader.add(batch, 0, q, answers[i].at(q));
  }
  const auto grades = grader.grades();
  return {grades,
          graded_floors(task->floors(), grades.total),
          graded_floors(task->floors_off_zero(), grades.nonzero)};
}

std::map<int, int64_t> places_off(const Grades& grades) {
  std::map<int, int64_t> off;
  for (const auto& [shifts, count] : grades.shift_table) {
    const auto& [asked, applied] = shifts;
    if (applied != asked) off[applied - asked] += count;
  }
  return off;
}

void write_arm(const std::filesystem::path& folder,
               const Questions& questions,
               const GradedAnswers& graded,
               const ArmOptions& options) {
  check(questions.stream.split == Split::test,
        "{}: an arm's answers must be to the test split, which reports compare, but are to {}; "
        "export with --split test",
        folder.string(),
        split_name(questions.stream.split));
  PendingFolder pending(folder);
  RecordWriter record(pending / "record.jsonl", 0);
  record.append(arm_header(questions, options));
  record.append(test_line(graded.grades));
  pending.commit();
}

}  // namespace ww
