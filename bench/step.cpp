// step.cpp: a training step of the `cpu` preset in width 64 and 128: our tensor operations, our
// fused kernels block by block under autograd and as a whole, against bench/step.py, the same model
// in idiomatic PyTorch, eager and compiled. Same weights, same batches, timed in turn in one run.
//
//   build/release/bench_step [PYTHON] [WIDTH ..]    .venv/bin/python and 64 128 unless named
//
// All must first give the same losses for 300 steps.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <cmath>
#include <memory>
#include <sstream>

#include "base/files.hpp"
#include "bench/child.hpp"
#include "bench/timing.hpp"
#include "models/checkpoint.hpp"
#include "models/fused/choice.hpp"
#include "models/optimiser.hpp"
#include "models/places.hpp"
#include "models/run.hpp"

namespace ww::bench {
namespace {

namespace fs = std::filesystem;
constexpr int kLossSteps = 300, kRounds = 9, kStepsPerRound = 40;

/// How our side computes a step.
enum class Way { tensors, blocks, whole };

/// Our side: the trainer's step over batches made beforehand, as the other side has them.
class Ours {
 public:
  Ours(const Run& run, Way way, int threads)
      : run_(run),
        way_(way),
        threads_(threads),
        model_(run.model),
        optimiser_(model_.parameters()) {
    model_.parameters().track_gradients();
    model_.parameters().initialise(1, run.model.width, run.model.layers);
    if (way != Way::tensors) {
      const auto engine = choose_engine("fused", run.model, at::kFloat, 0);
      model_.compute_with(engine);
      optimiser_.compute_with(kernels::table_of(engine.isa));
    }
    for (int i = 0; i < kLossSteps; ++i) {
      const auto counter = static_cast<uint64_t>(i) * static_cast<uint64_t>(run.training.strings);
      batches_.push_back(cohort_at(*run.task, run.train_stream(), counter));
    }
  }

  double step() {
    const auto& batch = batches_[done_ % batches_.size()];
    ++done_;
    const double loss = backward(to_input(batch, at::kCPU), answers_of(batch, at::kCPU));
    const auto& t = run_.training;
    const auto i = std::min(static_cast<int64_t>(done_), t.steps);
    optimiser_.step(learning_rate(i, t.steps, t.warm_up, t.rate));
    return loss;
  }

  /// Of one step, a round's mean.
  Times round() {
    at::set_num_threads(threads_);
    const auto times = time_here([&] {
      for (int i = 0; i < kStepsPerRound; ++i) step();
    });
    at::set_num_threads(1);
    return {times.wall / kStepsPerRound, times.cpu / kStepsPerRound};
  }

  void write(const fs::path& folder) const {
    save_model(folder, model_, 0);
    std::vector<int32_t> numbers;
    for (const auto& b : batches_) {
      numbers.insert(numbers.end(), {b.strings, b.length, b.queries});
      for (const auto* part : {&b.tokens, &b.position, &b.block, &b.graded, &b.answer}) {
        numbers.insert(numbers.end(), part->begin(), part->end());
      }
    }
    const auto* const bytes = reinterpret_cast<const char*>(numbers.data());
    write_file(folder / "batches.bin", {bytes, numbers.size() * sizeof(int32_t)});
  }

 private:
  double backward(const Input& input, const at::Tensor& answers) {
    if (way_ == Way::whole) return model_.loss_and_gradient(input, answers);
    const auto loss = at::cross_entropy_loss(model_.forward(input).flatten(0, 1), answers);
    loss.backward();
    return loss.item<double>();
  }

  const Run& run_;
  Way way_;
  int threads_;
  Decoder model_;
  AdamW optimiser_;
  std::vector<Batch> batches_;
  size_t done_ = 0;
};

/// The other side in a process of its own; `mode` is eager or compile.
class Theirs {
 public:
  Theirs(const std::string& python, const Run& run, const fs::path& folder, const char* mode)
      : child_({python,
                "bench/step.py",
                folder.string(),
                std::to_string(run.training.heads),
                run.options.encoding,
                std::to_string(run.training.steps),
                std::to_string(run.training.warm_up),
                fmt::format("{}", run.training.rate),
                mode},
               fmt::format("bench/step.py, {}", mode)) {
    child_.read();
  }

  std::vector<double> losses() {
    std::istringstream answer(child_.ask(fmt::format("losses {}", kLossSteps)));
    std::vector<double> found(kLossSteps);
    for (auto& loss : found) answer >> loss;
    return found;
  }

  Times round() {
    std::istringstream answer(child_.ask(fmt::format("time {}", kStepsPerRound)));
    Times times;
    answer >> times.wall >> times.cpu;
    return {1000 * times.wall / kStepsPerRound, 1000 * times.cpu / kStepsPerRound};
  }

 private:
  Child child_;
};

Run run_of(const std::string& encoding, int width) {
  RunOptions options;
  options.preset = "cpu";
  options.encoding = encoding;
  options.training_options = {{"width", std::to_string(width)},
                              {"heads", std::to_string(width / 16)}};
  return resolve(options);
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]) / b[i]);
  return worst;
}

/// Everyone who runs one encoding in one width.
struct Field {
  Run run;
  fs::path folder;
  std::vector<std::unique_ptr<Ours>> ours;
  std::vector<std::unique_ptr<Theirs>> theirs;
};

/// Adds the field's contestants after their losses agreed.
void enter(Field& field, const std::string& python, std::vector<Contestant>& all) {
  const auto& run = field.run;
  const auto& name = run.options.encoding;
  fs::create_directories(field.folder);
  Ours(run, Way::tensors, 1).write(field.folder);
  std::vector<double> eager;
  for (const auto* mode : {"eager", "compile"}) {
    try {
      field.theirs.push_back(std::make_unique<Theirs>(python, run, field.folder, mode));
      auto& one = *field.theirs.back();
      const auto losses = one.losses();
      if (eager.empty()) eager = losses;
      fmt::print("  {} python {}: losses of {} steps within {:.1e} of eager\n",
                 name,
                 mode,
                 kLossSteps,
                 difference(losses, eager));
      all.push_back({fmt::format("{} python {}", name, mode), [&] { return one.round(); }, {}, {}});
    } catch (const InputError& error) {
      check(!eager.empty(), "{}", error.what());
      fmt::print("  {} python {}: does not run here\n", name, mode);
    }
  }
  struct Row {
    const char* name;
    Way way;
    int threads;
  };
  for (const auto& row : {Row{"tensors", Way::tensors, 1},
                          Row{"fused blocks", Way::blocks, 1},
                          Row{"fused", Way::whole, 1},
                          Row{"fused, 2 threads", Way::whole, 2}}) {
    field.ours.push_back(std::make_unique<Ours>(run, row.way, row.threads));
    auto& one = *field.ours.back();
    at::set_num_threads(row.threads);
    std::vector<double> losses;
    for (int i = 0; i < kLossSteps; ++i) losses.push_back(one.step());
    at::set_num_threads(1);
    const double apart = difference(losses, eager);
    fmt::print(
        "  {} {}: losses of {} steps within {:.1e} of eager\n", name, row.name, kLossSteps, apart);
    check(apart < 1e-4, "{} {} does not train as the Python model does", name, row.name);
    all.push_back({fmt::format("{} {}", name, row.name), [&] { return one.round(); }, {}, {}});
  }
}

const Contestant* find(const std::vector<Contestant>& all, const std::string& name) {
  for (const auto& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

void report(const std::vector<Contestant>& all, int width) {
  const auto compare = [&](const std::string& a, const std::string& b, const std::string& bar) {
    const auto *first = find(all, a), *second = find(all, b);
    if (first != nullptr && second != nullptr) print_ratio(*first, *second, bar);
  };
  for (const auto& one : all) print_times(one);
  for (const std::string name : {"rope", "pope"}) {
    const bool wide = width > 64;
    compare(name + " fused", name + " python eager", wide ? "bar 0.45" : "bar 0.30");
    compare(name + " fused", name + " python compile", wide ? "" : "bar 0.35");
    compare(name + " fused", name + " tensors", "");
    compare(name + " fused blocks", name + " python eager", "");
    compare(name + " fused, 2 threads", name + " fused", "");
    compare(name + " tensors", name + " python eager", "");
  }
  compare("pope fused", "rope fused", "bar 1.10, goal 1.06");
  compare("pope python eager", "rope python eager", "");
}

void compare_all(const std::string& python, int width) {
  std::vector<Contestant> all;
  std::vector<std::unique_ptr<Field>> fields;
  for (const auto* encoding : {"rope", "pope"}) {
    const auto folder = fs::temp_directory_path() /
                        fmt::format("whatwhere-bench-{}-{}-{}", getpid(), encoding, width);
    fields.push_back(std::make_unique<Field>(Field{run_of(encoding, width), folder, {}, {}}));
    if (all.empty()) {
      const auto& run = fields.back()->run;
      fmt::print("\nwidth {}, {}, load {}\n",
                 width,
                 stream_text(*run.task, run.train_stream()),
                 load_average());
    }
    enter(*fields.back(), python, all);
  }
  run_rounds(all, kRounds);
  report(all, width);
  for (const auto& field : fields) fs::remove_all(field->folder);
}

}  // namespace
}  // namespace ww::bench

int main(int argc, char** argv) {
  using namespace ww;
  bench::run_as_program();
  const std::string python = argc > 1 ? argv[1] : ".venv/bin/python";
  std::vector<int> widths;
  for (int i = 2; i < argc; ++i) widths.push_back(std::atoi(argv[i]));
  if (widths.empty()) widths = {64, 128};
  fmt::print(
      "{}, {}, one thread each unless said; a step's time, medians of {} rounds of {} steps\n",
      machine_name(),
      kernels::isa_name(kernels::chosen_isa()),
      bench::kRounds,
      bench::kStepsPerRound);
  for (const int width : widths) bench::compare_all(python, width);
}
