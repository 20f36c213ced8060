// dtype.cpp: a training step of the `cpu` preset with blocks that multiply in bfloat16 beside one
// in float32, in several widths. The trainer's step over batches made beforehand, timed in turn.
//
//   build/release/bench_dtype [WIDTH ..]    64 256 512 unless named; heads are 16 or 64 wide

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <memory>

#include "bench/timing.hpp"
#include "models/decoder.hpp"
#include "models/fused/choice.hpp"
#include "models/optimiser.hpp"
#include "models/places.hpp"
#include "models/run.hpp"

namespace ww::bench {
namespace {

constexpr int kRounds = 9, kBatches = 20;

Run run_of(const std::string& encoding, int width, const std::string& dtype) {
  RunOptions options;
  options.preset = "cpu";
  options.encoding = encoding;
  options.training_options = {{"width", std::to_string(width)},
                              {"heads", std::to_string(width / (width < 256 ? 16 : 64))},
                              {"dtype", dtype}};
  return resolve(options);
}

class Step {
 public:
  Step(const Run& run, const char* kernels)
      : rate_(run.training.rate), model_(run.model), optimiser_(model_.parameters()) {
    model_.parameters().track_gradients();
    model_.parameters().initialise(1, run.model.width, run.model.layers);
    const auto type = type_of(run.training.dtype);
    for (int i = 0; i < kBatches; ++i) {
      const auto counter = static_cast<uint64_t>(i) * static_cast<uint64_t>(run.training.strings);
      const auto batch = cohort_at(*run.task, run.train_stream(), counter);
      inputs_.push_back(to_input(batch, at::kCPU));
      answers_.push_back(answers_of(batch, at::kCPU));
    }
    const auto length = inputs_.front().tokens.size(1);
    const auto engine = choose_engine(kernels, run.model, type, length);
    model_.compute_with(engine);
    optimiser_.compute_with(kernels::table_of(engine.isa));
    if (type != at::kFloat) model_.train_in(type);
  }

  void take() {
    const auto i = taken_++ % kBatches;
    model_.loss_and_gradient(inputs_[i], answers_[i]);
    optimiser_.step(rate_);
  }

 private:
  double rate_;
  Decoder model_;
  AdamW optimiser_;
  std::vector<Input> inputs_;
  std::vector<at::Tensor> answers_;
  size_t taken_ = 0;
};

struct Way {
  const char *name, *dtype, *kernels;
};
constexpr Way kWays[] = {{"float32 plain", "float32", "plain"},
                         {"float32 fused", "float32", "fused"},
                         {"bf16 plain", "bf16", "plain"},
                         {"bf16 auto", "bf16", "auto"}};

void compare(int width) {
  fmt::print("\nwidth {}, load {}\n", width, load_average());
  for (const std::string encoding : {"rope", "pope"}) {
    std::vector<Contestant> all;
    for (const auto& way : kWays) {
      const auto step = std::make_shared<Step>(run_of(encoding, width, way.dtype), way.kernels);
      all.push_back(repeated(encoding + " " + way.name, [step] { step->take(); }));
    }
    run_rounds(all, kRounds);
    for (const auto& one : all) print_times(one);
    print_ratio(all[2], all[0], "");
    print_ratio(all[3], all[0], "");
    print_ratio(all[3], all[1], "");
  }
}

}  // namespace
}  // namespace ww::bench

int main(int argc, char** argv) {
  using namespace ww;
  bench::run_as_program();
  std::vector<int> widths;
  for (int i = 1; i < argc; ++i) widths.push_back(std::atoi(argv[i]));
  if (widths.empty()) widths = {64, 256, 512};
  fmt::print("{}, {}, one thread; a step's time, medians of {} rounds\n",
             machine_name(),
             kernels::isa_name(kernels::chosen_isa()),
             bench::kRounds);
  for (const int width : widths) bench::compare(width);
}
