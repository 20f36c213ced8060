// growth.cpp: how the time of a forward and backward pass on the fused CPU kernels grows with
// length, width and layers. Exponents are slopes of log time over log size, fitted round by round;
// beside each stands that of the matrix products alone, counted.
//
//   build/release/bench_growth

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randint.h>

#include <cmath>
#include <memory>

#include "bench/exponent.hpp"
#include "models/decoder.hpp"
#include "models/fused/choice.hpp"

namespace ww::bench {
namespace {

constexpr int kRounds = 7;
constexpr int64_t kStrings = 4, kSymbols = 32, kHeadWidth = 16;

struct Size {
  int64_t T, C, L;
};
struct Sweep {
  const char* name;
  int64_t Size::*grows;
  std::vector<Size> sizes;
};
const Sweep kSweeps[] = {
    {"T", &Size::T, {{64, 64, 2}, {128, 64, 2}, {256, 64, 2}, {512, 64, 2}, {1024, 64, 2}}},
    {"C", &Size::C, {{64, 64, 2}, {64, 128, 2}, {64, 256, 2}, {64, 512, 2}}},
    {"L", &Size::L, {{64, 64, 1}, {64, 64, 2}, {64, 64, 4}, {64, 64, 8}}},
};

/// Multiplications of a pass: 12 C^2 a row and layer, scores E / D C and values C for each place
/// that a row sees, the head; twice as many again on the way back.
double products(const Size& s, bool polar) {
  const auto T = static_cast<double>(s.T), C = static_cast<double>(s.C);
  const double seen = (T + 1) / 2, layer = 12 * C * C + (polar ? 3 : 2) * C * seen;
  return 3 * kStrings * T * (static_cast<double>(s.L) * layer + C * kSymbols);
}

/// One model with a batch of its own.
class Pass {
 public:
  Pass(const Size& s, const std::string& encoding) : model_(config_of(s, encoding)) {
    model_.parameters().track_gradients();
    model_.parameters().initialise(1, s.C, s.L);
    model_.compute_with(choose_engine("fused", model_.config(), at::kFloat, s.T));
    input_.tokens = at::randint(kSymbols, {kStrings, s.T}, at::kLong);
    input_.positions = at::arange(s.T, at::kLong);
    answers_ = at::randint(kSymbols, {kStrings * s.T}, at::kLong);
  }
  void run() {
    model_.loss_and_gradient(input_, answers_);
    model_.parameters().gradients().zero_();
  }

 private:
  static ModelConfig config_of(const Size& s, const std::string& encoding) {
    ModelConfig config;
    config.vocabulary = kSymbols;
    config.width = s.C;
    config.layers = s.L;
    config.head_width = kHeadWidth;
    config.heads = config.key_heads = s.C / kHeadWidth;
    config.hidden = 4 * s.C;
    config.encoding = encoding;
    return config;
  }

  Decoder model_;
  Input input_;
  at::Tensor answers_;
};

void fit(const Sweep& sweep, const std::string& encoding) {
  std::vector<Contestant> all;
  std::vector<double> sizes, counted;
  for (const auto& size : sweep.sizes) {
    const auto pass = std::make_shared<Pass>(size, encoding);
    const auto name = fmt::format("{} {} {}", encoding, sweep.name, size.*sweep.grows);
    all.push_back(repeated(name, [pass] { pass->run(); }));
    sizes.push_back(static_cast<double>(size.*sweep.grows));
    counted.push_back(products(size, encoding == "pope"));
  }
  run_rounds(all, kRounds);
  for (const auto& one : all) print_times(one);
  print_exponent(fmt::format("{} exponent / {}", encoding, sweep.name), sizes, all);
  fmt::print("  {:<52} {:.2f}\n", "of the products, counted", exponent(sizes, counted));
}

}  // namespace
}  // namespace ww::bench

int main() {
  using namespace ww;
  bench::run_as_program();
  fmt::print(
      "{}, {}, one thread, load {}; forward and backward of {} strings, head width {}, "
      "T 64, C 64, L 2 unless varied; medians of {} rounds\n",
      machine_name(),
      kernels::isa_name(kernels::chosen_isa()),
      bench::load_average(),
      bench::kStrings,
      bench::kHeadWidth,
      bench::kRounds);
  for (const auto& sweep : bench::kSweeps) {
    fmt::print("\ngrowth with {}\n", sweep.name);
    for (const auto* encoding : {"rope", "pope"}) bench::fit(sweep, encoding);
  }
}
