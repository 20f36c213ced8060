#include "models/story.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <sstream>
#include <tuple>

#include "base/check.hpp"
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

Json session(const TrainOptions& options, const Processor& processor) {
  return {{"code_version", options.code_version},
          {"device", processor.device.str()},
          {"kernels", compute_name(processor.engine.compute)},
          {"isa", kernels::isa_name(processor.engine.isa)},
          {"threads", options.threads},
          {"processes", processor.processes},
          {"sharing", sharing_words(processor.share.sharing)},
          {"launch", processor.replays ? "graph" : "eager"},
          {"dtype", processor.dtype},
          {"machine", machine_name()},
          {"date", utc_now()},
          {"command", options.command}};
}

}  // namespace

Json RunState::to_json() const {
  auto points = Json::array();
  for (const auto& p : history) points.push_back({p.step, p.train_loss, p.accuracy});
  return {{"step", step},
          {"evaluated_at", evaluated_at},
          {"seconds", seconds},
          {"loss_sum", loss_sum},
          {"grad_norm", grad_norm},
          {"record_length", record_length},
          {"history", points}};
}

RunState RunState::from_json(const Json& object, const std::string& where) {
  RunState state;
  read_member(object, "step", state.step, where);
  read_member(object, "evaluated_at", state.evaluated_at, where);
  read_member(object, "seconds", state.seconds, where);
  read_member(object, "loss_sum", state.loss_sum, where);
  read_member(object, "grad_norm", state.grad_norm, where);
  read_member(object, "record_length", state.record_length, where);
  std::vector<std::tuple<int64_t, double, double>> points;
  read_member(object, "history", points, where);
  for (const auto& [step, loss, accuracy] : points) state.history.push_back({step, loss, accuracy});
  return state;
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

Json test_line(const Evaluation& evaluation) {
  Json line = {{"type", "test"},
               {"axis", "main"},
               {"condition", ""},
               {"loss", evaluation.loss},
               {"right", evaluation.total.right},
               {"asked", evaluation.total.asked},
               {"slices", slices_to_json(evaluation)},
               {"pointer_errors", Json()},
               {"shift_table", Json()}};
  if (evaluation.shift_table.empty()) return line;
  for (const auto& name : pointer_error_classes()) {
    const auto found = evaluation.pointer_errors.find(name);
    line["pointer_errors"][name] = found == evaluation.pointer_errors.end() ? 0 : found->second;
  }
  for (const auto& [shifts, count] : evaluation.shift_table) {
    line["shift_table"].push_back({shifts.first, shifts.second, count});
  }
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
