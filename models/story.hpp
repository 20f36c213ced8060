// story.hpp: the lines of record.jsonl: what a run is, what each evaluation found, how it ended.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/convergence.hpp"
#include "models/evaluate.hpp"
#include "models/processor.hpp"
#include "models/run.hpp"
#include "models/train.hpp"

namespace ww {

/// Where a run stands: what a resume must know beside the tensors.
struct RunState {
  int64_t step = 0, evaluated_at = 0;
  double seconds = 0;          // of all sessions together
  double loss_sum = 0;         // of the steps since evaluated_at, nats per answer
  double grad_norm = 0;        // of the last step, before clipping
  uint64_t record_length = 0;  // bytes of record.jsonl that belong to this state
  std::vector<Progress> history;

  nlohmann::json to_json() const;
  static RunState from_json(const nlohmann::json& object, const std::string& where);
};

/// The accuracy, 0 to 1, of the floor that is marked the plateau.
double plateau_of(const std::vector<Floor>& floors);

/// What the closing lines of a finished run's record say; nothing where it is not finished.
std::optional<TrainResult> finished_result(const std::filesystem::path& record);

nlohmann::json header_line(const Run& run,
                           const TrainOptions& options,
                           const Processor& processor,
                           int64_t parameters);
nlohmann::json resume_line(const TrainOptions& options, const Processor& processor, int64_t step);
/// How fast the steps since the last evaluation were.
struct Pace {
  double seconds = 0;
  int64_t answers = 0, tokens = 0;
};
/// `clamped`: share of phase biases outside [-2 pi, 0], NaN where there are none.
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
