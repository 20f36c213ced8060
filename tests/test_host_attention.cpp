// test_host_attention.cpp: the CUDA attention kernels, run on the host, against loops in double
// from the same rounded inputs, and what the launchers refuse.

#include <fmt/format.h>

#include <cmath>

#include "models/kernels/cuda/attention.hpp"
#include "models/kernels/cuda/platform.cuh"
#include "tests/catch.hpp"
#include "tests/host_attention.hpp"

using namespace ww;
using namespace ww::kernels;
using namespace ww::kernels::cuda;

namespace {

#ifdef WW_HOST_THREADS
constexpr size_t kProblemStep = 11;  // threads of the system take far longer than fibers
#else
constexpr size_t kProblemStep = 1;
#endif

std::string words(const ProblemOptions& o) {
  return fmt::format(
      "{}: kind {}, element {}, B {}, H {}, Hk {}, Tq {}, Tk {}, D {}, causal {}, window {}, "
      "magnitude {}, layout {}, delta {}, rows {}, bias {}",
      o.name,
      static_cast<int>(o.kind),
      static_cast<int>(o.element),
      o.B,
      o.H,
      o.Hk,
      o.Tq,
      o.Tk,
      o.D,
      o.causal,
      o.window,
      static_cast<int>(o.magnitude),
      static_cast<int>(o.layout),
      static_cast<int>(o.delta),
      static_cast<int>(o.rows),
      static_cast<int>(o.bias));
}

/// What stands between rows must still stand there.
void check_padding(const Rows& rows) {
  bool kept = true;
  for (int64_t t = 0; t < rows.B * rows.T; ++t) {
    for (int64_t i = rows.H * rows.D; i < rows.place(); ++i) {
      kept = kept && rows.bits[t * rows.place() + i] == 0xFFFF;
    }
  }
  CHECK(kept);
}

void check_problem(const ProblemOptions& options) {
  INFO(words(options));
  AttentionProblem problem(options);
  test::solve(problem);
  for (const auto& [tensor, error, allowed] :
       distances(options.element, problem.answer(), problem.reference())) {
    INFO(tensor << ": " << error << ", allowed " << allowed);
    CHECK(error <= allowed);
  }
  for (const auto* const rows :
       {&problem.output, &problem.d_query, &problem.d_key, &problem.d_value}) {
    check_padding(*rows);
  }
}

/// The sentence that refuses a problem whose arguments `spoil` has changed.
std::string refusal_of(const ProblemOptions& options,
                       const std::function<void(AttentionProblem&)>& spoil) {
  AttentionProblem problem(options);
  spoil(problem);
  return test::refusal([&] { test::solve(problem); });
}

bool says(const std::string& sentence, const char* part) {
  INFO(sentence);
  CHECK(sentence.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("CUDA attention agrees with its definition, forward and backward", "[host-cuda]") {
  const auto& all = attention_problems();
  for (size_t i = 0; i < all.size(); i += kProblemStep) check_problem(all[i]);
}

TEST_CASE("CUDA attention refuses what it cannot do", "[host-cuda]") {
  const ProblemOptions none{.kind = Kind::none, .Tq = 3, .Tk = 3};
  const auto spoil = [&](const std::function<void(AttentionProblem&)>& how) {
    return refusal_of(none, how);
  };
  says(spoil([](auto& p) { p.args.D = 48; }), "head width must be 32, 64, 96 or 128 but is 48");
  says(spoil([](auto& p) { p.args.Hk = 0; }), "sizes must be positive");
  says(spoil([](auto& p) { p.args.H = 3; }), "3 heads cannot share 2 key heads");
  says(spoil([](auto& p) { p.args.B = 70'000; }), "at most 65535 strings");
  says(spoil([](auto& p) { p.args.Tk = int64_t{1} << 31; }), "places can attend");
  says(spoil([](auto& p) { p.args.scale = NAN; }), "scale must be finite");
  says(spoil([](auto& p) { p.args.window = -1; }), "window must not be negative");
  says(spoil([](auto& p) { p.args.causal = false, p.args.window = 2; }), "needs causal");
  says(spoil([](auto& p) { p.args.query.data += 4; }), "rows of query");
  says(spoil([](auto& p) { p.args.value.place -= 4; }), "rows of value");
  says(spoil([](auto& p) { p.args.key.data = nullptr; }), "key is missing");
  says(spoil([](auto& p) { p.args.lse = nullptr; }), "lse is missing");
  says(spoil([](auto& p) { p.gradients.d_key.head = 1; }), "rows of d_key");
  says(spoil([](auto& p) { p.gradients.d_delta = p.lse.data(); }), "there is no delta");
  says(spoil([](auto& p) { p.args.delta = p.lse.data(); }), "polar turning alone");
}

TEST_CASE("CUDA attention refuses tables that do not reach", "[host-cuda]") {
  const ProblemOptions pairs{.kind = Kind::pairs, .Tq = 3, .Tk = 5};
  says(refusal_of(pairs, [](auto& p) { p.args.table_rows = 4; }), "has 4 rows but 5 are needed");
  says(refusal_of(pairs, [](auto& p) { p.args.table = nullptr; }), "table of cosines");
  says(refusal_of(pairs, [](auto& p) { ++p.args.table; }), "multiple of 16 bytes");
  static const int32_t rows[5] = {};
  says(refusal_of(pairs, [](auto& p) { p.args.key_rows.row = rows; }), "for neither");
  const ProblemOptions polar{.Tq = 3, .Tk = 3, .delta = Delta::inside};
  says(refusal_of(polar, [](auto& p) { p.gradients.d_delta_parts = nullptr; }), "scratch");
}
