#include "models/story.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>

#include "base/check.hpp"
#include "base/checksum.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "models/config_json.hpp"
#include "models/device.hpp"
#include "models/optimiser.hpp"
#include "models/train.hpp"
#include "tasks/overlap.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

Json number_or_null(double value) { return std::isnan(value) ? Json() : Json(value); }

template <typename Value>
Json value_or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

int64_t peak_memory() {  // bytes
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

/// What decides a step's bits beside the run itself.
Json computing(const Processor& processor) {
  return {{"device", processor.device.str()},
          {"kernels", compute_name(processor.engine.compute)},
          {"isa", kernels::isa_name(processor.engine.isa)}};
}

Json session(const TrainOptions& options, const Processor& processor) {
  Json all = {{"code_version", options.code_version},
              {"threads", options.threads},
              {"processes", processor.processes},
              {"sharing", sharing_words(processor.share.sharing)},
              {"launch", processor.replays ? "graph" : "eager"},
              {"dtype", processor.dtype},
              {"machine", machine_name()},
              {"date", utc_now()},
              {"command", options.command}};
  all.update(computing(processor));
  return all;
}

}  // namespace

Json floors_to_json(const std::vector<Floor>& floors) {
  auto list = Json::array();
  for (const auto& floor : floors) {
    list.push_back({{"view", floor.view},
                    {"accuracy", floor.accuracy},
                    {"standard_error", floor.standard_error},
                    {"plateau", floor.plateau}});
  }
  return list;
}

double plateau_of(const std::vector<Floor>& floors) {
  for (const auto& floor : floors) {
    if (floor.plateau) return floor.accuracy;
  }
  throw std::logic_error("a task's ladder of floors marks no plateau");
}

static void take_line(const Json& line, const std::string& where, TrainResult& result) {
  const auto type = line.value("type", "");
  if (type == "test") {
    result.test_accuracy = line.value("right", 0.0) / line.value("asked", 1.0);
  }
  if (type != "close") return;
  result.finished = true;
  if (line.contains("steps")) read_member(line, "steps", result.step, where);
  result.label = line.value("label", "");
  const bool solved = line.contains("solved_step") && !line.at("solved_step").is_null();
  if (solved) read_member(line, "solved_step", result.solved_step.emplace(), where);
}

std::optional<TrainResult> finished_result(const std::filesystem::path& record) {
  if (!std::filesystem::exists(record)) return {};
  std::istringstream lines(read_file(record));
  TrainResult result;
  for (std::string text; std::getline(lines, text);) {
    check(
        matches_checksum(text),
        "{}: a line does not match its checksum (\"crc32\"); the record is damaged: restore it, or "
        "remove the folder to train anew",
        record.string());
    check_json(text, record.string());
    const auto line = json_or_null<Json>(text);
    if (!line.is_object()) continue;  // torn by a kill; the trainer cuts it off
    try {
      take_line(line, record.string(), result);
    } catch (const Json::exception&) {
      refuse("{}: a line has a value of the wrong type; the record is damaged", record.string());
    }
  }
  return result.finished ? std::optional(result) : std::nullopt;
}

Json header_line(const Run& run,
                 const TrainOptions& options,
                 const Processor& processor,
                 int64_t parameters) {
  const auto config = run.config();
  const auto floors = run.task->floors();
  Json line = {
      {"type", "header"},
      {"format", "whatwhere-record"},
      {"version", 1},
      {"task", run.options.task},
      {"task_text", stream_text(*run.task, run.train_stream())},
      {"preset", run.options.preset},
      {"overrides", config.at("training").at("options")},
      {"encoding", run.options.encoding},
      {"arm", run.arm()},
      {"encoding_options", config.at("model").at("encoding_options")},
      {"config", config},
      {"config_hash", config_hash(config)},
      {"parameters", parameters},
      {"seeds", {{"init", run.options.seed}, {"data", run.options.data_seed}, {"evaluation", 0}}},
      {"steps", run.training.steps},
      {"solved_at", run.training.solved_at},
      {"rate", run.training.rate},
      {"floors", floors_to_json(floors)},
      {"plateau", plateau_of(floors)}};
  line.update(session(options, processor));
  return line;
}

Json resume_line(const TrainOptions& options, const Processor& processor, int64_t step) {
  Json line = {{"type", "resume"}, {"step", step}};
  line.update(session(options, processor));
  return line;
}

std::string change_of_computing(const std::filesystem::path& folder, const Processor& processor) {
  const auto path = folder / "record.jsonl";
  if (!std::filesystem::exists(path)) return {};
  Json before;
  std::istringstream lines(read_file(path));
  for (std::string text; std::getline(lines, text);) {
    const auto line = json_or_null(text);
    if (line.is_object() && line.contains("isa")) before = line;
  }
  std::vector<std::string> changes;
  const auto to_come = computing(processor);
  for (const auto& [key, now] : to_come.items()) {
    if (!before.contains(key) || before.at(key) == now) continue;
    changes.push_back(
        fmt::format("{} {} before, {} from here", key, before.at(key).dump(), now.dump()));
  }
  if (changes.empty()) return {};
  return fmt::format(
      "{}: the steps to come are computed otherwise than those before ({}); the bits differ from "
      "those of a run that is computed in one way; the record says which part was computed how",
      folder.string(),
      fmt::join(changes, "; "));
}

double share_clamped(const Parameters& parameters) {
  double outside = 0, all = 0;
  for (const auto& spec : parameters.specs()) {
    if (!spec.name.ends_with(".attn.delta")) continue;
    const auto delta = parameters.at(spec.name).detach();
    outside += ((delta > 0) | (delta < -2 * std::numbers::pi)).sum().item<double>();
    all += static_cast<double>(delta.numel());
  }
  return all > 0 ? outside / all : std::numeric_limits<double>::quiet_NaN();
}

Json evaluation_line(const Run& run,
                     const RunState& state,
                     const Evaluation& evaluation,
                     double clamped,
                     const Pace& pace) {
  const auto slices = slices_to_json(evaluation);
  const auto& train = state.history.back();
  const auto& t = run.training;
  return {{"type", "eval"},
          {"step", state.step},
          {"seconds", state.seconds},
          {"train_loss", train.train_loss},
          {"val_loss", evaluation.loss},
          {"val_acc", evaluation.total.accuracy()},
          {"val_acc_nonzero", number_or_null(evaluation.nonzero.accuracy())},
          {"by_shift", slices.value("shift", Json::array())},
          {"rate", learning_rate(state.step, t.steps, t.warm_up, t.rate)},
          {"grad_norm", state.grad_norm},
          {"delta_clamped", number_or_null(clamped)},
          {"answers_per_s", static_cast<double>(pace.answers) / pace.seconds},
          {"tokens_per_s", static_cast<double>(pace.tokens) / pace.seconds}};
}

Json test_line(const Grades& grades) {
  Json line = {{"type", "test"},
               {"axis", "main"},
               {"condition", ""},
               {"right", grades.total.right},
               {"asked", grades.total.asked},
               {"slices", slices_to_json(grades)},
               {"pointer_errors", Json()},
               {"shift_table", Json()}};
  if (grades.shift_table.empty()) return line;
  for (const auto& [name, count] : pointer_error_counts(grades)) {
    line["pointer_errors"][name] = count;
  }
  for (const auto& [shifts, count] : grades.shift_table) {
    line["shift_table"].push_back({shifts.first, shifts.second, count});
  }
  return line;
}

Json test_line(const Evaluation& evaluation) {
  auto line = test_line(static_cast<const Grades&>(evaluation));
  line["loss"] = evaluation.loss;
  return line;
}

Json close_line(const Run& run, const RunState& state, const Convergence& outcome) {
  const auto strings =
      static_cast<uint64_t>(state.step) * static_cast<uint64_t>(run.training.strings);
  const auto answers = static_cast<uint64_t>(run.training.test_answers);
  const auto overlap = count_overlap(*run.task, run.train_stream(), strings, answers);
  return {{"type", "close"},
          {"steps", state.step},
          {"seconds", state.seconds},
          {"peak_memory", peak_memory()},
          {"solved_step", value_or_null(outcome.solved_step)},
          {"lift_step", value_or_null(outcome.lift_step)},
          {"stopped", state.step < run.training.steps ? "solved" : "budget"},
          {"label", label_name(outcome.label)},
          {"lost", outcome.lost},
          {"train_strings", overlap.train_strings},
          {"train_repeats", overlap.repeats},
          {"overlap", overlap.shared}};
}

}  // namespace ww
