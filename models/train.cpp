#include "models/train.hpp"

#include <ATen/TensorOperators.h>
#include <c10/core/DeviceGuard.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <memory>

#include "base/ahead.hpp"
#include "base/check.hpp"
#include "models/checkpoint.hpp"
#include "models/config_json.hpp"
#include "models/device.hpp"
#include "models/graphs/cuda_graphs.hpp"
#include "models/places.hpp"
#include "models/processor.hpp"
#include "models/queued_steps.hpp"
#include "models/record.hpp"
#include "models/run_folder.hpp"
#include "models/story.hpp"

namespace ww {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kCohortsAhead = 2;  // where the host runs ahead

class Trainer {
 public:
  Trainer(const TrainOptions& options,
          const Run& run,
          const Processor& processor,
          Communicator& all)
      : options_(options),
        run_(run),
        processor_(processor),
        all_(all),
        folder_(options.out),
        current_(processor.device.is_cuda() ? std::optional(processor.device) : std::nullopt),
        stream_(processor.replays ? processor.device : at::Device(at::kCPU)),
        type_(type_of(run.training.dtype)),
        model_(run.model, at::TensorOptions(at::kFloat).device(processor.device)),
        optimiser_(model_.parameters()),
        steps_(model_, optimiser_, processor.replays ? cuda_capture() : Capture{}),
        runs_ahead_(options.run_ahead.value_or(processor.device.is_cuda())),
        plateau_(plateau_of(run.task->floors())) {
    model_.parameters().track_gradients();
    model_.compute_with(processor.engine);
    if (type_ != at::kFloat) model_.train_in(type_);
    optimiser_.compute_with(kernels::table_of(processor.engine.isa));
    check_places(model_, run);
    share();
  }

  TrainResult train(const TrainHooks& hooks);
  /// Called before anything is written over; what it throws ends the run.
  void before_save(std::function<void()> check) { before_save_ = std::move(check); }

 private:
  void share();
  void begin();
  void take_up();
  void step();
  Batch cohort(int64_t n) const;
  void backward(const Batch& batch, double share);
  void settle();
  void evaluate_now();
  void save();
  void write(const nlohmann::json& line);
  TrainResult close();

  Convergence outcome() const {
    return convergence(state_.history, run_.training.solved_at, plateau_);
  }
  bool over() const;
  TrainProgress progress() const;

  const TrainOptions& options_;
  const Run& run_;
  Processor processor_;
  Communicator& all_;
  std::filesystem::path folder_;
  std::function<void()> before_save_;
  c10::OptionalDeviceGuard current_;  // the GPU of all that follows
  OwnStream stream_;                  // of all that follows, where it is captured
  at::ScalarType type_;               // of the blocks' products
  Decoder model_;
  AdamW optimiser_;
  QueuedSteps steps_;  // state_ knows those that settle() has taken
  bool runs_ahead_;
  double plateau_;
  RunState state_;
  std::unique_ptr<RecordWriter> record_;  // null but for the rank that leads
  Clock::time_point begun_ = Clock::now();
  double seconds_before_ = 0;            // of earlier sessions
  Pace pace_;                            // since the last evaluation of this session
  std::optional<Ahead<Batch>> cohorts_;  // of this process, from the next step on
};

void Trainer::share() {
  const auto& share = processor_.share;
  if (share.sharing == Sharing::slots) model_.share_with(all_);
  if (share.sharing == Sharing::cohorts) steps_.share(sum_in_order(all_, share, steps_.parts()));
  if (share.sharing == Sharing::nccl) steps_.share(sum_by_nccl(all_, steps_.parts()));
}

/// The state in the leader's folder, for all.
void Trainer::take_up() {
  std::string stored;
  if (all_.leads()) stored = load_state(folder_, model_, optimiser_).dump();
  stored = broadcast_text(all_, stored);
  for (const auto& tensor : {model_.parameters().values(),
                             optimiser_.first(),
                             optimiser_.second(),
                             optimiser_.count()}) {
    const auto host = tensor.to(at::kCPU);
    all_.broadcast(host.mutable_data_ptr(), static_cast<int64_t>(host.nbytes()));
    tensor.copy_(host);
  }
  const auto where = (folder_ / "state.safetensors").string();
  state_ = RunState::from_json(parse_json(stored, where), run_.training.steps, where);
  seconds_before_ = state_.seconds;
  steps_.start_sum(state_.loss_sum);
}

void Trainer::begin() {
  const bool goes_on = all_.any(all_.leads() && has_state(folder_));
  if (goes_on) take_up();
  if (!goes_on) {
    model_.parameters().initialise(run_.options.seed, run_.model.width, run_.model.layers);
  }
  cohorts_.emplace([this](int64_t n) { return cohort(n); },
                   state_.step * processor_.share.count(),
                   runs_ahead_ ? kCohortsAhead : 0);
  if (!all_.leads()) return;
  record_ = std::make_unique<RecordWriter>(folder_ / "record.jsonl", state_.record_length);
  write(goes_on ? resume_line(options_, processor_, state_.step)
                : header_line(run_, options_, processor_, model_.parameters().values().numel()));
}

void Trainer::write(const nlohmann::json& line) {
  if (record_) record_->append(line);
}

/// The nth cohort of this process since step 0.
Batch Trainer::cohort(int64_t n) const {
  const auto& share = processor_.share;
  const auto of_run = n / share.count() * share.cohorts + share.first + n % share.count();
  const auto counter = static_cast<uint64_t>(of_run * run_.training.cohort);
  return cohort_at(*run_.task, run_.train_stream(), counter);
}

/// One cohort's gradient, times its share of the step.
void Trainer::backward(const Batch& batch, double share) {
  pace_.tokens += int64_t{batch.strings} * batch.length;
  auto input = to_input(batch, processor_.device);
  input.positions = place_positions(batch, run_, Split::train);
  steps_.add(input, answers_of(batch, processor_.device), share);
}

void Trainer::step() {
  const auto& t = run_.training;
  const auto before = Clock::now();
  const double share = static_cast<double>(t.cohort) / t.strings;
  for (int64_t i = 0; i < processor_.share.count(); ++i) backward(cohorts_->take(), share);
  ++state_.step;
  steps_.update(learning_rate(state_.step, t.steps, t.warm_up, t.rate));
  pace_.seconds += std::chrono::duration<double>(Clock::now() - before).count();
  pace_.answers += int64_t{t.strings} * t.queries;
  if (!runs_ahead_) settle();
}

/// Takes over what the steps since left, and refuses them where one is not finite.
void Trainer::settle() {
  if (steps_.queued() == 0) return;
  const auto before = Clock::now();
  const auto sums = steps_.take();
  pace_.seconds += std::chrono::duration<double>(Clock::now() - before).count();
  check(sums.finite == sums.steps || !all_.leads(),  // who has what all have, and speaks for all
        "{}: the loss is no longer finite at step {}; choose a smaller --lr",
        folder_.string(),
        state_.step - sums.steps + sums.finite + 1);
  state_.loss_sum = sums.loss;
  state_.grad_norm = sums.grad_norm;
}

void Trainer::evaluate_now() {
  settle();
  const auto& t = run_.training;
  const auto found = evaluate(model_, run_, Split::val, t.validation_answers);
  double accuracy = found.total.accuracy();
  all_.broadcast(&accuracy, sizeof(accuracy));  // GPUs may differ, but all stop at one step
  const auto steps = static_cast<double>(state_.step - state_.evaluated_at);
  state_.history.push_back({state_.step, state_.loss_sum / steps, accuracy});
  state_.evaluated_at = state_.step;
  state_.loss_sum = 0;
  steps_.start_sum(0);
  state_.seconds = seconds_before_ + std::chrono::duration<double>(Clock::now() - begun_).count();
  if (processor_.share.count() < processor_.share.cohorts)
    pace_.tokens = sum_over(all_, pace_.tokens);
  write(evaluation_line(run_, state_, found, share_clamped(model_.parameters()), pace_));
  pace_ = {};
}

void Trainer::save() {
  settle();
  if (!record_) return;
  if (before_save_) before_save_();
  state_.seconds = seconds_before_ + std::chrono::duration<double>(Clock::now() - begun_).count();
  state_.record_length = record_->length();
  save_model(folder_, model_, state_.step);
  save_state(folder_, model_, optimiser_, state_.to_json());
}

bool Trainer::over() const {
  if (state_.step >= run_.training.steps) return true;
  return run_.training.stop_when_solved && state_.step == state_.evaluated_at &&
         outcome().solved_step.has_value();
}

TrainProgress Trainer::progress() const {
  TrainProgress progress{state_.step, run_.training.steps, kNaN, {}};
  const auto steps = state_.step - steps_.queued() - state_.evaluated_at;
  if (steps > 0) progress.train_loss = state_.loss_sum / static_cast<double>(steps);
  if (state_.history.empty()) return progress;
  if (steps_.queued() > 0) progress.train_loss = state_.history.back().train_loss;
  progress.val_accuracy = state_.history.back().accuracy;
  return progress;
}

TrainResult Trainer::close() {
  if (before_save_) before_save_();
  const auto verdict = outcome();
  const auto test = evaluate(model_, run_, Split::test, run_.training.test_answers);
  write(test_line(test));
  write(close_line(run_, state_, verdict));
  return {true, state_.step, label_name(verdict.label), verdict.solved_step, test.total.accuracy()};
}

TrainResult Trainer::train(const TrainHooks& hooks) {
  begin();
  while (!over()) {
    step();
    const bool last = state_.step == run_.training.steps;
    if (last || state_.step % run_.training.evaluate_every == 0) {
      evaluate_now();
      save();
    }
    if (hooks.report) hooks.report(progress());
    if (all_.any(hooks.stop && hooks.stop()) && !over()) {
      save();
      return {false, state_.step, "", {}, kNaN};
    }
  }
  return close();
}

}  // namespace

TrainResult train(const TrainOptions& options, const TrainHooks& hooks, Communicator& all) {
  const auto run = resolve(options.run);
  const auto processor = processor_of(options, run, all);
  make_deterministic(options.threads);
  Trainer trainer(
      options, run, processor, all);  // what can't be is refused before there is a folder
  std::optional<RunFolder> folder;
  std::optional<TrainResult> done;
  if (all.leads()) {
    folder.emplace(options.out, run.config(), options.resume);
    done = finished_result(options.out / "record.jsonl");
  }
  if (all.any(done.has_value())) return done.value_or(TrainResult{});
  const auto change = folder ? change_of_computing(options.out, processor) : "";
  if (hooks.note && !change.empty()) hooks.note(change);
  if (folder) trainer.before_save([&folder] { folder->check_there(); });
  return trainer.train(hooks);
}

TrainResult train(const TrainOptions& options, const TrainHooks& hooks) {
  Alone alone;
  return train(options, hooks, alone);
}

}  // namespace ww
