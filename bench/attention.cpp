// attention.cpp: attention alone, forward and backward, on the CPU kernels against the composition
// of tensor operations, and against LibTorch's own scaled dot-product attention on queries and keys
// that are turned beforehand. Timed in turn in one run, one thread.
//
//   build/release/bench_attention

#include "models/attention.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <memory>

#include "bench/timing.hpp"

namespace ww::bench {
namespace {

constexpr int kRounds = 9;

struct Size {
  int64_t B, T, H, D;
};
constexpr Size kSizes[] = {{64, 56, 4, 32}, {64, 56, 8, 64}, {4, 256, 4, 32}, {4, 512, 8, 64}};

/// Leaves as the decoder's products leave them, and the gradient of the output.
struct Problem {
  AttentionInput input;
  at::Tensor gradient, delta;
  std::unique_ptr<Encoding> encoding;
  Turn turn;
  Places places;
};

at::Tensor leaf(const Size& s) {
  return at::randn({s.B, s.T, s.H, s.D}).transpose(1, 2).detach().set_requires_grad(true);
}

Problem problem_of(const Size& s, const std::string& name) {
  Problem p;
  p.input = {leaf(s), leaf(s), leaf(s), {}};
  p.gradient = at::randn({s.B, s.T, s.H, s.D}).transpose(1, 2);
  p.delta = (at::randn({s.H, s.D}) - 3).set_requires_grad(true);
  const auto& row = encoding_row(name);
  p.encoding =
      row.make({s.H, s.H, s.D, row.fallbacks}, [&](const std::string&) { return p.delta; });
  p.turn = make_turn(at::arange(s.T), p.encoding->theta(), at::kFloat);
  const auto positions = at::arange(s.T);
  p.places = {positions, {}, {}, sight_of(positions, {})};
  p.places.visible = visibility(p.places, 0, s.T, 0, at::kFloat);
  return p;
}

void step(const Problem& p, const kernels::Table* table) {
  const AttentionRule rule{1 / std::sqrt(static_cast<double>(p.input.q.size(-1)))};
  const auto output = attention(p.input, *p.encoding, p.turn, p.places, rule, {}, {table});
  output.backward(p.gradient);
}

/// Queries and keys are turned by the encoding's own operators.
void step_library(const Problem& p) {
  const auto q = p.encoding->query(p.input.q, p.turn), k = p.encoding->key(p.input.k, p.turn);
  const double scale = 1 / std::sqrt(static_cast<double>(p.input.q.size(-1)));
  const auto output =
      at::scaled_dot_product_attention(q, k, p.input.v, p.places.visible, 0, false, scale);
  output.backward(p.gradient);
}

void compare(const Size& s, const std::string& name) {
  const auto p = problem_of(s, name);
  const auto* const table = kernels::table_of(kernels::chosen_isa());
  std::vector<Contestant> all;
  all.push_back(repeated("kernels", [&] { step(p, table); }));
  all.push_back(repeated("composition", [&] { step(p, nullptr); }));
  all.push_back(repeated("library attention", [&] { step_library(p); }));
  run_rounds(all, kRounds);
  fmt::print("\n{} B {} T {} H {} D {}, load {}\n", name, s.B, s.T, s.H, s.D, load_average());
  for (const auto& one : all) print_times(one);
  print_ratio(all[0], all[1], "bar 0.45");
  print_ratio(all[0], all[2], "bar 0.45");
}

}  // namespace
}  // namespace ww::bench

int main() {
  using namespace ww;
  bench::run_as_program();
  fmt::print("{}, {}, one thread; forward and backward, medians of {} rounds\n",
             machine_name(),
             kernels::isa_name(kernels::chosen_isa()),
             bench::kRounds);
  for (const auto& size : bench::kSizes) {
    for (const auto* name : {"rope", "pope"}) bench::compare(size, name);
  }
}
