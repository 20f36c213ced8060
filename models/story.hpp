// story.hpp: the lines of record.jsonl: what a run is, what each evaluation found, how it ended.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/convergence.hpp"
#include "models/evaluate.hpp"
#include "models/parameters.hpp"
#include "models/processor.hpp"
#include "models/run.hpp"
#include "models/run_state.hpp"
#include "models/train.hpp"

namespace ww {

/// The accuracy, 0 to 1, of the floor that is marked the plateau.
double plateau_of(const std::vector<Floor>& floors);

/// What the closing lines of a finished run's record say; nothing where it is not finished.
std::optional<TrainResult> finished_result(const std::filesystem::path& record);

nlohmann::json header_line(const Run& run,
                           const TrainOptions& options,
                           const Processor& processor,
                           int64_t parameters);
nlohmann::json resume_line(const TrainOptions& options, const Processor& processor, int64_t step);
/// How the coming steps of a run that is resumed are computed otherwise than those before, in a
/// sentence; nothing where they are not, or none were done.
std::string change_of_computing(const std::filesystem::path& folder, const Processor& processor);
/// The share of phase biases outside [-2 pi, 0]; NaN where there are none.
double share_clamped(const Parameters& parameters);
/// How fast the steps since the last evaluation were.
struct Pace {
  double seconds = 0;
  int64_t answers = 0, tokens = 0;
};
/// `clamped`: see share_clamped().
nlohmann::json evaluation_line(const Run& run,
                               const RunState& state,
                               const Evaluation& evaluation,
                               double clamped,
                               const Pace& pace);
/// As a record's header has them: view, accuracy, standard_error, plateau.
nlohmann::json floors_to_json(const std::vector<Floor>& floors);
/// Without a loss: of answers that no model of ours gave.
nlohmann::json test_line(const Grades& grades);
nlohmann::json test_line(const Evaluation& evaluation);
nlohmann::json close_line(const Run& run, const RunState& state, const Convergence& outcome);

}  // namespace ww
