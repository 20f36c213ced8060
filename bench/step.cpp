// step.cpp: a training step of the `cpu` preset, ours against bench/step.py, the same model in
// idiomatic PyTorch, on the same weights and batches, one thread each, timed in turn in one run.
//
//   build/release/bench_step [PYTHON]      the interpreter with torch; .venv/bin/python unless
//   named
//
// Both must first give the same losses for 300 steps.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "base/check.hpp"
#include "base/files.hpp"
#include "models/checkpoint.hpp"
#include "models/device.hpp"
#include "models/optimiser.hpp"
#include "models/places.hpp"
#include "models/run.hpp"

namespace ww {
namespace {

namespace fs = std::filesystem;
constexpr int kLossSteps = 300, kRounds = 9, kStepsPerRound = 50;

/// A child that answers each line with a line.
class Child {
 public:
  explicit Child(const std::vector<std::string>& words) {
    int to[2], from[2];
    check(pipe(to) == 0 && pipe(from) == 0, "cannot make pipes");
    process_ = fork();
    if (process_ == 0) run(words, to, from);
    close(to[0]);
    close(from[1]);
    in_ = fdopen(to[1], "w");
    out_ = fdopen(from[0], "r");
  }
  ~Child() {
    std::fclose(in_);
    std::fclose(out_);
    waitpid(process_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::string ask(const std::string& line) {
    fmt::print(in_, "{}\n", line);
    std::fflush(in_);
    return read();
  }
  std::string read() {
    std::string answer;
    for (int c = 0; (c = std::fgetc(out_)) != EOF && c != '\n';)
      answer.push_back(static_cast<char>(c));
    check(!answer.empty(), "bench/step.py ended; run it by hand to see why");
    return answer;
  }

 private:
  [[noreturn]] static void run(const std::vector<std::string>& words, int* to, int* from) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    close(to[1]);
    close(from[0]);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  pid_t process_ = 0;
  FILE *in_ = nullptr, *out_ = nullptr;
};

/// Our side: the trainer's step over batches made beforehand, as the other side has them.
class Ours {
 public:
  explicit Ours(const Run& run) : run_(run), model_(run.model), optimiser_(model_.parameters()) {
    model_.parameters().track_gradients();
    model_.parameters().initialise(1, run.model.width, run.model.layers);
    for (int i = 0; i < kLossSteps; ++i) {
      const auto counter = static_cast<uint64_t>(i) * static_cast<uint64_t>(run.training.strings);
      batches_.push_back(cohort_at(*run.task, run.train_stream(), counter));
    }
  }

  double step() {
    const auto& batch = batches_[done_ % batches_.size()];
    ++done_;
    const auto logits = model_.forward(to_input(batch, at::kCPU)).flatten(0, 1);
    const auto loss = at::cross_entropy_loss(logits, answers_of(batch, at::kCPU));
    loss.backward();
    const auto& t = run_.training;
    const auto i = std::min(static_cast<int64_t>(done_), t.steps);
    optimiser_.step(learning_rate(i, t.steps, t.warm_up, t.rate));
    return loss.item<double>();
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
  const Run& run_;
  Decoder model_;
  AdamW optimiser_;
  std::vector<Batch> batches_;
  size_t done_ = 0;
};

/// The largest relative difference of the two loss curves.
double curve_difference(Ours& ours, Child& theirs) {
  std::istringstream answer(theirs.ask(fmt::format("losses {}", kLossSteps)));
  double worst = 0;
  for (int i = 0; i < kLossSteps; ++i) {
    double loss = 0;
    answer >> loss;
    worst = std::max(worst, std::abs(ours.step() - loss) / loss);
  }
  return worst;
}

double seconds_of(Ours& ours) {
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < kStepsPerRound; ++i) ours.step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

struct Spread {
  double low, middle, high;
};

Spread spread(std::vector<double> values) {
  std::ranges::sort(values);
  return {values.front(), values[values.size() / 2], values.back()};
}

void report(const char* name, const std::vector<double>& values, const char* unit) {
  const auto s = spread(values);
  fmt::print(
      "  {:<18} {:7.3f} {}  (min {:.3f}, max {:.3f})\n", name, s.middle, unit, s.low, s.high);
}

void compare(const std::string& encoding, const std::string& python) {
  RunOptions options;
  options.preset = "cpu";
  options.encoding = encoding;
  const auto run = resolve(options);
  const auto folder = fs::temp_directory_path() / fmt::format("whatwhere-bench-{}", getpid());
  fs::create_directories(folder);
  Ours ours(run);
  ours.write(folder);
  const auto& t = run.training;
  Child theirs({python,
                "bench/step.py",
                folder.string(),
                std::to_string(t.heads),
                encoding,
                std::to_string(t.steps),
                std::to_string(t.warm_up),
                fmt::format("{}", t.rate)});
  const auto version = theirs.read();
  fmt::print("{}, {} (torch {})\n",
             encoding,
             stream_text(*run.task, run.train_stream()),
             version.substr(6));
  fmt::print("  losses of {} steps differ by at most {:.1e}, relative\n",
             kLossSteps,
             curve_difference(ours, theirs));
  std::vector<double> mine, other, ratio;
  for (int round = 0; round < kRounds; ++round) {
    mine.push_back(1000 * seconds_of(ours) / kStepsPerRound);
    other.push_back(1000 * std::stod(theirs.ask(fmt::format("time {}", kStepsPerRound))) /
                    kStepsPerRound);
    ratio.push_back(mine.back() / other.back());
  }
  report("whatwhere", mine, "ms");
  report("bench/step.py", other, "ms");
  report("ratio (bar 1.0)", ratio, "  ");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace ww

int main(int argc, char** argv) {
  ww::make_deterministic(1);
  fmt::print("{}, 1 thread each, medians of {} rounds of {} steps\n",
             ww::machine_name(),
             ww::kRounds,
             ww::kStepsPerRound);
  const std::string python = argc > 1 ? argv[1] : ".venv/bin/python";
  for (const auto* encoding : {"rope", "pope"}) ww::compare(encoding, python);
}
