// host_fault.cpp: a program that test_host_faults.cpp builds from copies of the kernels, faults and
// all: one small problem, forward and backward. Prints what is wrong; exit status 1 where anything
// is.

#include <cstdio>

#include "models/kernels/cuda/backward_launch.cuh"
#include "models/kernels/cuda/check/problem.hpp"
#include "models/kernels/cuda/forward_launch.cuh"

using namespace ww::kernels;
using namespace ww::kernels::cuda;

int main() {
  constexpr Kind kKind = Kind::polar;
  constexpr Element kElement = Element::bfloat16;
  constexpr int D = 32;
  ProblemOptions options;
  options.B = 1, options.H = options.Hk = 1, options.Tq = options.Tk = 70, options.D = D;
  options.delta = Delta::inside;
  AttentionProblem problem(options);
  const auto& a = problem.args;
  const auto& g = problem.gradients;
  launch("forward",
         forward_kernel<kKind, kElement, D>,
         {2, 1, 1},
         kThreads,
         forward_bytes<kKind, D>(true),
         nullptr,
         a);
  launch("backward",
         backward_kernel<kKind, kElement, D>,
         {4, 1, 1},
         kThreads,
         BackwardTiles<kKind, D>::bytes(true),
         nullptr,
         a,
         g);
  launch("sum", add_parts_kernel, {1, 1, 1}, kThreads, 0, nullptr, a, g);
  int wrong = 0;
  for (const auto& distance : distances(kElement, problem.answer(), problem.reference())) {
    if (distance.holds()) continue;
    std::printf("%s is off by %.1e\n", distance.tensor, distance.error);
    wrong = 1;
  }
  return wrong;
}
